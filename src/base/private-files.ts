/** Folders and files that only their owner may read: folders 0700, files 0600, written whole or not at all. */

import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes the folder and takes everybody else's rights from it; a folder that stands is tightened too. */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
}

/**
 * Replaces the file in one step, so that a reader sees the old text or the new one and never half of it, also after a power cut.
 * `derived`: the text can be made again at any time, and is not waited for until it has reached the disk.
 */
export function writePrivateFile(path: string, text: string, { derived = false }: { readonly derived?: boolean } = {}): void {
  makePrivateFolder(dirname(path));
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    // A draft is never one that stands: whoever planted it could read along.
    const file = openSync(draft, 'wx', 0o600);
    try {
      writeFileSync(file, text);
      if (!derived) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
