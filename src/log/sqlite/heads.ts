/** Where streams stand, the ones in use in memory, so that an append asks the disk nothing. Holds what is committed and nothing else. */

import type { Position, StreamId } from '../../ports/log.js';
import type { Database, Statement } from './driver.js';

const MOST = 10_000;

/** The head is not written down anywhere: it would be one more page in every commit, and the newest record tells it. */
export const HEAD_OF = 'SELECT first + count - 1 AS head FROM records WHERE stream = ? ORDER BY first DESC LIMIT 1';

export class Heads {
  readonly #select: Statement<{ readonly head: number }>;
  readonly #known = new Map<StreamId, Position>();
  readonly #most: number;

  constructor(database: Database, most: number = MOST) {
    this.#select = database.prepare(HEAD_OF);
    this.#most = most;
  }

  /** 0 for a stream that does not exist. */
  of(stream: StreamId): Position {
    const known = this.#known.get(stream);
    if (known !== undefined) {
      // A Map keeps the order of insertion, so that its first key is the one not used for the longest time.
      this.#known.delete(stream);
      this.#known.set(stream, known);
      return known;
    }
    const head = this.#select.all(stream)[0]?.head ?? 0;
    if (head > 0) this.set(stream, head);
    return head;
  }

  /** To be called once the stream's new head is committed. */
  set(stream: StreamId, head: Position): void {
    this.#known.delete(stream);
    this.#known.set(stream, head);
    if (this.#known.size <= this.#most) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      return;
    }
  }
}
