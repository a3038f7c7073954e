import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { LogRecord } from '../ports/log.js';
import { type ChunkQuery, Feed, type Store } from './feed.js';
import { behind, lastOf, versionAt } from './record.js';

const SMALL_TAIL = { records: 4, characters: 1000 };

/** A store that counts how often it is asked. */
class CountingStore implements Store {
  readonly records: LogRecord[] = [];
  asked = 0;

  get newest(): number {
    return this.records.length;
  }

  chunk({ stream, after, limit }: ChunkQuery): LogRecord[] {
    this.asked += 1;
    const found = this.records.flatMap((record) => {
      if (stream === undefined) return record.seq > after ? record : [];
      return record.stream === stream ? (behind(record, after) ?? []) : [];
    });
    return found.slice(0, limit);
  }

  add(feed: Feed, stream: string, body = '{}'): LogRecord {
    const position = this.records.filter((record) => record.stream === stream).length + 1;
    const record = {
      stream,
      seq: this.records.length + 1,
      events: [{ type: 'noted', body, position }],
      commandId: undefined,
      version: versionAt(position),
    };
    this.records.push(record);
    feed.publish([record]);
    return record;
  }
}

describe('A feed', () => {
  test('leaves no listener behind, whether its reader waits, has stopped in the middle or was never begun', async () => {
    const store = new CountingStore();
    const feed = new Feed(store);
    const { signal, abort } = controller();
    const waiting = feed.follow({ stream: 'a', after: 0, signal });
    const ended = waiting.next();
    store.add(feed, 'b');
    const inTheMiddle = feed.follow({ stream: 'b', after: 0, signal });
    await inTheMiddle.next();
    const returned = feed.follow({ after: 0, signal });
    await returned.next();
    await returned.return();
    const neverBegun = feed.follow({ after: 0, signal });
    expect([feed.followers, getEventListeners(signal, 'abort').length]).toEqual([2, 1]);
    abort();
    // Nobody asks `inTheMiddle` for more: the abort alone must be enough.
    expect([feed.followers, getEventListeners(signal, 'abort').length]).toEqual([0, 0]);
    expect((await ended).done).toBe(true);
    expect((await neverBegun.next()).done).toBe(true);
  });

  test('asks the store once for each of many followers and serves what comes then from memory, as the same objects', async () => {
    const store = new CountingStore();
    const feed = new Feed(store);
    const { signal, abort } = controller();
    const followers = Array.from({ length: 200 }, () => feed.follow({ stream: 'a', after: 0, signal }));
    let pending = followers.map((follower) => follower.next());
    await settledTurn();
    expect(store.asked).toBe(200);
    for (let count = 0; count < 5; count++) {
      const record = store.add(feed, 'a');
      const got = await Promise.all(pending);
      expect(new Set(got.map(({ value }) => value))).toEqual(new Set([record]));
      expect(got.every(({ value }) => value === record)).toBe(true);
      pending = followers.map((follower) => follower.next());
    }
    expect(store.asked).toBe(200);
    abort();
    await Promise.all(pending);
  });

  test('lets a reader that fell behind its memory read from the store, and wakes nobody for another stream', async () => {
    const store = new CountingStore();
    const feed = new Feed(store, SMALL_TAIL);
    const { signal, abort } = controller();
    const slow = feed.follow({ stream: 'a', after: 0, signal });
    const other = feed.follow({ stream: 'quiet', after: 0, signal });
    const nothing = other.next();
    store.add(feed, 'a');
    await slow.next();
    const asked = store.asked;
    for (let count = 0; count < 20; count++) store.add(feed, 'a');
    await settledTurn();
    expect(store.asked).toBe(asked);
    const positions: number[] = [];
    for (let count = 0; count < 20; count++) {
      const { value } = await slow.next();
      positions.push(value === undefined ? 0 : lastOf(value));
    }
    expect(positions).toEqual(Array.from({ length: 20 }, (_, index) => index + 2));
    expect(store.asked).toBeGreaterThan(asked);
    abort();
    expect((await nothing).done).toBe(true);
  });

  test('turns the event loop between the chunks of a read', async () => {
    const store = new CountingStore();
    const feed = new Feed(store, SMALL_TAIL);
    for (let count = 0; count < 2000; count++) store.add(feed, 'a');
    let turns = 0;
    let counting = true;
    const count = (): void => {
      turns += 1;
      if (counting) setImmediate(count);
    };
    count();
    let read = 0;
    for await (const _ of feed.read({ stream: 'a', after: 0 })) read += 1;
    counting = false;
    expect([read, store.asked]).toEqual([2000, 4]);
    expect(turns).toBeGreaterThanOrEqual(3);
  });
});

function controller(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const made = new AbortController();
  return { signal: made.signal, abort: () => made.abort() };
}

/** Lets everything that is ready run to its next wait. */
function settledTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
