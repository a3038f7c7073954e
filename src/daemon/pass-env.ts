/** Which variables of the host's environment Codex gets: a closed list, and the names that the owner of the host adds to it. */

import { SpoolError } from '../base/errors.js';
import { HANDED_ON } from '../codex/app-server/child-env.js';
import type { Environment } from './environment.js';

const SETTING = 'SPOOL_PASS_ENV';
/** An agent's commands can read whatever Codex gets. */
const SECRET = /(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL)S?(?:_|$)/i;

/** The variables that `SPOOL_PASS_ENV` names, with their values; those that are not set are left out. Throws `invalid-input`. */
export function passedOn(env: Environment): Record<string, string> {
  const set = namesOf(env).map((name) => [name, env[name]] as const);
  return Object.fromEntries(set.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** The names of all that Codex gets of this environment, in order. Throws `invalid-input`. */
export function handedOn(env: Environment): string[] {
  const names = [...HANDED_ON, ...namesOf(env)].filter((name) => env[name] !== undefined);
  return [...new Set(names)].toSorted();
}

function namesOf(env: Environment): string[] {
  const names = (env[SETTING] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  for (const name of names) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new SpoolError('invalid-input', `${SETTING} names ${JSON.stringify(name)}, which is no name of a variable`, {
        hint: `write names with commas between them: ${SETTING}=JAVA_HOME,GOPATH`,
      });
    }
    if (SECRET.test(name)) {
      throw new SpoolError(
        'invalid-input',
        `${SETTING} names ${name}, which looks like a credential: every command of an agent could read it`,
        {
          hint: 'a key for models goes into the vault, where agents cannot read it: spool login codex --api-key',
        },
      );
    }
  }
  return names;
}
