/** The Codex that a person's terminal is started with. It talks with the Codex of the session, whose protocol changes from version to version. */

import { SpoolError } from '../base/errors.js';
import { codexVersion } from '../codex/binary.js';
import { codexOf } from './codex-binary.js';
import type { Environment } from './environment.js';

/** Absolute path of the executable. Rejects with `runtime-missing`, or `unsupported` for one of another version than the session's. */
export async function terminalCodex(env: Environment, version: string): Promise<string> {
  const path = codexOf(env);
  const here = await codexVersion(path);
  if (release(here) === release(version)) return path;
  throw new SpoolError('unsupported', `the session runs Codex ${version}, and the Codex here is ${here}`, {
    hint: `set SPOOL_CODEX_BIN to a Codex ${version}; a session moves to the installed one once nothing runs in it`,
  });
}

/** Patches do not change the protocol. */
function release(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}
