/**
 * A conversation that another process has open: Codex lets only one at a time write it, and says so without saying who. The lock
 * that it takes in its home tells.
 */

import { join } from 'node:path';
import type { Clock } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import { type Holder, holdersOf } from '../../base/file-holders.js';
import { isTaken } from './failures.js';

/** How long is waited for the other process to let go, and how often it is tried. */
export const TAKEN_WAIT_MS = 10 * 60_000;
const TRY_MS = 1_000;

/** Says who has the thread open. */
export async function takenError(home: string, thread: string, cause: unknown): Promise<SpoolError> {
  const holders = await holdersOf(join(home, 'thread-writer-locks', `${thread}.lock`));
  return new SpoolError('conflict', `the conversation is open in ${nameOf(holders)}`, {
    hint: 'end it there and try again, or let the agent wait or go on in a copy (runtimeOptions.whenTaken in its file)',
    details: { thread, ...(holders === undefined ? {} : { pids: holders.map(({ pid }) => pid) }) },
    cause,
  });
}

/** Those who have something open, in words. */
export function nameOf(holders: readonly Holder[] | undefined): string {
  if (holders === undefined) return 'another process (this system does not tell which)';
  if (holders.length === 0) return 'another process that cannot be seen from here';
  const names = holders.map(({ pid, command }) => `${pid} (${command})`);
  return `process ${names.join(' and ')}`;
}

export interface Waiting<T> {
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** What was refused because the thread is taken. */
  readonly again: () => Promise<T>;
}

/** Tries again and again until the thread is free. Rejects with the last refusal when the time is up, and with `cancelled`. */
export async function waitUntilFree<T>({ clock, signal, again }: Waiting<T>): Promise<T> {
  const end = clock.now() + TAKEN_WAIT_MS;
  for (;;) {
    await pause(clock, TRY_MS, signal);
    try {
      return await again();
    } catch (error) {
      if (!isTaken(error) || clock.now() >= end) throw error;
    }
  }
}

function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = (): void => {
      timer[Symbol.dispose]();
      reject(new SpoolError('cancelled', 'the wait for a conversation that is open elsewhere was cancelled'));
    };
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', cancel);
      resolve();
    });
    if (signal?.aborted === true) cancel();
    else signal?.addEventListener('abort', cancel, { once: true });
  });
}
