/** The part of the log's acceptance suite that follows a log which is being written. */

import { setImmediate as turn } from 'node:timers/promises';
import type { Log, LogRecord, StreamId } from '../ports/log.js';
import type { TestRunner } from './test-runner.js';

type Open = () => Promise<AsyncDisposable & { readonly log: Log }>;

export function registerFollowing(open: Open, runner: TestRunner): void {
  registerLive(open, runner);
  registerEndsOfFollowing(open, runner);
}

function registerLive(open: Open, { test, expect }: TestRunner): void {
  for (const seed of [1, 2, 3]) {
    test(`followers that start anywhere while a writer runs see all, in order, once (seed ${seed})`, async () => {
      await using under = await open();
      const { log } = under;
      const random = randomFrom(seed);
      const writing = writeMany(log, random, 1500);
      const follows: Promise<string[]>[] = [];
      for (let index = 0; index < 12; index++) {
        for (let wait = Math.floor(random() * 12); wait > 0; wait--) await turn();
        const stream = index % 4 === 0 ? undefined : `s${index % 4}`;
        const after = Math.floor(random() * 1.2 * (await log.head(stream)).position);
        follows.push(followTo(log, stream, after, writing));
      }
      expect(await Promise.all(follows)).toEqual(follows.map(() => []));
    });
  }

  test('a follower that starts in the middle of a record, or ahead of the log, gets only what is behind its position', async () => {
    await using under = await open();
    const { log } = under;
    await log.append('a', noted(3), 'none');
    const inside = positions(log, 'a', 2, 4);
    const ahead = positions(log, 'a', 4, 2);
    await log.append('a', noted(2), 'any');
    await log.append('a', noted(1), 'any');
    expect(await inside).toEqual([3, 4, 5, 6]);
    expect(await ahead).toEqual([5, 6]);
  });

  test('two hundred followers of one stream all get each record', async () => {
    await using under = await open();
    const { log } = under;
    const following = Array.from({ length: 200 }, () => positions(log, 'a', 0, 5));
    for (let index = 0; index < 5; index++) await log.append('a', noted(1), 'any');
    expect(await Promise.all(following)).toEqual(following.map(() => [1, 2, 3, 4, 5]));
  });
}

function registerEndsOfFollowing(open: Open, { test, expect }: TestRunner): void {
  test('a follower ends quietly when its signal is aborted, waiting or not', async () => {
    await using under = await open();
    const { log } = under;
    const waiting = new AbortController();
    const nothing = drained(log.follow({ stream: 'a', after: 0, signal: waiting.signal }));
    const reading = new AbortController();
    const one = drained(log.follow({ stream: 'b', after: 0, signal: reading.signal }), () => reading.abort());
    await Promise.all([log.append('b', noted(1), 'none'), log.append('b', noted(1), 'any')]);
    expect((await one).length).toBe(1);
    waiting.abort();
    expect(await nothing).toEqual([]);
    expect(await drained(log.follow({ stream: 'b', after: 0, signal: AbortSignal.abort() }))).toEqual([]);
  });

  test('followers end quietly when the log is disposed', async () => {
    await using under = await open();
    const { log } = under;
    await log.append('a', noted(1), 'none');
    const { signal } = new AbortController();
    const ends = [drained(log.follow({ stream: 'a', after: 0, signal })), drained(log.follow({ after: 1, signal }))];
    const behind = log.follow({ after: 0, signal })[Symbol.asyncIterator]();
    await behind.next();
    await log[Symbol.asyncDispose]();
    expect((await Promise.all(ends)).map((records) => records.length)).toEqual([1, 0]);
    expect((await behind.next()).done).toBe(true);
    expect(await drained(log.follow({ after: 0, signal }))).toEqual([]);
  });

  test('a slow reader holds up no writer and no other reader, and loses nothing', async () => {
    await using under = await open();
    const { log } = under;
    const controller = new AbortController();
    const slow = log.follow({ stream: 's1', after: 0, signal: controller.signal })[Symbol.asyncIterator]();
    await log.append('s1', noted(1), 'none');
    expect((await slow.next()).done).toBe(false);
    const quick = positions(log, 's1', 1, 3000);
    for (let index = 0; index < 3000; index += 50) await Promise.all(Array.from({ length: 50 }, () => log.append('s1', noted(1), 'any')));
    expect((await quick).length).toBe(3000);
    let next = 2;
    for (; next <= 3001; next++) {
      const { value } = await slow.next();
      if (value?.events[0]?.position !== next) break;
    }
    expect(next).toBe(3002);
    controller.abort();
    expect((await slow.next()).done).toBe(true);
  });
}

/** Appends `count` records in bursts of random size to four streams, a turn of the event loop between bursts. Resolves with the last seq. */
async function writeMany(log: Log, random: () => number, count: number): Promise<number> {
  for (let done = 0; done < count; ) {
    const burst = Math.min(count - done, 1 + Math.floor(random() * 30));
    await Promise.all(
      Array.from({ length: burst }, () => log.append(`s${Math.floor(random() * 4)}`, noted(1 + Math.floor(random() * 5)), 'any')),
    );
    done += burst;
    if (random() < 0.3) await turn();
  }
  return count;
}

/** Follows until all that the writer wrote was seen. Returns what was wrong: nothing, for a good log. */
async function followTo(log: Log, stream: StreamId | undefined, after: number, writing: Promise<number>): Promise<string[]> {
  const wrong: string[] = [];
  const controller = new AbortController();
  let last = after;
  let end = Number.POSITIVE_INFINITY;
  const stopAtEnd = (): void => {
    if (last >= end) controller.abort();
  };
  const ended = writing.then(async () => {
    end = (await log.head(stream)).position;
    stopAtEnd();
  });
  for await (const record of log.follow({ stream, after, signal: controller.signal })) {
    if (stream !== undefined && record.stream !== stream) wrong.push(`${record.stream} is not ${stream}`);
    for (const place of stream === undefined ? [record.seq] : record.events.map(({ position }) => position)) {
      if (place !== last + 1) wrong.push(`${place} came after ${last}`);
      last = place;
    }
    stopAtEnd();
  }
  await ended;
  return last >= end ? wrong : [...wrong, `ended at ${last} of ${end}`];
}

/** Follows until at least `count` events came; their positions. */
async function positions(log: Log, stream: StreamId, after: number, count: number): Promise<number[]> {
  const controller = new AbortController();
  const seen: number[] = [];
  for await (const { events } of log.follow({ stream, after, signal: controller.signal })) {
    seen.push(...events.map(({ position }) => position));
    if (seen.length >= count) controller.abort();
  }
  return seen;
}

async function drained(records: AsyncIterable<LogRecord>, onRecord?: () => void): Promise<LogRecord[]> {
  const seen: LogRecord[] = [];
  for await (const record of records) {
    seen.push(record);
    onRecord?.();
  }
  return seen;
}

function noted(count: number): { events: { type: string; body: string }[] } {
  return {
    events: Array.from({ length: count }, (_, index) => ({ type: 'noted', body: `{"index":${index},"text":"${'x'.repeat(300)}"}` })),
  };
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
