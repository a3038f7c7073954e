/**
 * Writes batches of appends, each batch in one transaction. An append that conflicts fails alone; a commit that fails takes its
 * whole batch with it and leaves no trace, in the file or in memory.
 */

import type { Clock } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import type { LogRecord, NewEvent, Position, Receipt, StreamId, Version } from '../../ports/log.js';
import { conflict, matches, receiptOf } from '../record.js';
import { type Database, damaged, inTransaction, type Statement } from './driver.js';
import type { Heads } from './heads.js';

/** One append on its way. */
export interface Append {
  readonly stream: StreamId;
  readonly expected: Version | 'none' | 'any';
  readonly events: readonly NewEvent[];
  readonly commandId: string | undefined;
  /** The events as one text, made outside of the transaction. */
  readonly text: string;
  readonly weight: number;
  resolve(receipt: Receipt): void;
  reject(error: SpoolError): void;
}

interface Batch {
  /** The heads of the streams that the open transaction has added to. */
  readonly heads: Map<StreamId, Position>;
  readonly records: LogRecord[];
  readonly results: (Receipt | SpoolError)[];
}

export class RecordWriter {
  readonly #database: Database;
  readonly #heads: Heads;
  readonly #clock: Clock;
  readonly #insert: Statement<never>;
  readonly #newStream: Statement<never>;
  readonly #command: Statement<{ readonly first: number; readonly count: number }>;
  #newest: Position;

  constructor(database: Database, heads: Heads, newest: Position, clock: Clock) {
    this.#database = database;
    this.#heads = heads;
    this.#newest = newest;
    this.#clock = clock;
    this.#insert = database.prepare(
      'INSERT INTO records (seq, stream, first, count, at, command, body) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    );
    this.#newStream = database.prepare('INSERT INTO streams (stream, first_seq) VALUES (?, ?)');
    this.#command = database.prepare('SELECT first, count FROM records WHERE stream = ? AND command = ?');
  }

  /** `seq` of the newest committed record. */
  get newest(): Position {
    return this.#newest;
  }

  /** The first receipt of a command id, read from what is committed (or written by the open transaction). */
  find(stream: StreamId, commandId: string): Receipt | null {
    const [row] = this.#command.all(stream, commandId);
    return row === undefined ? null : receiptOf(row.first, row.count, true);
  }

  /** Commits and hands the new records to `publish` before anybody is answered. Settles every append; never throws. */
  commit(appends: readonly Append[], publish: (records: readonly LogRecord[]) => void): void {
    const batch: Batch = { heads: new Map(), records: [], results: [] };
    try {
      inTransaction(this.#database, () => {
        for (const append of appends) batch.results.push(this.#write(append, batch));
      });
    } catch (thrown) {
      const error = SpoolError.from(thrown);
      for (const append of appends) append.reject(error);
      return;
    }
    for (const [stream, head] of batch.heads) this.#heads.set(stream, head);
    this.#newest += batch.records.length;
    publish(batch.records);
    for (const [index, append] of appends.entries()) settle(append, batch.results[index]);
  }

  #write(append: Append, batch: Batch): Receipt | SpoolError {
    const { stream, expected, events, commandId } = append;
    const head = batch.heads.get(stream) ?? this.#heads.of(stream);
    if (expected !== 'any' && !matches(expected, head)) return this.#repeat(append) ?? conflict(stream, expected, head);
    const seq = this.#newest + batch.records.length + 1;
    const receipt = receiptOf(head + 1, events.length, false);
    const values = [seq, stream, receipt.first, events.length, this.#clock.now(), commandId ?? null, append.text];
    // A known command id is found by its index, so that a new one costs no question.
    if (this.#insert.run(...values).changes === 0) return this.#repeat(append) ?? this.#torn(seq);
    if (head === 0) this.#newStream.run(stream, seq);
    batch.heads.set(stream, receipt.last);
    batch.records.push({
      stream,
      seq,
      events: events.map(({ type, body }, index) => ({ type, body, position: receipt.first + index })),
      commandId,
      version: receipt.version,
    });
    return receipt;
  }

  #repeat({ stream, commandId }: Append): Receipt | undefined {
    return commandId === undefined ? undefined : (this.find(stream, commandId) ?? undefined);
  }

  #torn(seq: Position): SpoolError {
    return damaged(this.#database.path, `there is a record already where the one with seq ${seq} belongs`, { details: { seq } });
  }
}

function settle(append: Append, result: Receipt | SpoolError | undefined): void {
  if (result instanceof SpoolError) append.reject(result);
  else if (result !== undefined) append.resolve(result);
}
