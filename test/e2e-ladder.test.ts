/** The ladder of `npm run e2e`: its levels by name, that a step which fails is told, and its first two levels played. */

import { describe, expect, test } from 'vitest';
import { climbAll, type Level, type Listener, must, passed } from '../e2e/ladder.js';
import { LEVELS } from '../e2e/levels.js';
import { NotSeen, until } from '../e2e/until.js';

const SILENT: Listener = { begins: () => undefined, stepped: () => undefined, ended: () => undefined };
const level = (name: string): Level => LEVELS.find((one) => one.name === name) ?? expect.fail(`there is no ${name}`);

test('the levels are L0 to L11 in their order, each with a title of its own', () => {
  expect(LEVELS.map(({ name }) => name)).toEqual(Array.from({ length: 12 }, (_, n) => `L${n}`));
  expect(new Set(LEVELS.map(({ title }) => title)).size).toBe(12);
});

describe('a level', () => {
  const never: Level['climb'] = () => Promise.reject(new Error('fell off'));

  test('ends at a step that others need, goes on behind one that nothing needs, and tells why', async () => {
    const played: string[] = [];
    const act = (name: string, holds: boolean) => async () => {
      played.push(name);
      must(holds, `${name} does not hold`, () => ({ seen: 1 }));
      return undefined;
    };
    const [result, next] = await climbAll(
      [
        {
          name: 'A',
          title: 'a',
          async climb(climb) {
            climb.look('the log');
            await climb.check('one', act('one', false));
            await climb.step('two', act('two', false));
            await climb.step('three', act('three', true));
          },
        },
        { name: 'B', title: 'b', climb: never },
      ],
      SILENT,
    );
    expect(played).toEqual(['one', 'two']);
    expect(result?.steps.map(({ title, reason }) => [title, reason])).toEqual([
      ['one', 'one does not hold: {"seen":1}'],
      ['two', 'two does not hold: {"seen":1}'],
      ['what it started is ended', undefined],
    ]);
    expect(result?.lookAt).toEqual(['the log']);
    expect(next?.steps[0]?.reason).toContain('fell off');
    expect([result, next].map((one) => one !== undefined && passed(one))).toEqual([false, false]);
  });

  test('has failed when what it used cannot be ended', async () => {
    const ended: string[] = [];
    const ends = (name: string, how: Promise<void>): AsyncDisposable => ({
      [Symbol.asyncDispose]: () => {
        ended.push(name);
        return how;
      },
    });
    const climb: Level['climb'] = async (at) => {
      at.use(ends('first', Promise.resolve()));
      at.use(ends('second', Promise.reject(new Error('it stays'))));
    };
    const [result] = await climbAll([{ name: 'A', title: 'a', climb }], SILENT);
    expect(ended).toEqual(['second', 'first']);
    expect(result?.steps).toMatchObject([{ title: 'what it started is ended', reason: expect.stringContaining('it stays') }]);
  });

  test('is left when all is to stop, and what it used is ended', async () => {
    const stop = new AbortController();
    let ended = false;
    const climb: Level['climb'] = async (at) => {
      at.use({
        [Symbol.asyncDispose]: async () => {
          ended = true;
        },
      });
      await at.check('never', () => new Promise(() => stop.abort()));
      await at.check('not played', () => Promise.resolve(undefined));
    };
    const levels = ['A', 'B'].map((name) => ({ name, title: name, climb }));
    const results = await climbAll(levels, SILENT, stop.signal);
    expect(results.map((result) => result.steps.map(({ title, reason }) => [title, reason]))).toEqual([
      [
        ['never', 'never: stopped'],
        ['what it started is ended', undefined],
      ],
    ]);
    expect(ended).toBe(true);
  });

  test('says what did not come in time', async () => {
    const looking = until('a word', () => undefined, { ms: 1, seen: () => 'silence' });
    await expect(looking).rejects.toThrow(new NotSeen('a word: not seen within 0.001 s; there is silence'));
  });
});

test.each(['L0', 'L1'])(
  '%s is climbed',
  async (name) => {
    const [result] = await climbAll([level(name)], SILENT);
    expect(result?.steps.filter(({ reason }) => reason !== undefined)).toEqual([]);
    expect(result?.steps.length).toBeGreaterThan(4);
  },
  120_000,
);
