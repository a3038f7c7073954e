/** Reads records back out of their table. A row that is not what a writer of ours leaves is `log-damaged`, named by its seq. */

import type { LogRecord, StreamId } from '../../ports/log.js';
import type { ChunkQuery } from '../feed.js';
import { behind, versionAt } from '../record.js';
import { type Database, damaged, type SqlValue, type Statement } from './driver.js';
import { decodeEvents } from './record-text.js';

interface Row {
  readonly seq: number;
  readonly stream: StreamId;
  readonly first: number;
  readonly count: number;
  readonly command: string | null;
  readonly body: string;
}

/** What a chunk may weigh, in bytes of its bodies: loading it holds up the event loop, and a slow reader keeps one. */
const CHUNK_BYTES = 512 * 1024;

const COLUMNS = 'seq, stream, first, count, command, body';

// Begins at the record that holds the next position, which may have begun before it.
const OF_STREAM = `WHERE stream = ? AND first >= (SELECT coalesce(max(first), 0) FROM records WHERE stream = ? AND first <= ?)
  ORDER BY first LIMIT ?`;
const OF_ALL = 'WHERE seq > ? ORDER BY seq LIMIT ?';

/** A way through the table, twice: what the records weigh, and the records. */
interface Road {
  readonly sizes: Statement<{ readonly size: number }>;
  readonly rows: Statement<Row>;
}

export class RecordReader {
  readonly #path: string;
  readonly #all: Road;
  readonly #stream: Road;
  readonly #newest: Statement<Row>;
  readonly #knownStream: Statement<{ readonly first_seq: number }>;

  constructor(database: Database) {
    this.#path = database.path;
    this.#all = roadOf(database, OF_ALL);
    this.#stream = roadOf(database, OF_STREAM);
    this.#newest = database.prepare(`SELECT ${COLUMNS} FROM records ORDER BY seq DESC LIMIT 1`);
    this.#knownStream = database.prepare('SELECT first_seq FROM streams WHERE stream = ?');
  }

  chunk({ stream, after, limit }: ChunkQuery): readonly LogRecord[] {
    if (stream === undefined) return this.#load(this.#all, [after], limit).map((row) => this.#decode(row));
    const rows = this.#load(this.#stream, [stream, stream, after + 1], limit);
    return rows.flatMap((row) => behind(this.#decode(row), after) ?? []);
  }

  /** Weighs before it loads: a size stands at the row's beginning, so that asking for it does not touch a large body. */
  #load({ sizes, rows }: Road, place: readonly SqlValue[], limit: number): readonly Row[] {
    let count = 0;
    let bytes = 0;
    for (const { size } of sizes.all(...place, limit)) {
      bytes += size;
      if (count > 0 && bytes > CHUNK_BYTES) break;
      count += 1;
    }
    return count === 0 ? [] : rows.all(...place, count);
  }

  /** Looks at the newest record and for its stream, and returns its seq: a check whose price does not depend on the log's length. */
  check(): number {
    const [row] = this.#newest.all();
    if (row === undefined) return 0;
    this.#decode(row);
    if (this.#knownStream.all(row.stream).length === 0) {
      throw damaged(this.#path, `its newest record (seq ${row.seq}) is of the stream ${row.stream}, which is not in its list of streams`);
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

function roadOf(database: Database, where: string): Road {
  return {
    sizes: database.prepare(`SELECT octet_length(body) AS size FROM records ${where}`),
    rows: database.prepare(`SELECT ${COLUMNS} FROM records ${where}`),
  };
}
