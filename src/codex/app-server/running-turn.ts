/** Which turn runs in a thread right now, ours or another client's, and who waits for its end to begin the next one. */

import { SpoolError } from '../../base/errors.js';

export class RunningTurn {
  #native: string | undefined;
  #inner: string | undefined;
  #waiting: { readonly turn: string; readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;

  /** Codex's id of it; 'foreign' when it is only known that one runs. */
  get native(): string | undefined {
    return this.#native;
  }

  /** The id by which Codex wants it interrupted: a review runs as a turn within the turn. */
  get innermost(): string | undefined {
    return this.#inner ?? this.#native;
  }

  set(native: string | undefined): void {
    this.#native = native;
    this.#inner = undefined;
  }

  /** A turn of another id has begun within it. */
  enter(inner: string | undefined): void {
    this.#inner = inner;
  }

  /** Nothing runs (any more), or what was to begin did not: whoever waits may try. */
  stop(): void {
    this.set(undefined);
    this.#waiting?.resolve();
  }

  letTry(): void {
    this.#waiting?.resolve();
  }

  /** Resolves when what runs may have ended, for the turn that is to begin next. Rejects with `cancelled` when that one is given up. */
  async ended(turn: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#waiting = { turn, resolve, reject };
    }).finally(() => {
      this.#waiting = undefined;
    });
  }

  /** Gives up the turn that waits to begin; false when it is not that one. */
  giveUp(turn: string): boolean {
    if (this.#waiting?.turn !== turn) return false;
    this.#waiting.reject(new SpoolError('cancelled', 'the turn was interrupted before it began'));
    return true;
  }
}
