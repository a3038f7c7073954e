/**
 * Snapshots in a file of their own, `views.db`, next to the log. It is a cache: a file that is damaged, foreign or of another format
 * is thrown away and begun anew, and a power cut may take the last saves. It must never hold anything that the log lacks.
 */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { SpoolError } from '../../base/errors.js';
import type { StreamId } from '../../ports/log.js';
import type { Snapshot, SnapshotQuery, Snapshots } from '../../ports/snapshots.js';
import { closedSnapshots, cursorAt, placeOf } from '../snapshot-order.js';
import { chooseDriver } from './choose-driver.js';
import { closeAfter, openDatabaseFile } from './database-file.js';
import { type Database, inTransaction, type OpenDatabase, type SqlValue, type Statement } from './driver.js';

export interface SqliteSnapshotsOptions {
  /** Where `views.db` lies; made, for its owner only, when it is not there. */
  readonly directory: string;
  /** Default `views.db`. */
  readonly name?: string | undefined;
  /** Another driver than the one that this Node calls for. */
  readonly open?: OpenDatabase | undefined;
}

/** Opens the cache, or begins a new one. Whoever opens it disposes it. Rejects with `home-locked` while another process has it. */
export async function openSqliteSnapshots(options: SqliteSnapshotsOptions): Promise<Snapshots> {
  return new SqliteSnapshots({ directory: options.directory, name: options.name ?? 'views.db' }, options.open ?? (await chooseDriver()));
}

/** "SPOV" in ASCII. */
const APPLICATION_ID = 0x53504f56;
/** Raised with every change of the table; a file with another number is begun anew. */
const FORMAT = 1;
// The state comes last: what is large lies in pages of its own, which a list of marks then never touches.
const TABLE = `
  CREATE TABLE snapshots (
    stream TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    settled INTEGER NOT NULL,
    agent TEXT NOT NULL,
    status TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    row TEXT NOT NULL,
    state TEXT NOT NULL
  ) STRICT;
  CREATE INDEX snapshots_newest ON snapshots (updated_at DESC, stream DESC);
  CREATE INDEX snapshots_agent ON snapshots (agent, updated_at DESC, stream DESC);
  CREATE INDEX snapshots_status ON snapshots (status, updated_at DESC, stream DESC);
  CREATE INDEX snapshots_marks ON snapshots (stream, position, settled);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT};`;

interface Place {
  readonly directory: string;
  readonly name: string;
}

interface Row {
  readonly stream: StreamId;
  readonly position: number;
  readonly settled: number;
  readonly agent: string;
  readonly status: string;
  readonly updated_at: string;
  readonly row: string;
  readonly state: string;
}

interface Statements {
  readonly database: Database;
  readonly load: Statement<Row>;
  readonly save: Statement<never>;
  readonly marks: Statement<Pick<Row, 'stream' | 'position' | 'settled'>>;
  readonly remove: Statement<never>;
}

class SqliteSnapshots implements Snapshots {
  readonly #place: Place;
  readonly #open: OpenDatabase;
  #file: Statements;
  #closed = false;

  constructor(place: Place, open: OpenDatabase) {
    this.#place = place;
    this.#open = open;
    this.#file = openOrBeginAnew(place, open);
  }

  async load(stream: StreamId): Promise<Snapshot | null> {
    const [row] = this.#attempt(({ load }) => load.all(stream), []);
    return row === undefined ? null : snapshotOf(row);
  }

  async save({ stream, position, state, summary }: Snapshot): Promise<void> {
    const values = [stream, position, summary.settled ? 1 : 0, summary.agent, summary.status, summary.updatedAt, summary.row, state];
    this.#attempt(({ save }) => save.run(...values).changes, 0);
  }

  async list(query: SnapshotQuery): ReturnType<Snapshots['list']> {
    const { sql, values } = listStatement(query);
    const rows = this.#attempt(({ database }) => database.prepare<Row>(sql).all(...values, query.limit + 1), []);
    const items = rows.slice(0, query.limit).map(snapshotOf);
    return { items, next: rows.length > query.limit ? cursorAt(items[items.length - 1]) : null };
  }

  async marks(): ReturnType<Snapshots['marks']> {
    const rows = this.#attempt(({ marks }) => marks.all(), []);
    return new Map(rows.map(({ stream, position, settled }) => [stream, { position, settled: settled === 1 }]));
  }

  async remove(stream: StreamId): Promise<void> {
    this.#attempt(({ remove }) => remove.run(stream).changes, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#file.database.close();
  }

  /** A full disk and a damaged file are as if nothing were cached: the log has it all. */
  #attempt<T>(use: (file: Statements) => T, nothing: T): T {
    if (this.#closed) throw closedSnapshots();
    try {
      return use(this.#file);
    } catch (thrown) {
      const error = SpoolError.from(thrown);
      if (error.code === 'log-damaged') this.#beginAnew();
      else if (error.code !== 'storage-full') throw error;
      return nothing;
    }
  }

  #beginAnew(): void {
    closeAfter(this.#file.database);
    removeFile(this.#place);
    this.#file = openFile(this.#place, this.#open);
  }
}

function openOrBeginAnew(place: Place, open: OpenDatabase): Statements {
  try {
    return openFile(place, open);
  } catch (thrown) {
    if (SpoolError.from(thrown).code !== 'log-damaged') throw thrown;
  }
  removeFile(place);
  return openFile(place, open);
}

function openFile(place: Place, open: OpenDatabase): Statements {
  const file = { ...place, synchronous: 'NORMAL', open, applicationId: APPLICATION_ID } as const;
  const { database, found } = openDatabaseFile(file);
  try {
    if (found.kind === 'empty') inTransaction(database, () => database.exec(TABLE));
    else if (found.kind === 'foreign' || found.format !== FORMAT)
      throw new SpoolError('log-damaged', `${database.path} is of another format`);
    return statementsOf(database);
  } catch (thrown) {
    closeAfter(database);
    throw thrown;
  }
}

function removeFile({ directory, name }: Place): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(join(directory, `${name}${suffix}`), { force: true });
}

function statementsOf(database: Database): Statements {
  return {
    database,
    load: database.prepare('SELECT * FROM snapshots WHERE stream = ?'),
    save: database.prepare(
      `INSERT INTO snapshots (stream, position, settled, agent, status, updated_at, row, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (stream) DO UPDATE SET position = excluded.position, settled = excluded.settled, agent = excluded.agent,
         status = excluded.status, updated_at = excluded.updated_at, row = excluded.row, state = excluded.state
       WHERE excluded.position >= snapshots.position`,
    ),
    marks: database.prepare('SELECT stream, position, settled FROM snapshots'),
    remove: database.prepare('DELETE FROM snapshots WHERE stream = ?'),
  };
}

function listStatement({ agent, status, cursor }: SnapshotQuery): { readonly sql: string; readonly values: readonly SqlValue[] } {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  const add = (condition: string, ...more: readonly SqlValue[]): void => {
    conditions.push(condition);
    values.push(...more);
  };
  const place = placeOf(cursor);
  if (agent !== undefined) add('agent = ?', agent);
  if (status !== undefined) add('status = ?', status);
  if (place !== undefined) add('(updated_at, stream) < (?, ?)', place.updatedAt, place.stream);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  return { sql: `SELECT * FROM snapshots ${where} ORDER BY updated_at DESC, stream DESC LIMIT ?`, values };
}

function snapshotOf(row: Row): Snapshot {
  const { stream, position, state, agent, status, updated_at: updatedAt, settled } = row;
  return { stream, position, state, summary: { agent, status, updatedAt, settled: settled === 1, row: row.row } };
}
