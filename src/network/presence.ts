/** Which agents from elsewhere are there: whoever was heard of lately. Kept in memory only, because it says nothing about yesterday. */

import { type Clock, isoTime } from '../base/clock.js';

export const PRESENCE_SECONDS = 60;

export class Presences {
  readonly #clock: Clock;
  readonly #seen = new Map<string, { readonly at: string; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** It counts as there for so long; a longer word that it gave before still holds. */
  heard(alias: string, seconds: number = PRESENCE_SECONDS): void {
    const until = Math.max(this.#clock.now() + seconds * 1000, this.#seen.get(alias)?.until ?? 0);
    this.#seen.set(alias, { at: isoTime(this.#clock), until });
  }

  isOnline(alias: string): boolean {
    return (this.#seen.get(alias)?.until ?? 0) > this.#clock.now();
  }

  seenAt(alias: string): string | undefined {
    return this.#seen.get(alias)?.at;
  }

  forget(alias: string): void {
    this.#seen.delete(alias);
  }
}
