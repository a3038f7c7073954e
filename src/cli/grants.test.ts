import { describe, expect, test } from 'vitest';
import { grantsOf, partOf } from './grants.js';

const extra = { path: { type: 'path', path: '/lab/extra' }, access: 'write' };
const glob = { path: { type: 'glob_pattern', pattern: '/srv/**' }, access: 'read' };
const permissions = {
  network: { enabled: true },
  fileSystem: { read: null, write: ['/lab/extra', '/lab/more'], entries: [extra, glob] },
};

const labels = (value: unknown): string[] => grantsOf(value).map(({ label }) => label);
const part = (...wanted: string[]): unknown =>
  partOf(
    permissions,
    grantsOf(permissions).filter(({ label }) => wanted.includes(label)),
  );

describe('what is asked for', () => {
  test('is told as single things, and what is said in two ways is told once', () => {
    expect(labels(permissions)).toEqual([
      'network.enabled',
      'fileSystem.write: /lab/extra',
      'fileSystem.write: /lab/more',
      `fileSystem.entries: ${JSON.stringify(glob)}`,
    ]);
  });

  test('is nothing where nothing can be told apart', () => {
    for (const value of [undefined, null, {}, { network: null }, 'everything']) expect(labels(value)).toEqual([]);
  });
});

describe('a part', () => {
  test('is what was chosen, to the letter and in both ways of saying it', () => {
    expect(part('fileSystem.write: /lab/extra')).toEqual({ fileSystem: { write: ['/lab/extra'], entries: [extra] } });
    expect(part('network.enabled', 'fileSystem.write: /lab/more')).toEqual({
      network: { enabled: true },
      fileSystem: { write: ['/lab/more'] },
    });
  });

  test('of everything is everything but the empty fields, and of nothing is nothing', () => {
    expect(part(...labels(permissions))).toEqual({
      ...permissions,
      fileSystem: { write: ['/lab/extra', '/lab/more'], entries: [extra, glob] },
    });
    expect(part()).toBeUndefined();
  });
});
