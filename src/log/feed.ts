/**
 * Reading and following, the same for every store: read what is durable, then wait for a wake-up that carries no data, and read
 * again. So replay and live are one loop, and a slow reader keeps nothing but its position. Never hands out what a store has not
 * yet made durable: a store publishes after its commit.
 */

import { setImmediate as breath } from 'node:timers/promises';
import type { LogRecord, Position, Query, StreamId } from '../ports/log.js';
import { closedLog, lastOf } from './record.js';
import { Tail, type TailSize } from './tail.js';

export interface ChunkQuery {
  readonly stream: StreamId | undefined;
  readonly after: Position;
  /** Most records to return. A store whose records must be loaded first returns fewer when they are large, but at least one. */
  readonly limit: number;
}

/** What a store must be able to do so that a feed can read from it. */
export interface Store {
  /** `seq` of the newest durable record, 0 for an empty log. */
  readonly newest: Position;
  /** The first durable records behind `after`, in order; the first one is cut where it begins before. Empty when there are none. */
  chunk(query: ChunkQuery): readonly LogRecord[] | Promise<readonly LogRecord[]>;
}

const TAIL: TailSize = { records: 2048, characters: 4 * 1024 * 1024 };
const CHUNK_RECORDS = 512;

export class Feed implements Disposable {
  readonly #store: Store;
  readonly #tail: Tail;
  /** Who waits for which stream; `undefined` is for all of them. */
  readonly #followers = new Map<StreamId | undefined, Set<Follower>>();
  readonly #aborts = new Aborts();
  #closed = false;

  constructor(store: Store, tail: TailSize = TAIL) {
    this.#store = store;
    this.#tail = new Tail(tail);
  }

  /** How many follow right now. */
  get followers(): number {
    let sum = 0;
    for (const set of this.#followers.values()) sum += set.size;
    return sum;
  }

  /** To be called with each record once it is durable, in order, in the same turn in which the store begins to return it. */
  publish(records: readonly LogRecord[]): void {
    for (const record of records) {
      this.#tail.push(record);
      for (const follower of this.#followers.get(record.stream) ?? []) follower.wake();
    }
    if (records.length > 0) for (const follower of this.#followers.get(undefined) ?? []) follower.wake();
  }

  /** See `Log.read`. What is durable is settled by this call, not by the first `next()`. */
  read(query: Query & { readonly signal?: AbortSignal | undefined }): AsyncGenerator<LogRecord, void> {
    return this.#read(query, this.#store.newest);
  }

  async *#read(query: Query & { readonly signal?: AbortSignal | undefined }, newest: Position): AsyncGenerator<LogRecord, void> {
    const reader = new ChunkReader(this.#store, query);
    for (;;) {
      query.signal?.throwIfAborted();
      if (this.#closed) throw closedLog();
      const chunk = await reader.next();
      if (chunk.length === 0) return;
      for (const record of chunk) {
        query.signal?.throwIfAborted();
        if (record.seq > newest) return;
        yield record;
        if (record.seq === newest) return;
      }
      await breath();
    }
  }

  /** See `Log.follow`. */
  async *follow(query: Query & { readonly signal: AbortSignal }): AsyncGenerator<LogRecord, void> {
    const { stream, signal } = query;
    if (signal.aborted || this.#closed) return;
    using follower = new Follower(this.#setOf(stream), this.#aborts.of(signal), () => this.#forget(stream, signal));
    const reader = new ChunkReader(this.#store, query);
    while (!follower.ended) {
      // Before the look, so that what is published between the look and the wait is not slept through.
      follower.look();
      const next = this.#tail.next(stream, reader.position);
      if (next === 'none') await follower.woken();
      else if (next !== 'unknown') yield reader.pass(next);
      else {
        const chunk = await reader.next();
        if (chunk.length === 0) await follower.woken();
        for (const record of chunk) {
          if (follower.ended) return;
          yield record;
        }
        if (chunk.length > 0) await breath();
      }
    }
  }

  /** Ends all followers quietly; readers fail with `unavailable`. */
  [Symbol.dispose](): void {
    this.#closed = true;
    for (const set of [...this.#followers.values()]) for (const follower of [...set]) follower[Symbol.dispose]();
  }

  #setOf(stream: StreamId | undefined): Set<Follower> {
    const set = this.#followers.get(stream) ?? new Set();
    this.#followers.set(stream, set);
    return set;
  }

  #forget(stream: StreamId | undefined, signal: AbortSignal): void {
    if (this.#followers.get(stream)?.size === 0) this.#followers.delete(stream);
    this.#aborts.forget(signal);
  }
}

/** Reads on from a position, chunk by chunk. */
class ChunkReader {
  readonly #store: Store;
  readonly #stream: StreamId | undefined;
  position: Position;

  constructor(store: Store, query: Query) {
    this.#store = store;
    this.#stream = query.stream;
    this.position = query.after;
  }

  async next(): Promise<readonly LogRecord[]> {
    const chunk = await this.#store.chunk({ stream: this.#stream, after: this.position, limit: CHUNK_RECORDS });
    const last = chunk[chunk.length - 1];
    if (last !== undefined) this.pass(last);
    return chunk;
  }

  pass(record: LogRecord): LogRecord {
    this.position = this.#stream === undefined ? record.seq : lastOf(record);
    return record;
  }
}

/**
 * One listener for each signal, however many follow with it: from the eleventh listener on Node warns of a leak, and a host may
 * well end all that it serves with one signal.
 */
class Aborts {
  readonly #watched = new Map<AbortSignal, { readonly followers: Set<Follower>; readonly listener: () => void }>();

  of(signal: AbortSignal): Set<Follower> {
    const known = this.#watched.get(signal);
    if (known !== undefined) return known.followers;
    const followers = new Set<Follower>();
    const listener = (): void => {
      for (const follower of [...followers]) follower[Symbol.dispose]();
    };
    this.#watched.set(signal, { followers, listener });
    signal.addEventListener('abort', listener);
    return followers;
  }

  /** To be called when a follower has left: the last one takes the listener with it. */
  forget(signal: AbortSignal): void {
    const watched = this.#watched.get(signal);
    if (watched === undefined || watched.followers.size > 0) return;
    this.#watched.delete(signal);
    signal.removeEventListener('abort', watched.listener);
  }
}

/** One who waits. Leaves no trace once it has ended, even where its reader was dropped in the middle and only the signal tells. */
class Follower implements Disposable {
  readonly #sets: readonly Set<Follower>[];
  readonly #onEnd: () => void;
  #fresh = true;
  #wake: (() => void) | undefined;
  ended = false;

  /** Is a member of both sets until it ends. */
  constructor(ofStream: Set<Follower>, ofSignal: Set<Follower>, onEnd: () => void) {
    this.#sets = [ofStream, ofSignal];
    this.#onEnd = onEnd;
    for (const set of this.#sets) set.add(this);
  }

  look(): void {
    this.#fresh = false;
  }

  wake(): void {
    this.#fresh = true;
    this.#wake?.();
  }

  /** Resolves when something was published since `look()`, or when it is over. */
  async woken(): Promise<void> {
    if (this.#fresh || this.ended) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }

  [Symbol.dispose](): void {
    if (this.ended) return;
    this.ended = true;
    for (const set of this.#sets) set.delete(this);
    this.#onEnd();
    this.wake();
  }
}
