/** The log in memory, for tests and trials: the whole contract save for surviving the process. */

import type { Head, Log, LogRecord, NewRecord, Position, Query, Receipt, StreamId, Version } from '../../ports/log.js';
import { type ChunkQuery, Feed, type Store } from '../feed.js';
import { behind, checkRecord, closedLog, conflict, lastOf, matches, receiptOf, versionAt } from '../record.js';

/** A new, empty log. Whoever makes it disposes it. */
export function memoryLog(): Log {
  return new MemoryLog();
}

interface Stream {
  readonly records: LogRecord[];
  readonly receipts: Map<string, Receipt>;
  head: Position;
}

class MemoryLog implements Log, Store {
  readonly #all: LogRecord[] = [];
  readonly #streams = new Map<StreamId, Stream>();
  readonly #feed = new Feed(this);
  #closed = false;

  get newest(): Position {
    return this.#all.length;
  }

  chunk({ stream, after, limit }: ChunkQuery): readonly LogRecord[] {
    if (stream === undefined) return this.#all.slice(after, after + limit);
    const records = this.#streams.get(stream)?.records ?? [];
    const start = indexBehind(records, after);
    return records.slice(start, start + limit).flatMap((record) => behind(record, after) ?? []);
  }

  async append(stream: StreamId, record: NewRecord, expected: Version | 'none' | 'any'): Promise<Receipt> {
    if (this.#closed) throw closedLog();
    checkRecord(record);
    const known = this.#streams.get(stream);
    const first = record.commandId === undefined ? undefined : known?.receipts.get(record.commandId);
    if (first !== undefined) return { ...first, duplicate: true };
    const head = known?.head ?? 0;
    if (expected !== 'any' && !matches(expected, head)) throw conflict(stream, expected, head);
    const target = known ?? { records: [], receipts: new Map(), head: 0 };
    this.#streams.set(stream, target);
    return this.#write(stream, target, record);
  }

  #write(stream: StreamId, target: Stream, { events, commandId }: NewRecord): Receipt {
    const receipt = receiptOf(target.head + 1, events.length, false);
    const record: LogRecord = {
      stream,
      seq: this.#all.length + 1,
      events: events.map(({ type, body }, index) => ({ type, body, position: receipt.first + index })),
      commandId,
      version: receipt.version,
    };
    target.head = receipt.last;
    target.records.push(record);
    this.#all.push(record);
    if (commandId !== undefined) target.receipts.set(commandId, receipt);
    this.#feed.publish([record]);
    return receipt;
  }

  read(query: Query & { readonly signal?: AbortSignal | undefined }): AsyncIterable<LogRecord> {
    return this.#feed.read(query);
  }

  follow(query: Query & { readonly signal: AbortSignal }): AsyncIterable<LogRecord> {
    return this.#feed.follow(query);
  }

  async head(stream?: StreamId): Promise<Head> {
    if (this.#closed) throw closedLog();
    const position = stream === undefined ? this.#all.length : (this.#streams.get(stream)?.head ?? 0);
    return { position, version: position === 0 ? 'none' : versionAt(position) };
  }

  async find(stream: StreamId, commandId: string): Promise<Receipt | null> {
    if (this.#closed) throw closedLog();
    const receipt = this.#streams.get(stream)?.receipts.get(commandId);
    return receipt === undefined ? null : { ...receipt, duplicate: true };
  }

  async *streams(): AsyncGenerator<{ readonly stream: StreamId; readonly head: Position }, void> {
    if (this.#closed) throw closedLog();
    for (const [stream, { head }] of this.#streams) yield { stream, head };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#feed[Symbol.dispose]();
  }
}

/** Where the first record stands that reaches behind `after`. */
function indexBehind(records: readonly LogRecord[], after: Position): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const record = records[middle];
    if (record !== undefined && lastOf(record) > after) high = middle;
    else low = middle + 1;
  }
  return low;
}
