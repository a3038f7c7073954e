/**
 * One timer for all schedules. It is only a reason to look at the clock: that stops while the machine sleeps and is put forward and back,
 * which no timer notices, so it is looked at once a minute at least.
 */

import type { Clock } from '../../base/clock.js';

/** Also far less than Node's timers take. */
const LOOK_MS = 60_000;

export class Alarm implements Disposable {
  readonly #clock: Clock;
  readonly #ring: (id: string) => void;
  readonly #times = new Map<string, number>();
  #timer: Disposable | undefined;
  #closed = false;

  /** `ring` is called once for each time that was set, when it has come. */
  constructor(clock: Clock, ring: (id: string) => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** In milliseconds since 1970; undefined: never. Replaces the time that was set before. */
  set(id: string, at: number | undefined): void {
    if (at === undefined) this.#times.delete(id);
    else this.#times.set(id, at);
    this.#arm();
  }

  #arm(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (this.#closed || this.#times.size === 0) return;
    let first = Number.POSITIVE_INFINITY;
    for (const at of this.#times.values()) first = Math.min(first, at);
    const wait = Math.min(Math.max(0, first - this.#clock.now()), LOOK_MS);
    this.#timer = this.#clock.after(wait, () => this.#look());
  }

  #look(): void {
    const now = this.#clock.now();
    const due = [...this.#times].filter(([, at]) => at <= now);
    for (const [id] of due) this.#times.delete(id);
    this.#arm();
    for (const [id] of due) this.#ring(id);
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#arm();
  }
}
