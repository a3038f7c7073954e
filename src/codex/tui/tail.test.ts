import { appendFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.js';
import { type TempHome, tempHome } from '../../testing/temp-home.js';
import { Tail } from './tail.js';

interface Followed extends AsyncDisposable {
  readonly file: string;
  readonly tail: Tail;
  readonly lines: [string, number][];
  readonly errors: unknown[];
  readonly clock: ManualClock;
}

async function follow(text: string | undefined, from = 0): Promise<Followed> {
  const place: TempHome = await tempHome();
  const file = place.join('rollout.jsonl');
  if (text !== undefined) writeFileSync(file, text);
  const [lines, errors, clock]: [[string, number][], unknown[], ManualClock] = [[], [], new ManualClock()];
  const tail = new Tail({
    file,
    from,
    clock,
    onLine: (line, offset) => lines.push([line, offset]),
    onError: (error) => errors.push(error),
  });
  const dispose = async (): Promise<void> => {
    await tail[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  };
  return { file, tail, lines, errors, clock, [Symbol.asyncDispose]: dispose };
}

test('lines come whole, with where they begin, from the given place on', async () => {
  await using followed = await follow('old\nä1\ntw', 4);
  await followed.tail.read();
  expect(followed.lines).toEqual([['ä1', 4]]);
  appendFileSync(followed.file, 'o\n\nth');
  await followed.tail.read();
  appendFileSync(followed.file, Buffer.from('ree €\n'));
  await followed.tail.read();
  expect(followed.lines).toEqual([
    ['ä1', 4],
    ['two', 8],
    ['', 12],
    ['three €', 13],
  ]);
});

test('a long line is one line', async () => {
  const long = 'x'.repeat(700_000);
  await using followed = await follow(`${long}\nend\n`);
  await followed.tail.read();
  expect(followed.lines).toEqual([
    [long, 0],
    ['end', 700_001],
  ]);
});

test('it looks again by itself, also when the system says nothing', async () => {
  await using followed = await follow('');
  await followed.tail.read();
  appendFileSync(followed.file, 'late\n');
  const came = (async () => {
    while (followed.lines.length === 0) {
      await followed.clock.armed();
      await followed.tail.read();
    }
  })();
  await followed.clock.passUntil(came);
  expect(followed.lines).toEqual([['late', 0]]);
});

test('a file that cannot be read is told once, and nothing comes behind the end', async () => {
  await using gone = await follow(undefined);
  await gone.tail.read();
  await gone.tail.read();
  expect(gone.errors).toMatchObject([{ code: 'ENOENT' }]);
  const followed = await follow('one\n');
  await followed.tail.read();
  await followed[Symbol.asyncDispose]();
  await followed[Symbol.asyncDispose]();
  expect(followed.lines).toHaveLength(1);
});
