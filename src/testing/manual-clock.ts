/**
 * A clock that a test turns by hand.
 */

import type { Clock } from '../base/clock.js';

interface Alarm {
  readonly at: number;
  readonly callback: () => void;
}

/** Time stands still until `advance`; callbacks then run in the order they are due, each at its own time. */
export class ManualClock implements Clock {
  #now: number;
  readonly #alarms = new Set<Alarm>();
  readonly #watchers: (() => void)[] = [];

  /** `now` in milliseconds since 1970. */
  constructor(now: number = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  /** How many callbacks wait. */
  get waiting(): number {
    return this.#alarms.size;
  }

  /** Resolves as soon as at least one callback waits. */
  armed(): Promise<void> {
    if (this.#alarms.size > 0) return Promise.resolve();
    return new Promise((resolve) => this.#watchers.push(resolve));
  }

  /** Lets time pass, a millisecond at a time with all other work done in between, until `fact` has come; resolves as it does. */
  async passUntil<T>(fact: Promise<T>): Promise<T> {
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    fact.then(settle, settle);
    while (!settled) {
      this.advance(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return fact;
  }

  after(ms: number, callback: () => void): Disposable {
    const alarm: Alarm = { at: this.#now + Math.max(0, ms), callback };
    this.#alarms.add(alarm);
    for (const watcher of this.#watchers.splice(0)) watcher();
    return { [Symbol.dispose]: () => void this.#alarms.delete(alarm) };
  }

  /** Moves time on by `ms` and runs what falls due, also what the callbacks themselves ask for within that time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let alarm = this.#next(end); alarm !== undefined; alarm = this.#next(end)) {
      this.#alarms.delete(alarm);
      this.#now = Math.max(this.#now, alarm.at);
      alarm.callback();
    }
    this.#now = end;
  }

  #next(end: number): Alarm | undefined {
    let next: Alarm | undefined;
    for (const alarm of this.#alarms) if (alarm.at <= end && (next === undefined || alarm.at < next.at)) next = alarm;
    return next;
  }
}
