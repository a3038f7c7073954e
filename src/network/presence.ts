/** Which agents from elsewhere are there: whoever was heard of lately. Kept in memory only, because it says nothing about yesterday. */

import { type Clock, isoTime } from '../base/clock.js';

export const PRESENCE_SECONDS = 60;

interface Seen {
  readonly at: string;
  readonly until: number;
  timer: Disposable | undefined;
}

export class Presences implements Disposable {
  readonly #clock: Clock;
  readonly #seen = new Map<string, Seen>();
  /** Called when one comes and when one was not heard of for too long. */
  onChange: (alias: string, online: boolean) => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  heard(alias: string, seconds: number = PRESENCE_SECONDS): void {
    const was = this.isOnline(alias);
    const before = this.#seen.get(alias);
    const until = Math.max(this.#clock.now() + seconds * 1000, was ? (before?.until ?? 0) : 0);
    before?.timer?.[Symbol.dispose]();
    const timer = this.#clock.after(until - this.#clock.now(), () => this.onChange(alias, false));
    this.#seen.set(alias, { at: isoTime(this.#clock), until, timer });
    if (!was) this.onChange(alias, true);
  }

  isOnline(alias: string): boolean {
    return (this.#seen.get(alias)?.until ?? 0) > this.#clock.now();
  }

  seenAt(alias: string): string | undefined {
    return this.#seen.get(alias)?.at;
  }

  forget(alias: string): void {
    this.#seen.get(alias)?.timer?.[Symbol.dispose]();
    this.#seen.delete(alias);
  }

  [Symbol.dispose](): void {
    for (const alias of [...this.#seen.keys()]) this.forget(alias);
  }
}
