/**
 * Changes lines of a rollout in their places, and adds some behind the last. A line keeps its length, filled up with spaces, which JSON
 * allows: Codex's history of the thread and the copies that were made of it remember byte offsets into the file.
 */

import { constants } from 'node:fs';
import { copyFile, type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { SpoolError } from '../../base/errors.js';

/** `after` has the length of `before`. */
export interface Change {
  readonly offset: number;
  readonly before: Buffer;
  readonly after: Buffer;
}

/** The text as bytes of a certain length, with spaces behind it. */
export function filled(text: string, length: number): Buffer {
  const bytes = Buffer.alloc(length, ' ');
  bytes.write(text);
  return bytes;
}

/** How the lines stand in the file now: as they were before the changes, after them, or otherwise. */
export async function standOf(file: string, changes: readonly Change[]): Promise<'before' | 'after' | 'otherwise'> {
  await using handle = await open(file, 'r');
  const stands = new Set<string>();
  for (const { offset, before, after } of changes) {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(before.length), 0, before.length, offset);
    const now = buffer.subarray(0, bytesRead);
    stands.add(now.equals(before) ? 'before' : now.equals(after) ? 'after' : 'otherwise');
  }
  const [only = 'before', more] = stands;
  return more === undefined && (only === 'before' || only === 'after') ? only : 'otherwise';
}

/**
 * All of it or nothing, also when the power goes: a copy is changed and put in the place of the file. Nobody may have the file open.
 * Rejects with `storage-full`, or with `internal` where the folder cannot be written; then the file is as it was.
 */
export async function rewrite(file: string, changes: readonly Change[], more: Buffer): Promise<void> {
  // Codex takes for its own only what begins with `rollout-`.
  const draft = join(dirname(file), `.spool-${basename(file)}`);
  try {
    const { atime, mtime } = await stat(file);
    await copyFile(file, draft, constants.COPYFILE_FICLONE);
    await using copy = await open(draft, 'r+');
    for (const { offset, after } of changes) await writeAll(copy, after, offset);
    await writeAll(copy, more, (await copy.stat()).size);
    // Lists of conversations are sorted by it, and nothing was said.
    await copy.utimes(atime, mtime);
    await copy.sync();
    await rename(draft, file);
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw unchanged(file, cause);
  }
  await syncFolder(dirname(file));
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

async function syncFolder(folder: string): Promise<void> {
  try {
    await using handle = await open(folder, 'r');
    await handle.sync();
  } catch {
    // Not every system can. The file is whole in any case, the old one or the new one.
  }
}

function unchanged(file: string, cause: unknown): SpoolError {
  const { code, message } = SpoolError.from(cause);
  return new SpoolError(code, `Codex's record ${file} could not be changed, and is as it was: ${message}`, {
    hint: code === 'storage-full' ? 'make room on that disk' : 'see whether this user may write there',
    cause,
  });
}
