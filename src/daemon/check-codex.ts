/** Looks at the Codex of this machine as a host would use it, and says what is wrong and what mends it. Changes nothing. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SpoolError } from '../base/errors.js';
import { type Finished, runToEnd } from '../base/process.js';
import { childEnvironment } from '../codex/app-server/child-env.js';
import { requireCodex } from '../codex/binary.js';
import { codexOf } from './codex-binary.js';
import { type Environment, sharedCodexHome } from './environment.js';
import { ownProvider, providerKeys } from './provider-keys.js';

export interface Check {
  readonly name: string;
  /** Only `bad` keeps a host from doing its work. */
  readonly state: 'good' | 'warning' | 'bad';
  readonly says: string;
  /** What to type, or to do, when it is not good. */
  readonly mend?: string;
}

/** The executable, its home and configuration, the login, the sandbox. */
export async function checkCodex(env: Environment): Promise<Check[]> {
  let path: string;
  let version: string;
  try {
    path = codexOf(env);
    version = await requireCodex(path);
  } catch (error) {
    const { message, hint } = SpoolError.from(error);
    return [{ name: 'codex', state: 'bad', says: message, mend: hint ?? 'spool codex install' }];
  }
  const home = sharedCodexHome(env);
  const found: Check = { name: 'codex', state: 'good', says: `${version} at ${path}` };
  return [found, ...(await checkHome(path, home, env)), ...(await checkSandbox(path, home, env))];
}

/** Codex reads its configuration before it says who is logged in, so one question finds both out. */
async function checkHome(path: string, home: string, env: Environment): Promise<Check[]> {
  if (!existsSync(home)) {
    return [{ name: 'login', state: 'bad', says: `${home} does not exist: nobody has logged in to Codex`, mend: 'codex login' }];
  }
  const { code, stdout, stderr } = await codex(path, ['login', 'status'], home, env);
  const said = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('WARNING:'));
  const broken = said.find((line) => line.startsWith('Error loading config'));
  const file = join(home, 'config.toml');
  if (broken !== undefined) {
    // Codex starts all the same and then fails every thread with this.
    return [{ name: 'config', state: 'bad', says: broken, mend: `edit ${file}` }];
  }
  const good: Check = { name: 'config', state: 'good', says: existsSync(file) ? file : `${home} (no config.toml, defaults)` };
  const config = [good, ...checkKeys(file, home)];
  if (code === 0) return [...config, { name: 'login', state: 'good', says: said[0] ?? 'logged in' }];
  const provider = existsSync(file) ? ownProvider(readFileSync(file, 'utf8')) : undefined;
  if (provider !== undefined) return [...config, { name: 'login', state: 'good', says: `not needed: the model provider is ${provider}` }];
  return [...config, { name: 'login', state: 'bad', says: said.at(-1) ?? 'not logged in', mend: 'codex login' }];
}

/** A provider that looks for its key in a variable which Codex is not given fails every turn, while it works in the user's own shell. */
function checkKeys(file: string, home: string): Check[] {
  if (!existsSync(file)) return [];
  const missing = providerKeys(readFileSync(file, 'utf8')).filter((name) => childEnvironment({ [name]: 'set' }, home)[name] === undefined);
  if (missing.length === 0) return [];
  return [
    {
      name: 'key',
      state: 'warning',
      says: `a model provider takes its key from ${missing.join(', ')} (env_key); Spool never hands keys of its environment to Codex`,
      mend: `codex login --with-api-key, and requires_openai_auth = true in place of env_key in ${file}; or a provider without env_key behind a gateway on this machine`,
    },
  ];
}

/** Without user namespaces Codex starts as ever and then fails every command that it may only run in its sandbox. */
async function checkSandbox(path: string, home: string, env: Environment): Promise<Check[]> {
  if (process.platform !== 'linux' || !existsSync(home)) return [];
  const { code, stderr } = await codex(path, ['sandbox', '--', 'true'], home, env);
  if (code === 0) return [{ name: 'sandbox', state: 'good', says: 'commands can be run in it' }];
  const why = stderr.split('\n').findLast((line) => line.trim() !== '' && !line.startsWith('WARNING:'));
  return [
    {
      name: 'sandbox',
      state: 'warning',
      says: `commands cannot be run in it: ${why ?? 'it does not start'}`,
      mend: 'sudo sysctl -w user.max_user_namespaces=15000 kernel.unprivileged_userns_clone=1',
    },
  ];
}

async function codex(path: string, args: readonly string[], home: string, env: Environment): Promise<Finished> {
  const defined = Object.entries({ ...env, CODEX_HOME: home }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return await runToEnd({ command: path, args: [...args], env: Object.fromEntries(defined) as Record<string, string>, timeoutMs: 15_000 });
}
