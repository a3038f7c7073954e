/** A host inside your own program, with no door open to the network: `import { openHost } from 'spool'`. */

import type { SessionHandle } from '../client/query.js';
import type { OpenSession } from '../contract/session.js';
import type { Host, Principal } from '../host/face.js';
import type { OnReview } from '../host/review-desk.js';
import type { HostTools } from '../host/tools/host-tools.js';
import type { HostTool } from '../host/tools/tool.js';
import type { Hub } from '../network/face.js';
import { compose } from './compose.js';
import { localSession } from './local-session.js';

export interface OpenHostOptions {
  /** The home folder; default: SPOOL_HOME, else the XDG folders. Only one host at a time may use a home. */
  readonly home?: string;
  /** The environment to take settings from; default: the process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Leave running turns going when the host is disposed, so that the next one picks them up. Default true. */
  readonly keepRunningTurns?: boolean;
  /** trace, debug, info, warn (default), error, fatal or silent; written to stderr as JSON lines. */
  readonly logLevel?: string;
  /** Called when an agent's review loop wants its work looked back on, in place of the session that the host would open for it. */
  readonly onReview?: OnReview;
  /** Offered from the start: conversations that are picked up, because a turn runs in them, have no others. */
  readonly tools?: readonly HostTool[];
}

/** A host with a short way to its sessions, for the program that it is part of, which speaks as `OWNER`. */
export interface OpenHost extends Host {
  /** What the program offers to its agents. */
  readonly tools: HostTools;
  /** Tasks between agents; goes with the host. */
  readonly hub: Hub;
  /** Opens a session. */
  open(command?: OpenSession): Promise<SessionHandle>;
  /** A session that there is. */
  use(id: string): SessionHandle;
}

/** Who the program itself speaks as. */
export const OWNER: Principal = { name: 'owner', role: 'owner' };

/** Opens a host. Whoever opened it disposes it; rejects with `home-locked` when another host has the home. */
export async function openHost(options: OpenHostOptions = {}): Promise<OpenHost> {
  const { home, env = process.env, keepRunningTurns, logLevel, onReview, tools: offered } = options;
  const { host, hub, tools } = await compose({ env, home, keepRunningTurns, logLevel, onReview, tools: offered });
  const use = (id: string): SessionHandle => localSession(host, id, OWNER);
  const open = async (command: OpenSession = {}): Promise<SessionHandle> => use((await host.openSession(command, OWNER)).id);
  return Object.assign(host, { open, use, hub, tools });
}
