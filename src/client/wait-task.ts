/** Waiting for the end of a task, on top of asking for it with a wait: also through restarts of the host. */

import { delayOf } from '../base/backoff.js';
import { SpoolError } from '../base/errors.js';
import type { Task } from '../contract/task.js';
import { isPassing } from './answer-error.js';
import { pause } from './follow.js';
import type { WaitOptions } from './run-turn.js';
import type { Wire } from './wire.js';

const BACKOFF = { firstMs: 100, maxMs: 5_000 };
/** What a host lets one request wait for. */
const WAIT_SECONDS = 30;

/** Rejects with `cancelled` when `signal` is aborted before, and with the last error when nobody answers for too long. */
export async function waitForTask(wire: Wire, id: string, { signal, giveUpAfterMs, onCut, backoff }: WaitOptions): Promise<Task> {
  let downSince: number | undefined;
  for (let attempt = 0; ; ) {
    try {
      const task = await wire.call('task', { params: { id }, query: { wait: WAIT_SECONDS }, signal });
      if (task.endedAt !== undefined) return task;
      [attempt, downSince] = [0, undefined];
    } catch (thrown) {
      const error = SpoolError.from(thrown);
      if (!isPassing(error)) throw error;
      downSince ??= Date.now();
      if (giveUpAfterMs !== undefined && Date.now() - downSince >= giveUpAfterMs) throw error;
      const delayMs = delayOf(backoff ?? BACKOFF, attempt++);
      onCut?.(error, delayMs);
      await pause(delayMs, signal);
    }
  }
}
