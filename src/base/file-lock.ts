/** Who may change a file: one process at a time, and within it one change at a time. */

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { SpoolError } from './errors.js';
import { Lane } from './lane.js';

/** A holder that was killed is overtaken after this time. */
const STALE_MS = 10_000;
/** Between two looks at the lock: once to twice this, by chance. */
const LOOK_MS = 50;

export interface FileLockOptions {
  /** How long to wait for another process, about; longer than it takes to overtake a dead one when absent. */
  readonly waitMs?: number;
}

const lanes = new Map<string, Lane>();

/**
 * Runs `work` while nobody else who asks this way changes the file, which need not be there yet; its folder is made (0700). `work` is to
 * call `stillMine` before it writes: it throws when another process has taken the lock because we were away for too long. Rejects with
 * `unavailable` when the lock cannot be had.
 */
export async function withFileLock<T>(
  file: string,
  work: (stillMine: () => void) => Promise<T>,
  { waitMs = 1.5 * STALE_MS }: FileLockOptions = {},
): Promise<T> {
  const lane = lanes.get(file) ?? new Lane();
  lanes.set(file, lane);
  return await lane.run(async () => {
    let lost = false;
    const release = await acquire(file, waitMs, () => {
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

async function acquire(file: string, waitMs: number, onCompromised: () => void): Promise<() => Promise<void>> {
  // Most starts of a host lock nothing.
  const { lock } = await import('proper-lockfile');
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    for (let looks = Math.ceil(waitMs / (1.5 * LOOK_MS)); ; looks -= 1) {
      try {
        return await lock(file, { realpath: false, stale: STALE_MS, onCompromised });
      } catch (error) {
        // Its own retries would also wait for a folder that nobody may write.
        if (errnoOf(error) !== 'ELOCKED' || looks <= 0) throw error;
        await setTimeout(LOOK_MS * (1 + Math.random()));
      }
    }
  } catch (error) {
    throw notLocked(file, error);
  }
}

function notLocked(file: string, error: unknown): SpoolError {
  const errno = errnoOf(error);
  if (errno === 'ELOCKED') {
    const message = `${file} is being changed by another process`;
    return new SpoolError('unavailable', message, { hint: 'try again when it is done', cause: error });
  }
  const isFull = SpoolError.from(error).code === 'storage-full';
  return new SpoolError(isFull ? 'storage-full' : 'unavailable', `${file} cannot be locked (${errno})`, {
    hint: isFull ? 'make room; the file is as it was' : `it needs a folder that is yours to write: ${dirname(file)}`,
    cause: error,
  });
}

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
