/** Finds the Codex that is installed, and says which version it is. */

import { existsSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { SpoolError } from '../base/errors.js';
import { executable, onPath } from '../base/executables.js';
import { runToEnd } from '../base/process.js';
import { isOlder } from '../base/version-order.js';

/** The oldest Codex that we talk with. */
export const MINIMUM_CODEX = '0.130.0';

const INSTALL = 'npm install -g @openai/codex@latest';

export interface FindCodex {
  /** What the user named: a path, or a name to be found on `path`. Nothing else is tried then. */
  readonly explicit?: string | undefined;
  /** The PATH, as in the environment. */
  readonly path: string | undefined;
  /** A folder into which Spool itself may have installed one, by npm. */
  readonly own?: string | undefined;
}

/** The absolute path of the executable. Throws `runtime-missing`. */
export function findCodex(find: FindCodex): string {
  const found = locateCodex(find);
  return nativeOf(found) ?? found;
}

/** The same as its user knows it, which may be npm's launcher: this path stays the same when another version is installed. */
export function locateCodex({ explicit, path, own }: FindCodex): string {
  if (explicit !== undefined) {
    const named = basename(explicit) === explicit ? onPath(explicit, path) : executable(resolve(explicit));
    if (named === undefined) throw missing(`${explicit} is not an executable file`, 'Name the path of a codex executable, or none.');
    return named;
  }
  const found = onPath('codex', path) ?? installedLauncher() ?? (own === undefined ? undefined : launcherIn(own));
  if (found === undefined) throw missing('Codex was not found', `Install it: spool codex install, or ${INSTALL}`);
  return found;
}

/** The launcher of the `@openai/codex` that lies beside us, if any. */
function installedLauncher(): string | undefined {
  const manifest = resolved(import.meta.url, '@openai/codex/package.json');
  return manifest === undefined ? undefined : executable(join(dirname(manifest), 'bin', 'codex.js'));
}

/** The launcher in a folder that npm has installed into. */
export function launcherIn(folder: string): string | undefined {
  return executable(join(folder, 'node_modules', '@openai', 'codex', 'bin', 'codex.js'));
}

/** As the launcher names them: the package of a platform and the folder in it. */
const PLATFORMS: Readonly<Record<string, readonly [suffix: string, triple: string]>> = {
  'linux/x64': ['linux-x64', 'x86_64-unknown-linux-musl'],
  'linux/arm64': ['linux-arm64', 'aarch64-unknown-linux-musl'],
  'android/arm64': ['linux-arm64', 'aarch64-unknown-linux-musl'],
  'darwin/x64': ['darwin-x64', 'x86_64-apple-darwin'],
  'darwin/arm64': ['darwin-arm64', 'aarch64-apple-darwin'],
  'win32/x64': ['win32-x64', 'x86_64-pc-windows-msvc'],
  'win32/arm64': ['win32-arm64', 'aarch64-pc-windows-msvc'],
};

/**
 * The native executable behind npm's launcher; undefined when `path` is no such launcher or lacks it. The launcher would be a Node
 * process of its own beside every app-server, and one more to stop.
 */
function nativeOf(path: string): string | undefined {
  const launcher = realpathSync(path);
  const [suffix, triple] = PLATFORMS[`${process.platform}/${process.arch}`] ?? [];
  if (basename(launcher) !== 'codex.js' || suffix === undefined || triple === undefined) return undefined;
  const manifest = resolved(launcher, `@openai/codex-${suffix}/package.json`);
  const roots = [...(manifest === undefined ? [] : [dirname(manifest)]), join(dirname(launcher), '..')];
  const name = process.platform === 'win32' ? 'codex.exe' : 'codex';
  // The second place is that of older packages.
  const candidates = roots.flatMap((root) => ['bin', 'codex'].map((folder) => join(root, 'vendor', triple, folder, name)));
  return candidates.find((candidate) => existsSync(candidate));
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
 * The version of an executable, as in `0.169.0`. Asks it once for each state of the file. Rejects with `runtime-missing` when it
 * cannot be run, and `runtime-failed` when it does not say.
 */
export function codexVersion(path: string): Promise<string> {
  const key = `${path}\n${changed(path)}`;
  let version = versions.get(key);
  if (version === undefined) {
    version = askVersion(path);
    versions.set(key, version);
    // An attempt that failed is no knowledge.
    version.catch(() => versions.delete(key));
  }
  return version;
}

/** Rejects with `runtime-too-old` when the executable is older than `MINIMUM_CODEX`; resolves with its version. */
export async function requireCodex(path: string): Promise<string> {
  const version = await codexVersion(path);
  if (isOlder(version, MINIMUM_CODEX)) {
    throw new SpoolError('runtime-too-old', `Codex ${version} at ${path} is too old: ${MINIMUM_CODEX} is the oldest that works`, {
      hint: `Update it: ${INSTALL}`,
      details: { path, found: version, minimum: MINIMUM_CODEX },
    });
  }
  return version;
}

function changed(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    // It is gone; running it will say so.
    return 0;
  }
}

async function askVersion(path: string): Promise<string> {
  // A launcher is a script for `node`, which is where our own is.
  const env = { PATH: [dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter) };
  const { stdout } = await runToEnd({ command: path, args: ['--version'], env, timeoutMs: 20_000 });
  const version = /\b(\d+\.\d+\.\d+(?:-[\w.]+)?)/.exec(stdout)?.[1];
  if (version === undefined) throw new SpoolError('runtime-failed', `${path} --version does not print a version`, { details: { path } });
  return version;
}

function missing(message: string, hint: string): SpoolError {
  return new SpoolError('runtime-missing', message, { hint });
}
