/** One connection per CODEX_HOME. Who asks while one is being made waits for the same one; one that ended is made anew on demand. */

import { SpoolError } from '../../base/errors.js';
import type { Connection } from './connection.js';

export class Pool {
  readonly #connect: (home: string) => Promise<Connection>;
  readonly #opening = new Map<string, Promise<Connection>>();
  readonly #open = new Map<string, Connection>();
  #closed = false;

  constructor(connect: (home: string) => Promise<Connection>) {
    this.#connect = connect;
  }

  /** The connections that stand. */
  get connections(): readonly Connection[] {
    return [...this.#open.values()];
  }

  /** Rejects as `connect` does, and with `unavailable` once closed. */
  async get(home: string): Promise<Connection> {
    // The old one may still be telling its threads; the new one must not meet its process half way.
    for (let standing = this.#open.get(home); standing !== undefined; standing = this.#open.get(home)) {
      if (!standing.over) return standing;
      await standing.ended;
      if (this.#open.get(home) === standing) this.#open.delete(home);
    }
    if (this.#closed) throw new SpoolError('unavailable', 'this runtime was closed');
    return await (this.#opening.get(home) ?? this.#make(home));
  }

  /**
   * Does something with the home's connection, whose process stays meanwhile. `ready` is called before, and may end a connection that is
   * not to be used any more.
   */
  async use<T>(home: string, ready: (connection: Connection) => Promise<void>, work: (connection: Connection) => Promise<T>): Promise<T> {
    for (;;) {
      const connection = await this.get(home);
      await ready(connection);
      if (connection.over) continue;
      using _held = connection.hold();
      return await work(connection);
    }
  }

  #make(home: string): Promise<Connection> {
    const opening = this.#connect(home).then(
      (connection) => {
        this.#opening.delete(home);
        this.#open.set(home, connection);
        const forget = (): void => {
          if (this.#open.get(home) === connection) this.#open.delete(home);
        };
        connection.ended.then(forget, forget);
        return connection;
      },
      (error: unknown) => {
        this.#opening.delete(home);
        throw error;
      },
    );
    this.#opening.set(home, opening);
    return opening;
  }

  /** Gives out nothing more; resolves to all connections, those included that were still being made. */
  async close(): Promise<readonly Connection[]> {
    this.#closed = true;
    await Promise.allSettled(this.#opening.values());
    return this.connections;
  }
}
