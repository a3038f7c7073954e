/** The seam to SQLite: the little that we need of it, the same on every driver. Only this folder knows that there are two of them. */

import { messageOf, SpoolError } from '../../base/errors.js';

export type SqlValue = string | number | null;

/** A prepared statement, with `?` for each value. It is dead once its database is closed. */
export interface Statement<Row extends object> {
  run(...values: readonly SqlValue[]): { readonly changes: number };
  /** All rows; the statement is done with afterwards, so that no read stays open across turns of the event loop. */
  all(...values: readonly SqlValue[]): readonly Row[];
}

/** One connection. Every method is synchronous and throws a SpoolError, see `faultOf`. */
export interface Database {
  readonly path: string;
  /** Runs statements that return nothing. */
  exec(sql: string): void;
  /** `Row` is believed: the tables are STRICT, and a table that is not ours is refused before. */
  prepare<Row extends object = never>(sql: string): Statement<Row>;
  /** Closes and gives the lock back. Twice is fine. */
  close(): void;
}

/** Opens a file, creating it where there is none. Never waits for a lock. */
export type OpenDatabase = (path: string) => Database;

/** Runs `work` in one transaction: all of it, or nothing and the fault is thrown. */
export function inTransaction<T>(database: Database, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (thrown) {
    rollBack(database);
    throw thrown;
  }
}

function rollBack(database: Database): void {
  try {
    database.exec('ROLLBACK');
  } catch (thrown) {
    // SQLite has rolled back by itself where the disk was full or failed.
    if (!messageOf(thrown).includes('no transaction is active')) throw thrown;
  }
}

/** What a result code of SQLite means for us. `result` may be an extended one; its low byte is the plain code. */
export function faultOf(path: string, result: number | undefined, cause: unknown): SpoolError {
  const details = { path, sqlite: result };
  const said = messageOf(cause);
  // Our own statements are right, so what they miss is missing from the file.
  if (result === 1 && said.startsWith('no such')) return damaged(path, said, { cause, details });
  switch (result === undefined ? undefined : result & 0xff) {
    case 5:
    case 6:
      return new SpoolError('home-locked', `another Spool host has ${path} open`, {
        hint: 'Stop that host, or give this one a home of its own with SPOOL_HOME. The lock ends with the process that holds it.',
        cause,
        details,
      });
    case 11:
    case 26:
      return damaged(path, said, { cause, details });
    case 13:
      return new SpoolError('storage-full', `there is no room to write ${path}`, {
        hint: 'Make room on that disk; the host goes on by itself then.',
        cause,
        details,
      });
    case 8:
    case 14:
      return new SpoolError('internal', `${path} cannot be opened for writing: ${said}`, {
        hint: 'See whether this user owns the file and its directory.',
        cause,
        details,
      });
    default:
      return new SpoolError('internal', `SQLite failed on ${path}: ${said}`, { cause, details });
  }
}

/** The error for a log file that cannot be trusted; `what` says what was found there. */
export function damaged(
  path: string,
  what: string,
  more: { cause?: unknown; details?: Readonly<Record<string, unknown>> } = {},
): SpoolError {
  return new SpoolError('log-damaged', `${path} is damaged: ${what}`, {
    hint: 'Move the file away and put a backup in its place. Spool never repairs or overwrites a log by itself.',
    ...more,
    details: { path, ...more.details },
  });
}
