/** What is to be done later for as long as something lasts; all of it is forgotten at once. */

import type { Clock } from '../base/clock.js';

export class Timers {
  readonly #clock: Clock;
  readonly #set = new Set<Disposable>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  after(ms: number, action: () => void): void {
    const timer = this.#clock.after(ms, () => {
      this.#set.delete(timer);
      action();
    });
    this.#set.add(timer);
  }

  clear(): void {
    for (const timer of this.#set) timer[Symbol.dispose]();
    this.#set.clear();
  }
}
