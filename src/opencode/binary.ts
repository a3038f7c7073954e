/** Finds the OpenCode that is installed, and says which version it is. */

import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { SpoolError } from '../base/errors.js';
import { executable, onPath } from '../base/executables.js';
import { runToEnd } from '../base/process.js';
import { isOlder } from '../base/version-order.js';
import { TESTED_OPENCODE } from './capabilities.js';
import { xdgFolders } from './folders.js';

const INSTALL = 'npm install -g opencode-ai';

export interface FindOpencode {
  /** What the user named: a path, or a name to be found on `path`. Nothing else is tried then. */
  readonly explicit?: string | undefined;
  /** The PATH, as in the environment. */
  readonly path: string | undefined;
}

/** The absolute path of the executable. Throws `runtime-missing`. */
export function findOpencode({ explicit, path }: FindOpencode): string {
  if (explicit !== undefined && explicit !== '') {
    const named = basename(explicit) === explicit ? onPath(explicit, path) : executable(resolve(explicit));
    if (named === undefined) throw missing(`${explicit} is not an executable file`, 'Name the path of an opencode executable, or none.');
    return nativeOf(named) ?? named;
  }
  const found = onPath('opencode', path) ?? besideUs();
  if (found === undefined) throw missing('OpenCode was not found', `Install it: ${INSTALL}`);
  return nativeOf(found) ?? found;
}

/** The one of the package `opencode-ai` that lies beside us, if any. */
function besideUs(): string | undefined {
  const manifest = resolved(import.meta.url, 'opencode-ai/package.json');
  return manifest === undefined ? undefined : executable(join(dirname(manifest), 'bin', 'opencode.exe'));
}

/**
 * The native executable, where npm was told to run no scripts and left its launcher in place; undefined when `path` is no such launcher.
 * The launcher would be a Node process of its own beside every server.
 */
function nativeOf(path: string): string | undefined {
  const launcher = realpathSync(path);
  if (!isScript(launcher)) return undefined;
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = process.platform === 'win32' ? 'opencode.exe' : 'opencode';
  const manifest = resolved(launcher, `opencode-${system}-${process.arch}/package.json`);
  return manifest === undefined ? undefined : executable(join(dirname(manifest), 'bin', name));
}

function isScript(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(2);
    readSync(file, head, 0, 2, 0);
    return head.toString('latin1') === '#!';
  } finally {
    closeSync(file);
  }
}

function resolved(from: string, specifier: string): string | undefined {
  try {
    return createRequire(from).resolve(specifier);
  } catch {
    // Not installed there.
    return undefined;
  }
}

const versions = new Map<string, Promise<string>>();

/**
 * Resolves with the version of the executable; rejects with `runtime-too-old` when it is older than the tested one. Asks it once for each
 * state of the file. Even then OpenCode makes folders, which `scratch` takes.
 */
export async function requireOpencode(path: string, scratch: string): Promise<string> {
  const key = `${path}\n${statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0}`;
  let asked = versions.get(key);
  if (asked === undefined) {
    asked = askVersion(path, scratch);
    versions.set(key, asked);
    // An attempt that failed is no knowledge.
    asked.catch(() => versions.delete(key));
  }
  const version = await asked;
  if (isOlder(version, TESTED_OPENCODE)) {
    throw new SpoolError('runtime-too-old', `OpenCode ${version} at ${path} is too old: ${TESTED_OPENCODE} is the oldest that works`, {
      hint: `Update it: ${INSTALL}@latest`,
      details: { path, found: version, minimum: TESTED_OPENCODE },
    });
  }
  return version;
}

async function askVersion(path: string, scratch: string): Promise<string> {
  // A launcher is a script for `node`, which is where our own is.
  const env = { PATH: [dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter), HOME: scratch, ...xdgFolders(scratch, scratch) };
  const { stdout } = await runToEnd({ command: path, args: ['--version'], env, timeoutMs: 60_000 });
  const version = /\b(\d+\.\d+\.\d+(?:-[\w.]+)?)/.exec(stdout)?.[1];
  if (version === undefined) throw new SpoolError('runtime-failed', `${path} --version does not print a version`, { details: { path } });
  return version;
}

function missing(message: string, hint: string): SpoolError {
  return new SpoolError('runtime-missing', message, { hint });
}
