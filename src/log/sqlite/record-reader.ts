/** Reads records back out of their table. A row that is not what a writer of ours leaves is `log-damaged`, named by its seq. */

import type { LogRecord, StreamId } from '../../ports/log.js';
import type { ChunkQuery } from '../feed.js';
import { behind, versionAt } from '../record.js';
import { type Database, damaged, type Statement } from './driver.js';
import { decodeEvents } from './record-text.js';

interface Row {
  readonly seq: number;
  readonly stream: StreamId;
  readonly first: number;
  readonly count: number;
  readonly command: string | null;
  readonly body: string;
}

const COLUMNS = 'seq, stream, first, count, command, body';

export class RecordReader {
  readonly #path: string;
  readonly #ofAll: Statement<Row>;
  readonly #ofStream: Statement<Row>;
  readonly #newest: Statement<Row>;
  readonly #headOf: Statement<{ readonly head: number }>;

  constructor(database: Database) {
    this.#path = database.path;
    this.#ofAll = database.prepare(`SELECT ${COLUMNS} FROM records WHERE seq > ? ORDER BY seq LIMIT ?`);
    // Begins at the record that holds the next position, which may have begun before it.
    this.#ofStream = database.prepare(
      `SELECT ${COLUMNS} FROM records WHERE stream = ? AND first >=
         (SELECT coalesce(max(first), 0) FROM records WHERE stream = ? AND first <= ?)
       ORDER BY first LIMIT ?`,
    );
    this.#newest = database.prepare(`SELECT ${COLUMNS} FROM records ORDER BY seq DESC LIMIT 1`);
    this.#headOf = database.prepare('SELECT head FROM streams WHERE stream = ?');
  }

  chunk({ stream, after, limit }: ChunkQuery): readonly LogRecord[] {
    if (stream === undefined) return this.#ofAll.all(after, limit).map((row) => this.#decode(row));
    const rows = this.#ofStream.all(stream, stream, after + 1, limit);
    return rows.flatMap((row) => behind(this.#decode(row), after) ?? []);
  }

  /** Looks at the newest record and at its stream's head, and returns its seq: a check whose price does not depend on the log's length. */
  check(): number {
    const [row] = this.#newest.all();
    if (row === undefined) return 0;
    this.#decode(row);
    const [stream] = this.#headOf.all(row.stream);
    const last = row.first + row.count - 1;
    if (stream?.head !== last) {
      throw damaged(this.#path, `its newest record (seq ${row.seq}) ends at ${last}, and its stream at ${stream?.head ?? 'nothing'}`);
    }
    return row.seq;
  }

  #decode(row: Row): LogRecord {
    const events = decodeEvents(row.body, row.first);
    if (events === undefined || events.length !== row.count) {
      throw damaged(this.#path, `the record with seq ${row.seq} cannot be read`, { details: { seq: row.seq, stream: row.stream } });
    }
    return {
      stream: row.stream,
      seq: row.seq,
      events,
      commandId: row.command ?? undefined,
      version: versionAt(row.first + row.count - 1),
    };
  }
}
