/** Those who wait for a task to end, for a while. A wake-up carries nothing: whoever is woken looks at the task. */

import type { Clock } from '../base/clock.js';

interface Wish {
  readonly ms: number;
  readonly clock: Clock;
  readonly signals: readonly (AbortSignal | undefined)[];
}

export class Waiters {
  readonly #waiting = new Map<string, Set<() => void>>();

  wake(id: string): void {
    for (const look of [...(this.#waiting.get(id) ?? [])]) look();
  }

  /** Resolves when `done` says so at a wake-up, when the time is over, or when one of the signals is aborted. */
  async until(id: string, done: () => boolean, { ms, clock, signals }: Wish): Promise<void> {
    if (done() || ms <= 0 || signals.some((signal) => signal?.aborted === true)) return;
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting);
    await new Promise<void>((resolve) => {
      const end = (): void => {
        timer[Symbol.dispose]();
        for (const signal of signals) signal?.removeEventListener('abort', end);
        waiting.delete(look);
        if (waiting.size === 0) this.#waiting.delete(id);
        resolve();
      };
      const look = (): void => {
        if (done()) end();
      };
      const timer = clock.after(ms, end);
      for (const signal of signals) signal?.addEventListener('abort', end, { once: true });
      waiting.add(look);
    });
  }
}
