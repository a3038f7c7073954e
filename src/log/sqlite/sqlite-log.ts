/**
 * The log in one SQLite file, `log.db`, with one connection in one process. An append that resolved has been flushed to the disk.
 */

import { type Clock, systemClock } from '../../base/clock.js';
import type { Head, Log, LogRecord, NewRecord, Position, Query, Receipt, StreamId, Version } from '../../ports/log.js';
import { type ChunkQuery, Feed, type Store } from '../feed.js';
import { checkRecord, closedLog, versionAt } from '../record.js';
import { chooseDriver } from './choose-driver.js';
import { closeAfter, openDatabaseFile } from './database-file.js';
import type { Database, OpenDatabase, Statement } from './driver.js';
import { GroupCommit } from './group-commit.js';
import { Heads } from './heads.js';
import { LOG_APPLICATION_ID, migrate } from './migrations.js';
import { RecordReader } from './record-reader.js';
import { encodeEvents } from './record-text.js';
import { type Append, RecordWriter } from './record-writer.js';

export interface SqliteLogOptions {
  /** Where `log.db` lies; made, for its owner only, when it is not there. */
  readonly directory: string;
  /** Stamps records. */
  readonly clock?: Clock | undefined;
  /** Another driver than the one that this Node calls for. */
  readonly open?: OpenDatabase | undefined;
}

/**
 * Opens the log, or makes a new one; how long that takes does not depend on its length. Whoever opens it disposes it.
 * Rejects with `home-locked` while another process has it, `log-too-new`, `log-damaged`, `storage-full`, `unsupported` without SQLite.
 */
export async function openSqliteLog(options: SqliteLogOptions): Promise<Log> {
  const open = options.open ?? (await chooseDriver());
  const file = { directory: options.directory, name: 'log.db', synchronous: 'FULL', open, applicationId: LOG_APPLICATION_ID } as const;
  const { database, found } = openDatabaseFile(file);
  try {
    migrate(database, found);
    return new SqliteLog(database, options.clock ?? systemClock);
  } catch (thrown) {
    closeAfter(database);
    throw thrown;
  }
}

const STREAMS_AT_ONCE = 512;
const STREAMS = `SELECT stream, first_seq, (SELECT first + count - 1 FROM records WHERE records.stream = streams.stream ORDER BY first DESC LIMIT 1) AS head
  FROM streams WHERE first_seq > ? ORDER BY first_seq LIMIT ?`;

class SqliteLog implements Log, Store {
  readonly #database: Database;
  readonly #reader: RecordReader;
  readonly #heads: Heads;
  readonly #writer: RecordWriter;
  readonly #streams: Statement<{ readonly stream: StreamId; readonly head: number; readonly first_seq: number }>;
  readonly #commits: GroupCommit<Append>;
  readonly #feed = new Feed(this);
  #closed = false;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#streams = database.prepare(STREAMS);
    this.#reader = new RecordReader(database);
    this.#heads = new Heads(database);
    this.#writer = new RecordWriter(database, this.#heads, this.#reader.check(), clock);
    this.#commits = new GroupCommit((batch) => this.#writer.commit(batch, (records) => this.#feed.publish(records)));
  }

  get newest(): Position {
    return this.#writer.newest;
  }

  chunk(query: ChunkQuery): readonly LogRecord[] {
    this.#assertOpen();
    return this.#reader.chunk(query);
  }

  async append(stream: StreamId, record: NewRecord, expected: Version | 'none' | 'any'): Promise<Receipt> {
    this.#assertOpen();
    checkRecord(record);
    const events = record.events.map(({ type, body }) => ({ type, body }));
    const text = encodeEvents(events);
    return await new Promise((resolve, reject) => {
      this.#commits.add({ stream, expected, events, commandId: record.commandId, text, weight: text.length, resolve, reject });
    });
  }

  read(query: Query & { readonly signal?: AbortSignal | undefined }): AsyncIterable<LogRecord> {
    return this.#feed.read(query);
  }

  follow(query: Query & { readonly signal: AbortSignal }): AsyncIterable<LogRecord> {
    return this.#feed.follow(query);
  }

  async head(stream?: StreamId): Promise<Head> {
    this.#assertOpen();
    const position = stream === undefined ? this.#writer.newest : this.#heads.of(stream);
    return { position, version: position === 0 ? 'none' : versionAt(position) };
  }

  async find(stream: StreamId, commandId: string): Promise<Receipt | null> {
    this.#assertOpen();
    return this.#writer.find(stream, commandId);
  }

  async *streams(): AsyncGenerator<{ readonly stream: StreamId; readonly head: Position }, void> {
    let after = 0;
    for (;;) {
      this.#assertOpen();
      const rows = this.#streams.all(after, STREAMS_AT_ONCE);
      for (const { stream, head } of rows) yield { stream, head };
      const last = rows[rows.length - 1];
      if (last === undefined) return;
      after = last.first_seq;
    }
  }

  /** Commits what waits, ends the followers, gives the lock back. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#commits.flush();
    this.#feed[Symbol.dispose]();
    this.#database.close();
  }

  #assertOpen(): void {
    if (this.#closed) throw closedLog();
  }
}
