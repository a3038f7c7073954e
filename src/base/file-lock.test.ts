import { existsSync, mkdirSync, utimesSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tempHome } from '../testing/temp-home.js';
import { withFileLock } from './file-lock.js';

test('one works at a time, in the order they came, and the lock is gone behind the last one, also when one fails', async () => {
  await using home = await tempHome();
  const file = home.join('new', 'file');
  const seen: string[] = [];
  const work = (name: string) =>
    withFileLock(file, async (stillMine) => {
      seen.push(`${name} begins`);
      expect(existsSync(`${file}.lock`)).toBe(true);
      await new Promise(setImmediate);
      stillMine();
      seen.push(`${name} ends`);
      if (name === 'b') throw new RangeError('b fails');
      return name;
    });
  const all = await Promise.allSettled(['a', 'b', 'c'].map(work));
  expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  expect(existsSync(`${file}.lock`)).toBe(false);
});

test('a lock that is held by another process is waited for and told; one that nobody keeps fresh is overtaken', async () => {
  await using home = await tempHome();
  const file = home.join('file');
  mkdirSync(`${file}.lock`);
  const told = { code: 'unavailable', message: `${file} is being changed by another process` };
  await expect(withFileLock(file, () => Promise.resolve('done'), { waitMs: 1 })).rejects.toMatchObject(told);
  utimesSync(`${file}.lock`, 1, 1);
  await expect(withFileLock(file, () => Promise.resolve('done'), { waitMs: 1 })).resolves.toBe('done');
});

test('where nothing can be written, that is told at once', async () => {
  const told = { code: 'unavailable', message: expect.stringContaining('/dev/null/file cannot be locked') };
  await expect(withFileLock('/dev/null/file', () => Promise.resolve(), { waitMs: 3_600_000 })).rejects.toMatchObject(told);
});
