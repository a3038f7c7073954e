/**
 * Time as a value that can be handed in. Production code takes a `Clock`; tests turn one by hand (testing/manual-clock.ts).
 */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs `callback` once after `ms`, unless disposed first. Keeps the process alive until then: whoever waits, waits to the end. */
  after(ms: number, callback: () => void): Disposable;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

/** ISO 8601 in UTC with milliseconds, the form of every `at` in the log. */
export function isoTime(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}

/** The time that lies `ms` behind another one. */
export function laterThan(iso: string, ms: number): string {
  return new Date(Date.parse(iso) + ms).toISOString();
}
