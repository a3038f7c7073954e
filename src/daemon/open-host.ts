/** A host inside your own program, with no door open to the network: `import { openHost } from 'spool'`. */

import type { Host, Principal } from '../host/face.js';
import { compose } from './compose.js';

export interface OpenHostOptions {
  /** The home folder; default: SPOOL_HOME, else the XDG folders. Only one host at a time may use a home. */
  readonly home?: string;
  /** The environment to take settings from; default: the process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Leave running turns going when the host is disposed, so that the next one picks them up. Default true. */
  readonly keepRunningTurns?: boolean;
  /** trace, debug, info, warn (default), error, fatal or silent; written to stderr as JSON lines. */
  readonly logLevel?: string;
}

/** Who the program itself speaks as. */
export const OWNER: Principal = { name: 'owner', role: 'owner' };

/** Opens a host. Whoever opened it disposes it; rejects with `home-locked` when another host has the home. */
export async function openHost(options: OpenHostOptions = {}): Promise<Host> {
  const { home, env = process.env, keepRunningTurns, logLevel } = options;
  const { host } = await compose({ env, home, keepRunningTurns, logLevel });
  return host;
}
