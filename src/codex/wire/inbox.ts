/** Holds what comes in before anyone listens, so that a transport loses nothing between its start and `receive`. */

import { SpoolError } from '../../base/errors.js';

export class Inbox {
  #early: string[] = [];
  #listener: ((text: string) => void) | undefined;

  /** Hands a message to the listener, or keeps it until there is one. */
  deliver(text: string): void {
    if (this.#listener === undefined) this.#early.push(text);
    else this.#listener(text);
  }

  /** Sets the listener and hands it what came before. Throws when there is one already. */
  listen(listener: (text: string) => void): void {
    if (this.#listener !== undefined) throw new SpoolError('internal', 'a transport has one listener, and this one has it already');
    const early = this.#early;
    this.#early = [];
    for (const text of early) listener(text);
    this.#listener = listener;
  }
}
