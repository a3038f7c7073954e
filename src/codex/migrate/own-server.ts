/** The tools of the host as a server in Codex's configuration: `spool mcp`, started by absolute paths, because a service has no PATH. */

import { tmpdir } from 'node:os';
import { relative } from 'node:path';
import type { TomlValues } from '../config-file/managed-config.js';
import { readToml } from '../config-file/toml-read.js';
import { isArray, isTable } from '../config-file/toml-write.js';

export const OWN_SERVER = 'spool';

export interface OwnServer {
  /** The Node that runs us. */
  readonly node: string;
  /** The entry of the program `spool`. */
  readonly main: string;
  /** SPOOL_HOME, where it is set. */
  readonly home: string | undefined;
}

export function ownServerValues({ node, main, home }: OwnServer): TomlValues {
  return { command: node, args: [main, 'mcp'], ...(home === undefined ? {} : { env: { SPOOL_HOME: home } }) };
}

/**
 * What of it lies in the folder for temporary files while the configuration itself does not: it would stay in there long after the
 * folder is gone, as it happens when a test runs without a CODEX_HOME of its own.
 */
export function passingPath({ node, main, home }: OwnServer, configHome: string, temporary = tmpdir()): string | undefined {
  if (inside(configHome, temporary)) return undefined;
  return [home, main, node].find((path) => path !== undefined && inside(path, temporary));
}

function inside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!way.startsWith('..') && way !== path);
}

/** Whether a configuration has such a server. One that cannot be read has none: Codex says what is wrong with it. */
export function hasOwnServer(text: string): boolean {
  if (!text.includes(OWN_SERVER)) return false;
  try {
    const servers = readToml(text)['mcp_servers'];
    const own = servers !== undefined && isTable(servers) ? servers[OWN_SERVER] : undefined;
    if (own === undefined || !isTable(own) || own['command'] === undefined) return false;
    // Another program may bear the name.
    const { args = [] } = own;
    return isArray(args) && args.includes('mcp');
  } catch {
    // What is wrong with the file is for whoever uses it to say.
    return false;
  }
}
