/** Opens a database file of a home: for its owner only, for one process only, in WAL mode. */

import { chmodSync, closeSync, mkdirSync, openSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { SpoolError } from '../../base/errors.js';
import type { Database, OpenDatabase } from './driver.js';

export interface DatabaseFile {
  readonly directory: string;
  readonly name: string;
  /** FULL: a commit has reached the disk. NORMAL: a power cut may take the last ones, and nothing is torn. */
  readonly synchronous: 'FULL' | 'NORMAL';
  readonly open: OpenDatabase;
  /** Marks the file as ours (`PRAGMA application_id`). */
  readonly applicationId: number;
}

/** What stands in the file: nothing yet, a format of ours, or something else. */
export type Found = { readonly kind: 'empty' } | { readonly kind: 'ours'; readonly format: number } | { readonly kind: 'foreign' };

/**
 * Opens the file and takes the home's lock, which the kernel gives back when the process dies, however it dies. The lock is a POSIX
 * one: it would be lost if anything else in this process opened and closed the same file. So nothing else may, not even to read it.
 * Throws `home-locked`, `log-damaged` for a file that is no database, `storage-full`, or `internal` where it may not write.
 */
export function openDatabaseFile(file: DatabaseFile): { readonly database: Database; readonly found: Found } {
  const path = join(file.directory, file.name);
  try {
    createForOwner(file.directory, path);
  } catch (thrown) {
    throw SpoolError.from(thrown);
  }
  const database = file.open(path);
  try {
    // Before the first read: so the lock is taken by it, and there is no shared memory file.
    pragma(database, 'locking_mode = EXCLUSIVE');
    pragma(database, 'journal_mode = WAL');
    database.exec(`PRAGMA synchronous = ${file.synchronous}`);
    pragma(database, `journal_size_limit = ${64 * 1024 * 1024}`);
    return { database, found: look(database, file.applicationId) };
  } catch (thrown) {
    closeAfter(database);
    throw thrown;
  }
}

/** Closes a database that is given up because of another fault, which is the one to be told. */
export function closeAfter(database: Database): unknown {
  try {
    database.close();
    return undefined;
  } catch (thrown) {
    return thrown;
  }
}

/** Reads or sets a pragma that answers with one row. */
export function pragma(database: Database, source: string): unknown {
  const [row] = database.prepare<Record<string, unknown>>(`PRAGMA ${source}`).all();
  return row === undefined ? undefined : Object.values(row)[0];
}

function look(database: Database, applicationId: number): Found {
  const [tables] = database.prepare<{ n: number }>('SELECT count(*) AS n FROM sqlite_schema').all();
  const format = Number(pragma(database, 'user_version'));
  if (tables?.n === 0 && format === 0) return { kind: 'empty' };
  return Number(pragma(database, 'application_id')) === applicationId ? { kind: 'ours', format } : { kind: 'foreign' };
}

function createForOwner(directory: string, path: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const stats = statSync(path, { throwIfNoEntry: false });
  // SQLite gives its WAL the permissions of the database. Never opened here when it is there: closing it would drop the lock.
  if (stats === undefined) closeSync(openSync(path, 'wx', 0o600));
  else if (isOpenToOthers(stats)) chmodSync(path, 0o600);
}

function isOpenToOthers(stats: Stats): boolean {
  return stats.isFile() && (stats.mode & 0o077) !== 0;
}
