/** Turns that wait for their place: one runs at a time, the others follow in the order in which they came. */

import { SpoolError } from '../../base/errors.js';

interface Waiting {
  readonly turn: string;
  readonly go: () => void;
  readonly refuse: (error: SpoolError) => void;
}

export class TurnQueue {
  #waiting: Waiting[] = [];
  #taken = false;

  /** Resolves when it is the turn's time; the place is its own until `free`. */
  place(turn: string): Promise<void> {
    if (!this.#taken) {
      this.#taken = true;
      return Promise.resolve();
    }
    return new Promise((go, refuse) => {
      this.#waiting.push({ turn, go, refuse });
    });
  }

  free(): void {
    const next = this.#waiting.shift();
    this.#taken = next !== undefined;
    next?.go();
  }

  /** Takes one that waits out of the line. False when it does not wait. */
  giveUp(turn: string): boolean {
    const found = this.#waiting.find((one) => one.turn === turn);
    this.#waiting = this.#waiting.filter((one) => one !== found);
    found?.refuse(new SpoolError('cancelled', 'the turn was interrupted before it began'));
    return found !== undefined;
  }

  /** Nobody who waits gets a place any more. */
  refuse(error: SpoolError): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) one.refuse(error);
  }
}
