/** The Codex that this host uses: the one that is named, else on the PATH, else beside Spool, else the one that Spool installed. */

import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { SpoolError } from '../base/errors.js';
import { homePaths } from '../base/home-paths.js';
import { runToEnd } from '../base/process.js';
import { type FindCodex, findCodex, launcherIn, locateCodex, requireCodex } from '../codex/binary.js';
import type { Environment } from './environment.js';

/** Absolute path of the executable. Throws `runtime-missing`, saying how to get one. */
export function codexOf(env: Environment): string {
  return findCodex(whereToLook(env));
}

/** The same path as its user knows it, which a new version does not change. Throws `runtime-missing`. */
export function codexPathOf(env: Environment): string {
  return locateCodex(whereToLook(env));
}

function whereToLook(env: Environment): FindCodex {
  return { explicit: env['SPOOL_CODEX_BIN'], path: env['PATH'], own: ownFolder(env) };
}

export interface InstalledCodex {
  readonly path: string;
  readonly version: string;
  /** False when one was there already. */
  readonly installed: boolean;
  /** The one that hosts use before it, because it is named or stands on the PATH; undefined when this one is used. */
  readonly hiddenBy: string | undefined;
}

/** npm takes its time to fetch 100 MB over a slow line. */
const INSTALL_MS = 15 * 60_000;

/**
 * Installs Codex with npm into a folder of this home: no rights beyond the user's are needed, and nothing of the machine changes. One
 * that is there already and new enough is kept, unless a version is named. The old one is replaced only by a new one that runs.
 * Rejects with `runtime-missing` when there is no npm, `runtime-failed` with npm's own words.
 */
export async function installCodex(env: Environment, version?: string): Promise<InstalledCodex> {
  if (version === undefined) {
    const there = await usableCodex(env);
    if (there !== undefined) return { ...there, installed: false, hiddenBy: undefined };
  }
  const folder = ownFolder(env);
  const draft = `${folder}.${randomBytes(4).toString('hex')}.new`;
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  try {
    await npmInstall(env, draft, `@openai/codex@${version ?? 'latest'}`);
    const launcher = launcherIn(draft);
    if (launcher === undefined) throw new SpoolError('runtime-failed', 'npm installed a package without an executable');
    await requireCodex(findCodex({ explicit: launcher, path: undefined }));
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
  const path = findCodex({ explicit: launcherIn(folder), path: undefined });
  const used = codexOf(env);
  return { path, version: await requireCodex(path), installed: true, hiddenBy: used === path ? undefined : used };
}

/** The one that is there, if it is one that we talk with. */
async function usableCodex(env: Environment): Promise<{ path: string; version: string } | undefined> {
  try {
    const path = codexOf(env);
    return { path, version: await requireCodex(path) };
  } catch (error) {
    const { code } = SpoolError.from(error);
    // A path that the user named is the user's to mend: another one would not be used.
    if ((code === 'runtime-missing' || code === 'runtime-too-old') && (env['SPOOL_CODEX_BIN'] ?? '') === '') return undefined;
    throw error;
  }
}

async function npmInstall(env: Environment, folder: string, what: string): Promise<void> {
  const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--no-save', '--loglevel', 'error', what];
  // npm is a script for `node`, which may not be on the PATH of a service.
  const path = [env['PATH'], dirname(process.execPath)].filter((part) => part !== undefined && part !== '').join(delimiter);
  const { code, stderr, stdout } = await runToEnd({ command: 'npm', args, env: { ...env, PATH: path }, timeoutMs: INSTALL_MS });
  if (code === 0) return;
  const said = `${stderr}\n${stdout}`.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('npm warn'));
  throw new SpoolError('runtime-failed', `npm could not install ${what}: ${said.slice(0, 3).join(' ')}`, {
    hint: 'install it by hand: npm install -g @openai/codex@latest, or set SPOOL_CODEX_BIN to one that is there',
  });
}

function ownFolder(env: Environment): string {
  return join(homePaths(env, homedir(), process.platform).codex);
}
