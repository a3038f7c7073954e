/** A file of the user's on disk: read as it is, replaced whole or not at all, and left what it is (its mode, its owner, a link to it). */

import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, readFile, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { SpoolError } from '../../base/errors.js';

/** What is done to the disk, so that a test can make it fail. */
export interface FileCalls {
  readonly open: typeof open;
  readonly rename: typeof rename;
}

const REAL: FileCalls = { open, rename };

export interface FoundFile {
  /** As it was named. */
  readonly name: string;
  /** The file itself, at the end of all links. */
  readonly path: string;
  /** Undefined when there is none. */
  readonly text: string | undefined;
  readonly mode: number;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

/** Throws `invalid-input` for what is no file with text in UTF-8, `unavailable` for what may not be read. */
export async function findFile(name: string): Promise<FoundFile> {
  try {
    const path = await target(resolve(name));
    const found = await stat(path).catch(whenMissing);
    if (found === undefined) return { name, path, text: undefined, mode: 0o600, owner: undefined };
    // Looked at before it is opened: a pipe would wait for its writer.
    if (!found.isFile()) {
      throw new SpoolError('invalid-input', `${name} is ${found.isDirectory() ? 'a folder' : 'not a file'}`, {
        hint: 'move it away; nothing was written',
      });
    }
    return { name, path, text: textOf(await readFile(path), name), mode: found.mode & 0o7777, owner: found };
  } catch (error) {
    if (error instanceof SpoolError) throw error;
    throw new SpoolError('unavailable', `${name} cannot be read (${errnoOf(error)})`, {
      hint: 'mend its rights, or those of its folder',
      cause: error,
    });
  }
}

/** The end of all links, also of one that leads to nothing yet. */
async function target(path: string, links = 0): Promise<string> {
  const real = await realpath(path).catch(whenMissing);
  if (real !== undefined) return real;
  const next = await readlink(path).catch((error: unknown) => (errnoOf(error) === 'EINVAL' ? undefined : whenMissing(error)));
  // A ring of links has been refused by `realpath`; this many are refused by the system.
  return next === undefined || links > 40 ? path : await target(resolve(dirname(path), next), links + 1);
}

function whenMissing(error: unknown): undefined {
  if (errnoOf(error) !== 'ENOENT') throw error;
  return undefined;
}

function textOf(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new SpoolError('invalid-input', `${name} is not text in UTF-8`, { hint: 'save it as UTF-8; nothing was written', cause: error });
  }
}

/**
 * Puts the text in the place of what was found, in one step. False when the file is not as it was found any more. `lastCheck` may throw
 * right before that step. Throws `storage-full` or `unavailable`, the file being as it was and nothing left beside it.
 */
export async function replaceFile(found: FoundFile, text: string, lastCheck: () => void, calls: FileCalls = REAL): Promise<boolean> {
  const draft = `${found.path}.${randomBytes(6).toString('hex')}${DRAFT}`;
  try {
    await removeDrafts(found.path);
    await writeDraft(draft, text, found, calls);
    if ((await findFile(found.name)).text !== found.text) {
      await rm(draft, { force: true });
      return false;
    }
    lastCheck();
    await calls.rename(draft, found.path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error instanceof SpoolError ? error : unwritable(found.name, error);
  }
  await syncFolder(dirname(found.path));
  return true;
}

const DRAFT = '.spool-draft';

/** Of writers that were killed. Whoever writes holds the lock, so none of them is in use. */
async function removeDrafts(path: string): Promise<void> {
  const folder = dirname(path);
  const left = (await readdir(folder)).filter((name) => name.startsWith(`${basename(path)}.`) && name.endsWith(DRAFT));
  await Promise.all(left.map((name) => rm(join(folder, name), { force: true })));
}

async function writeDraft(draft: string, text: string, { mode, owner }: FoundFile, calls: FileCalls): Promise<void> {
  // Never one that stands: whoever planted it could read along.
  const file = await calls.open(draft, 'wx', 0o600);
  try {
    await file.writeFile(text, 'utf8');
    await keepOwner(file, owner);
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A file that root changes stays its user's. */
async function keepOwner(file: FileHandle, owner: FoundFile['owner']): Promise<void> {
  if (owner === undefined) return;
  const { uid, gid } = await file.stat();
  if (uid !== owner.uid || gid !== owner.gid) await file.chown(owner.uid, owner.gid);
}

/** So that a power cut does not bring the old file back. Not every system can do that to a folder. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // The file itself is whole either way.
  }
}

function unwritable(name: string, error: unknown): SpoolError {
  const { code } = SpoolError.from(error);
  if (code === 'storage-full') {
    return new SpoolError(code, `${name} cannot be written: the disk is full`, { hint: 'make room; the file is as it was', cause: error });
  }
  return new SpoolError('unavailable', `${name} cannot be written (${errnoOf(error)})`, {
    hint: 'mend the rights of the file and of its folder; the file is as it was',
    cause: error,
  });
}

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
