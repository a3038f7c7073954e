/** The agents that a host knows, as its configuration names them. Read anew at every call, so an edited file counts at once. */

import type { AgentInfo } from '../contract/host.js';

export interface AgentDirectory {
  /** The agent of this alias, or undefined. Throws `invalid-input` when its configuration cannot be read, naming the file. */
  get(alias: string): AgentInfo | undefined;
  list(): readonly AgentInfo[];
}
