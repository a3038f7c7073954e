/** Those who wait for one and the same thing to happen, the next time it does. */

import { SpoolError } from '../base/errors.js';

export class Waiters {
  readonly #waiting = new Map<object, { readonly name: string; readonly resolve: () => void; readonly reject: (error: Error) => void }>();

  /** `name` is by what one who waits can be sent away. */
  wait(name: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.set({}, { name, resolve, reject });
    });
  }

  /** It happened: in the order in which they came. */
  release(): void {
    for (const { resolve } of this.#take()) resolve();
  }

  /** Sends those of this name away, as `cancelled`. False when there is none. */
  cancel(name: string): boolean {
    const found = this.#take((one) => one === name);
    for (const { reject } of found) reject(new SpoolError('cancelled', 'it was interrupted before it began'));
    return found.length > 0;
  }

  #take(fits: (name: string) => boolean = () => true): { resolve: () => void; reject: (error: Error) => void }[] {
    const found = [...this.#waiting].filter(([, { name }]) => fits(name));
    for (const [key] of found) this.#waiting.delete(key);
    return found.map(([, one]) => one);
  }
}
