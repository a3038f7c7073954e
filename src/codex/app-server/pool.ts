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
    if (this.#closed) throw new SpoolError('unavailable', 'this runtime was closed');
    const standing = this.#open.get(home);
    if (standing !== undefined && !standing.over) return standing;
    // The old one may still be telling its threads; the new one must not meet its process half way.
    await standing?.ended;
    const opening = this.#opening.get(home) ?? this.#make(home);
    return await opening;
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
