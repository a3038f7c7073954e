/** Wakes one waiter: something has happened, or enough time has passed. A word that comes while nobody waits is kept. */

import type { Clock } from '../../base/clock.js';

export class Stir {
  readonly #clock: Clock;
  #happened = false;
  #over = false;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): void {
    this.#happened = true;
    this.#wake?.();
  }

  /** From now on nobody waits any more. */
  end(): void {
    this.#over = true;
    this.now();
  }

  /** Resolves with the next word, or after `ms`. */
  async next(ms?: number): Promise<void> {
    if (!this.#happened && !this.#over) {
      await new Promise<void>((resolve) => {
        const timer = ms === undefined ? undefined : this.#clock.after(ms, resolve);
        this.#wake = () => {
          timer?.[Symbol.dispose]();
          resolve();
        };
      });
    }
    this.#wake = undefined;
    this.#happened = false;
  }
}
