/**
 * A CODEX_HOME that is another one without the user's own settings: links to all that lies there, save for what `useUserConfig: false` leaves
 * out. It is for versions of Codex whose interface has no flags for that.
 */

import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { makePrivateFolder } from '../../base/private-files.js';

/** The user's settings, the rules of what commands may do unasked, and programs that run by themselves. */
const LEFT_OUT: ReadonlySet<string> = new Set(['config.toml', 'rules', 'hooks.json', 'hooks']);
/** Folders whose contents must not come to lie in the copy: the conversations and what guards them. */
const SHARED: readonly string[] = ['sessions', 'archived_sessions', 'thread-writer-locks'];
/** Databases are not linked: they bear their own files beside them. Codex is told where they are. */
const DATABASE = /\.sqlite(?:-(?:wal|shm))?$/;

/** Made or brought up to date below `folder`; resolves to its path. What Codex has written there itself is left alone. */
export function isolatedHome(home: string, folder: string): string {
  const path = join(folder, createHash('sha256').update(home).digest('hex').slice(0, 16));
  makePrivateFolder(path);
  for (const name of SHARED) mkdirSync(join(home, name), { recursive: true, mode: 0o700 });
  const wanted = new Set(readdirSync(home).filter((name) => !LEFT_OUT.has(name) && !DATABASE.test(name) && !name.endsWith('.tmp')));
  for (const name of readdirSync(path)) if (linkOf(join(path, name)) === join(home, name) && !wanted.has(name)) rmSync(join(path, name));
  for (const name of wanted) if (!stands(join(path, name))) symlinkSync(join(home, name), join(path, name));
  return path;
}

function linkOf(path: string): string | undefined {
  return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
}

function stands(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
