/**
 * A private directory that is gone at the end. Its path is short, because a unix socket's path may have about 100 bytes only.
 */

import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TempHome extends AsyncDisposable {
  /** Absolute, without symbolic links, mode 0700. */
  readonly path: string;
  /** A path inside. */
  join(...parts: string[]): string;
}

/** A new empty directory; disposing removes it with all that is in it. */
export async function tempHome(): Promise<TempHome> {
  const path = await mkdtemp(join(await realpath(tmpdir()), 'sp-'));
  return {
    path,
    join: (...parts) => join(path, ...parts),
    async [Symbol.asyncDispose]() {
      // A child that is just ending may still write a last file between the listing and the removal.
      await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}
