/** Who may change the vault: one process at a time, and within it one change at a time. */

import { withFileLock } from '../base/file-lock.js';

/** Longer than a token takes to be renewed over a bad line, which is done under the lock. */
const WAIT_MS = 60_000;

/** `work` is to call `stillMine` before it writes; see `withFileLock`. */
export async function locked<T>(file: string, work: (stillMine: () => void) => Promise<T>): Promise<T> {
  return await withFileLock(file, work, { waitMs: WAIT_MS });
}
