/** What the environment of the host says about the places of runtimes. */

import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Runtime } from '../contract/words.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The CODEX_HOME of the host's environment, used as it is. */
export function sharedCodexHome(env: Environment): string {
  const set = env['CODEX_HOME'];
  return set === undefined || set === '' ? join(homedir(), '.codex') : resolve(set);
}

/** Where the user's own state of other runtimes lies: OpenCode's XDG_DATA_HOME; other programs know themselves what in the home folder is theirs. */
export function otherHome(env: Environment): (runtime: Runtime) => string {
  const home = env['HOME'] ?? homedir();
  const data = env['XDG_DATA_HOME'] ?? '';
  return (runtime) => (runtime === 'opencode' ? (data === '' ? join(home, '.local', 'share') : resolve(data)) : home);
}
