/**
 * The newest records of a log in memory, within a fixed size, so that many followers of one stream share the same objects and
 * do not each ask the store. Knows when it cannot answer: a reader that stands before its oldest record must ask the store.
 */

import type { LogRecord, Position, StreamId } from '../ports/log.js';
import { behind, lastOf } from './record.js';

export interface TailSize {
  readonly records: number;
  /** Characters of all bodies together. */
  readonly characters: number;
}

export class Tail {
  readonly #size: TailSize;
  readonly #all = new Run();
  readonly #streams = new Map<StreamId, Run>();
  #characters = 0;

  constructor(size: TailSize) {
    this.#size = size;
  }

  /** Takes the record that follows the one pushed last. */
  push(record: LogRecord): void {
    this.#all.push(record);
    const run = this.#streams.get(record.stream) ?? new Run();
    if (run.size === 0) this.#streams.set(record.stream, run);
    run.push(record);
    this.#characters += charactersOf(record);
    while (this.#all.size > this.#size.records || this.#characters > this.#size.characters) this.#forgetOldest();
  }

  /** The first record behind `after`; `'none'` when there is none yet; `'unknown'` when only the store can tell. */
  next(stream: StreamId | undefined, after: Position): LogRecord | 'none' | 'unknown' {
    const run = stream === undefined ? this.#all : this.#streams.get(stream);
    const oldest = run?.at(0);
    if (run === undefined || oldest === undefined) return 'unknown';
    if (stream === undefined) {
      if (oldest.seq > after + 1) return 'unknown';
      return run.firstWhere((record) => record.seq > after) ?? 'none';
    }
    if ((oldest.events[0]?.position ?? 0) > after + 1) return 'unknown';
    const record = run.firstWhere((candidate) => lastOf(candidate) > after);
    return (record && behind(record, after)) ?? 'none';
  }

  #forgetOldest(): void {
    const record = this.#all.shift();
    if (record === undefined) return;
    this.#characters -= charactersOf(record);
    // The oldest of all is also the oldest of its stream: both are in the order of their appends.
    const run = this.#streams.get(record.stream);
    run?.shift();
    if (run?.size === 0) this.#streams.delete(record.stream);
  }
}

/** Records in order, added at the end and taken from the front, both without moving the others each time. */
class Run {
  #records: LogRecord[] = [];
  #start = 0;

  get size(): number {
    return this.#records.length - this.#start;
  }

  at(index: number): LogRecord | undefined {
    return this.#records[this.#start + index];
  }

  push(record: LogRecord): void {
    this.#records.push(record);
  }

  shift(): LogRecord | undefined {
    const record = this.#records[this.#start];
    if (record === undefined) return undefined;
    this.#start += 1;
    if (this.#start >= 64 && this.#start * 2 >= this.#records.length) this.#forgetTaken();
    return record;
  }

  /** The first record for which `isBehind` holds; it must hold for all later ones too. */
  firstWhere(isBehind: (record: LogRecord) => boolean): LogRecord | undefined {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >> 1;
      const record = this.at(middle);
      if (record !== undefined && isBehind(record)) high = middle;
      else low = middle + 1;
    }
    return this.at(low);
  }

  #forgetTaken(): void {
    this.#records = this.#records.slice(this.#start);
    this.#start = 0;
  }
}

function charactersOf(record: LogRecord): number {
  let sum = 0;
  for (const event of record.events) sum += event.body.length;
  return sum;
}
