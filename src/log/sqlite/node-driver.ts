/** The driver for Node 22.14 and newer: SQLite as Node itself brings it. Its types are ours, because those of Node 20 lack it. */

import type { Database, OpenDatabase, SqlValue, Statement } from './driver.js';
import { faultOf } from './driver.js';

interface NodeStatement {
  run(...values: readonly SqlValue[]): { changes: number | bigint };
  all(...values: readonly SqlValue[]): unknown[];
}

interface NodeDatabase {
  exec(sql: string): void;
  prepare(sql: string): NodeStatement;
  close(): void;
}

/** What we use of the module `node:sqlite`. */
export interface NodeSqlite {
  readonly DatabaseSync: new (path: string) => NodeDatabase;
}

/** The driver over Node's own module, or undefined where this Node has none. */
export function nodeDriver(): OpenDatabase | undefined {
  const sqlite = loadQuietly();
  return sqlite && ((path) => new NodeSqliteDatabase(path, sqlite));
}

/** Node 22 warns on stderr that the module is experimental, which is our affair and not our user's. */
function loadQuietly(): NodeSqlite | undefined {
  const emitWarning = process.emitWarning;
  process.emitWarning = () => undefined;
  try {
    const loaded = process.getBuiltinModule('node:sqlite');
    return loaded !== undefined && 'DatabaseSync' in loaded ? (loaded as NodeSqlite) : undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

class NodeSqliteDatabase implements Database {
  readonly path: string;
  readonly #db: NodeDatabase;
  #closed = false;

  constructor(path: string, sqlite: NodeSqlite) {
    this.path = path;
    this.#db = this.#try(() => new sqlite.DatabaseSync(path));
  }

  exec(sql: string): void {
    this.#try(() => this.#db.exec(sql));
  }

  prepare<Row extends object>(sql: string): Statement<Row> {
    const statement = this.#try(() => this.#db.prepare(sql));
    return {
      run: (...values) => this.#try(() => ({ changes: Number(statement.run(...values).changes) })),
      all: (...values) => this.#try(() => statement.all(...values) as Row[]),
    };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#try(() => this.#db.close());
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
  return thrown instanceof Error && 'errcode' in thrown && typeof thrown.errcode === 'number' ? thrown.errcode : undefined;
}
