import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { SpoolError } from '../base/errors.js';
import { stepsOf } from './directives.js';
import { filled, filledIn } from './placeholders.js';
import { chooseRule, readScript } from './script.js';

const folder = mkdtempSync(join(tmpdir(), 'spool-mock-'));
afterAll(() => rmSync(folder, { recursive: true }));

function wrongWith(script: unknown): string {
  try {
    readScript({ script: script as Record<string, unknown>[] });
  } catch (error) {
    const { code, message, hint } = SpoolError.from(error);
    expect([code, hint]).toEqual(['invalid-input', expect.stringContaining('docs/runtimes/mock.md')]);
    return message;
  }
  return 'nothing';
}

describe('A script', () => {
  test('is a list of rules, or of steps for every input, in the file or in the options', () => {
    const steps = [{ say: 'hi' }];
    const path = join(folder, 'script.json');
    writeFileSync(path, JSON.stringify([{ when: 'a', do: steps }]));
    const said = { name: 'say', value: { text: 'hi', pieces: 1, everyMs: 0 } };
    expect(readScript({ script: steps })).toEqual([{ do: [said] }]);
    expect(readScript({ script: path })).toEqual([{ when: { contains: 'a', flags: '' }, do: [said] }]);
    expect(readScript({})).toBeUndefined();
  });

  test('says what is wrong with which step', () => {
    expect(wrongWith([{ sya: 'x' }])).toMatch(
      /\[0\]: found an object, wanted an object with one field, which names the step: say, .*this one has sya/,
    );
    expect(wrongWith([{ say: 'x', think: 'y' }])).toContain('this one has say, think');
    expect(wrongWith([{ do: [{ say: { text: 'x', piecs: 2 } }] }])).toContain('[0].do[0].say.piecs: found a field that is not known here');
    expect(wrongWith([{ ask: { command: 'x', accept: [{ fail: { message: 'm', code: 'tired' } }] } }])).toMatch(
      /\[0\]\.ask\.accept\[0\]\.fail\.code: found "tired", wanted one of auth, quota/,
    );
    expect(wrongWith([{ ask: { reason: 'x' } }])).toContain('wanted one of command, fileChange and questions');
    expect(wrongWith([{ do: [{ say: 'x' }] }, { say: 'y' }])).toContain('[1].do: found nothing');
    expect(wrongWith([{ when: { matches: '(' }, do: [] }])).toContain('wanted a regular expression');
  });

  test('that is no file, or no JSON, is refused by its path', () => {
    const path = join(folder, 'broken.json');
    writeFileSync(path, 'no');
    for (const script of [path, join(folder, 'gone.json'), 'relative.json']) expect(() => readScript({ script })).toThrow(script);
  });
});

describe('A rule', () => {
  const script = readScript({
    script: [
      { when: 'once', times: 1, do: [{ say: 'first' }] },
      { when: { equals: 'exactly' }, do: [{ say: 'equal' }] },
      { when: { matches: '^(?<verb>fix) (\\w+)', flags: 'i', turn: 2 }, do: [{ say: 'fix' }] },
      { when: { model: 'big' }, do: [{ say: 'model' }] },
      { when: 'once', do: [{ say: 'again' }] },
    ],
  });
  const choose = (input: string, more: { turn?: number; model?: string; done?: Record<number, number> } = {}) =>
    chooseRule(script ?? [], { input, turn: more.turn ?? 1, model: more.model }, more.done ?? {});

  test('is the first that fits, as often as it may be', () => {
    expect(choose('do it once')?.rule).toBe(0);
    expect(choose('do it once', { done: { 0: 1 } })?.rule).toBe(4);
    expect(choose('something')).toBeUndefined();
  });

  test('can want the whole input, an expression, a turn and a model', () => {
    expect(choose('exactly')?.rule).toBe(1);
    expect(choose('not exactly')).toBeUndefined();
    expect(choose('Fix tests')).toBeUndefined();
    expect(choose('Fix tests', { turn: 2 })).toMatchObject({ rule: 2, groups: { 1: 'Fix', 2: 'tests', verb: 'Fix' } });
    expect(choose('x', { model: 'big' })?.rule).toBe(3);
  });
});

test('placeholders are filled in texts, and in the texts of any value; what is not known stays', () => {
  expect(filled('{{a}} {{b}} {{toString}} {a}', { a: '{{b}}', b: '2' })).toBe('{{b}} 2 {{toString}} {a}');
  expect(filledIn({ list: ['{{a}}', 1], deep: { x: '{{a}}' }, no: null }, { a: 'A' })).toEqual({
    list: ['A', 1],
    deep: { x: 'A' },
    no: null,
  });
});

test('without a script the directives of the offline model are done, and anything else is echoed', () => {
  expect(stepsOf('just this [[unknown:x]]')).toMatchObject([{ name: 'say', value: { text: 'just this [[unknown:x]]' } }]);
  expect(
    stepsOf('[[reason:hm]] [[text:one\\ntwo]] [[deltas:3:10]] [[sh:ls]] [[sh!:rm x]] [[patch:a.txt=b=c]] [[stall]] [[failed:out]]'),
  ).toMatchObject([
    { name: 'think', value: { text: 'hm' } },
    { name: 'say', value: { text: 'one\ntwo' } },
    { name: 'say', value: { pieces: 3, everyMs: 10 } },
    { name: 'command', value: { command: 'ls' } },
    { name: 'ask', value: { command: { command: 'rm x' } } },
    { name: 'fileChange', value: { path: 'a.txt', content: 'b=c' } },
    { name: 'wait', value: 'interrupt' },
    { name: 'fail', value: { message: 'out' } },
  ]);
});
