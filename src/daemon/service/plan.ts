/**
 * What a service of this home runs: absolute paths only, because a service manager knows neither the PATH nor the variables of a login
 * shell. Of the environment it takes what says where things are, by a closed list: a unit is a file that others may read, so nothing
 * goes in that may hold a secret.
 */

import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { SpoolError } from '../../base/errors.js';
import type { HomePaths } from '../../base/home-paths.js';
import { codexPathOf } from '../codex-binary.js';
import type { Environment } from '../environment.js';
import { SCRIPT } from './script.js';

export interface ServicePlan {
  /** What the service manager calls it. */
  readonly name: string;
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where sessions work of which nobody says it. */
  readonly cwd: string;
  /** The file for what it says, where the service manager keeps no journal. */
  readonly diagnostics: string;
}

/** They say where things lie or how much is told; none is a place for keys. */
const KEPT: readonly string[] = [
  ...['SPOOL_HOME', 'SPOOL_LOG', 'SPOOL_CODEX_IDLE_SECONDS', 'SPOOL_CODEX_MEMORY_MB', 'CODEX_HOME'],
  ...['XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS', 'LANG'],
];

/** Settings of the network that a service may need and that may hold a password. */
const PROXIES: readonly string[] = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]);

/** `flags` are those of `spool serve`. Throws `runtime-missing` when there is no Codex to name, `invalid-input` for a value that no unit can hold. */
export function servicePlan(env: Environment, paths: HomePaths, flags: readonly string[]): ServicePlan {
  const kept = KEPT.flatMap((name) => {
    const value = env[name];
    return value === undefined || value === '' ? [] : [[name, value] as const];
  });
  const path = (env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  const plan: ServicePlan = {
    name: serviceName(env),
    command: [nodePath(path), SCRIPT, 'serve', ...flags],
    env: { ...Object.fromEntries(kept), PATH: path.join(delimiter), SPOOL_CODEX_BIN: codexPathOf(env) },
    cwd: homedir(),
    diagnostics: paths.diagnostics,
  };
  demandPrintable([plan.cwd, ...plan.command, ...Object.values(plan.env), plan.diagnostics]);
  return plan;
}

/** Variables of this environment that are left out although the service may want them. */
export function leftOut(env: Environment): string[] {
  return PROXIES.filter((name) => (env[name] ?? '') !== '');
}

/** Each home has a service of its own. */
export function serviceName(env: Environment): string {
  const home = env['SPOOL_HOME'];
  if (home === undefined || home === '') return 'spool';
  return `spool-${createHash('sha256').update(home).digest('hex').slice(0, 8)}`;
}

/** Our own Node by the path that its next version will have too, where there is one. */
function nodePath(path: readonly string[]): string {
  const own = realpathSync(process.execPath);
  return path.map((folder) => join(folder, 'node')).find((candidate) => realpathOf(candidate) === own) ?? process.execPath;
}

function realpathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    // Not there.
    return undefined;
  }
}

function demandPrintable(texts: readonly string[]): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  const bad = texts.find((text) => /[\u0000-\u001f\u007f]/.test(text));
  if (bad === undefined) return;
  throw new SpoolError('invalid-input', `a service cannot be given this path, which has a control character in it: ${JSON.stringify(bad)}`);
}
