/** How long to wait before try number n: doubling from `firstMs` to `maxMs`, with jitter so that many clients do not come back as one. */

export interface Backoff {
  firstMs: number;
  maxMs: number;
}

/** `attempt` counts from 0. `random` is 0..1; the result lies between half and all of the doubled time. */
export function delayOf(backoff: Backoff, attempt: number, random: number = Math.random()): number {
  const full = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(attempt, 30));
  return Math.round(full / 2 + (full / 2) * random);
}
