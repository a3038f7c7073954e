/** Who may change the vault: one process at a time, and within it one change at a time. */

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { lock } from 'proper-lockfile';
import { SpoolError } from '../base/errors.js';
import { Lane } from '../base/lane.js';

/** A holder that was killed is overtaken after this time. */
const STALE_MS = 10_000;
/** Longer than a token takes to be renewed over a bad line, which is done under the lock. */
const TRIES = { retries: 400, factor: 1, minTimeout: 100, maxTimeout: 300, randomize: true };

const lanes = new Map<string, Lane>();

/** `work` is to call `stillMine` before it writes: it throws when another process has taken the lock because we were away for too long. */
export async function locked<T>(file: string, work: (stillMine: () => void) => Promise<T>): Promise<T> {
  const lane = lanes.get(file) ?? new Lane();
  lanes.set(file, lane);
  return await lane.run(async () => {
    let lost = false;
    const release = await acquire(file, () => {
      lost = true;
    });
    try {
      return await work(() => {
        if (lost) throw new SpoolError('unavailable', `the lock of ${file} was lost while it was being changed`, { hint: 'try again' });
      });
    } finally {
      if (!lost) await release();
    }
  });
}

async function acquire(file: string, onCompromised: () => void): Promise<() => Promise<void>> {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    return await lock(file, { realpath: false, stale: STALE_MS, retries: TRIES, onCompromised });
  } catch (error) {
    const errno = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const message = errno === 'ELOCKED' ? `${file} is being changed by another process` : `${file} cannot be locked (${errno})`;
    const hint = errno === 'ELOCKED' ? 'try again when it is done' : `it needs a folder that is yours to write: ${dirname(file)}`;
    throw new SpoolError('unavailable', `the vault cannot be changed: ${message}`, { hint, cause: error });
  }
}
