/** What a host on this machine would go by: places, settings of the environment, the Codex that it would use, what that one is given. */

import { homedir } from 'node:os';
import { SpoolError } from '../base/errors.js';
import { type HomePaths, homePaths } from '../base/home-paths.js';
import { childEnvironment } from '../codex/app-server/child-env.js';
import { requireCodex } from '../codex/binary.js';
import { codexOf } from './codex-binary.js';
import { type Environment, sharedCodexHome } from './environment.js';
import { passedOn } from './pass-env.js';

export interface Settings {
  readonly places: HomePaths;
  /** Those that are set, by their names; secrets are not shown. */
  readonly environment: Readonly<Record<string, string>>;
  readonly codex: { readonly path: string; readonly version: string } | { readonly error: string };
  /** The CODEX_HOME that agents share. */
  readonly codexHome: string;
  /** Names of the variables that a Codex process is given. */
  readonly handedOn: readonly string[];
}

/** Never rejects for a Codex that is missing: then it says so. Changes nothing. */
export async function settingsOf(env: Environment): Promise<Settings> {
  const own = Object.entries(env).filter(([name, value]) => /^(?:SPOOL_|CODEX_HOME$)/.test(name) && value !== undefined && value !== '');
  const codexHome = sharedCodexHome(env);
  return {
    places: homePaths(env, homedir(), process.platform),
    environment: Object.fromEntries(own.map(([name, value]) => [name, name === 'SPOOL_TOKEN' ? '***' : String(value)]).toSorted()),
    codex: await codexIn(env),
    codexHome,
    handedOn: Object.keys(childEnvironment(env, codexHome, passedOn(env))).toSorted(),
  };
}

async function codexIn(env: Environment): Promise<Settings['codex']> {
  try {
    const path = codexOf(env);
    return { path, version: await requireCodex(path) };
  } catch (error) {
    return { error: SpoolError.from(error).message };
  }
}
