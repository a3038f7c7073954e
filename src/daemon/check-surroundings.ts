/** Looks at what a host gives to Codex: the login of the vault, and the variables of its environment. Changes nothing. */

import { SpoolError } from '../base/errors.js';
import type { HomePaths } from '../base/home-paths.js';
import type { Check } from './check-codex.js';
import type { Environment } from './environment.js';
import { storedLogin } from './login.js';
import { handedOn } from './pass-env.js';

/** `found`: what was said of Codex itself. A login of its own is not needed where the vault has one. */
export async function withVault(found: readonly Check[], paths: HomePaths): Promise<Check[]> {
  try {
    const login = await storedLogin(paths);
    return found.map((check) => {
      if (check.name !== 'login' || check.state !== 'bad') return check;
      if (login === undefined) return { ...check, mend: 'spool login codex' };
      return { name: 'login', state: 'good', says: `${login.label}, from the vault` };
    });
  } catch (error) {
    return [...found, asCheck('vault', error)];
  }
}

/** The names of the variables that Codex, and so every command of an agent, can read. */
export function checkEnvironment(env: Environment): Check {
  try {
    return { name: 'environment', state: 'good', says: `Codex gets ${handedOn(env).join(', ')} and its CODEX_HOME` };
  } catch (error) {
    return asCheck('environment', error);
  }
}

function asCheck(name: string, error: unknown): Check {
  const { message, hint } = SpoolError.from(error);
  return { name, state: 'bad', says: message, ...(hint === undefined ? {} : { mend: hint }) };
}
