/** The driver for Node 20: the `libsql` package, SQLite as a prebuilt addon. */

import type Libsql from 'libsql';
import type { SpoolError } from '../../base/errors.js';
import type { Database, OpenDatabase, SqlValue, Statement } from './driver.js';
import { faultOf } from './driver.js';

type Construct = typeof Libsql;

/** Takes the package's one export, loaded by whoever chooses the driver. */
export function libsqlDriver(construct: Construct): OpenDatabase {
  return (path) => new LibsqlDatabase(path, construct);
}

class LibsqlDatabase implements Database {
  readonly path: string;
  readonly #db: Libsql.Database;
  #closed = false;

  constructor(path: string, construct: Construct) {
    this.path = path;
    // The constructor throws a string of Rust instead of a code, see `resultOf`.
    this.#db = this.#try(() => new construct(path, { timeout: 0 }));
  }

  exec(sql: string): void {
    this.#try(() => this.#db.exec(sql));
  }

  prepare<Row extends object>(sql: string): Statement<Row> {
    const statement = this.#try(() => this.#db.prepare<SqlValue[]>(sql));
    return {
      run: (...values) => this.#try(() => ({ changes: statement.run(...values).changes })),
      // Not get(): its row carries `_metadata`, and it leaves the statement, and so the read, open.
      all: (...values) => this.#try(() => statement.all(...values) as Row[]),
    };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // close() only drops the package's own handle: SQLite's connection, and with it the lock, lives on until the last prepared
    // statement is collected as garbage. So the lock is given back by hand, which WAL in exclusive mode only does once it is left.
    const fault = this.#leaveLock();
    this.#try(() => this.#db.close());
    // On a full disk the WAL stays, with all that it holds, and the lock goes with the process.
    if (fault !== undefined && fault.code !== 'storage-full') throw fault;
  }

  #leaveLock(): SpoolError | undefined {
    try {
      // The first one moves the WAL into the file. Where that fails, the others must not be tried: they would begin shared memory.
      this.#db.exec('PRAGMA journal_mode = DELETE');
      this.#db.exec('PRAGMA locking_mode = NORMAL; SELECT count(*) FROM sqlite_schema');
      return undefined;
    } catch (thrown) {
      return faultOf(this.path, resultOf(thrown), thrown);
    }
  }

  #try<T>(call: () => T): T {
    try {
      return call();
    } catch (thrown) {
      throw faultOf(this.path, resultOf(thrown), thrown);
    }
  }
}

function resultOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if ('rawCode' in thrown && typeof thrown.rawCode === 'number') return thrown.rawCode;
  const code = /^ConnectionFailed\(.*: (\d+)"\)$/.exec(thrown.message)?.[1];
  return code === undefined ? undefined : Number(code);
}
