/** The tools of the host as a server in Codex's configuration: `spool mcp`, started by absolute paths, because a service has no PATH. */

import { tmpdir } from 'node:os';
import { relative } from 'node:path';
import type { TomlValues } from '../config-file/managed-config.js';

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
