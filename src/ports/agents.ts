/** The agents that a host knows, as its configuration names them. Read anew at every call, so an edited file counts at once. */

import type { CreateAgent, UpdateAgent } from '../contract/agent-config.js';
import type { AgentInfo } from '../contract/host.js';
import type { ThreadSetup } from './agent.js';

export interface AgentDirectory {
  /** The agent of this alias, or undefined. Throws `invalid-input` when its configuration cannot be read, naming the file. */
  get(alias: string): AgentInfo | undefined;
  list(): readonly AgentInfo[];
  /** Rejects with `conflict` when there is one of this alias, `invalid-input` for a configuration that cannot be used. */
  create(config: CreateAgent): Promise<AgentInfo>;
  /** Rejects with `not-found`, or `invalid-input`; then nothing is changed. */
  update(alias: string, change: UpdateAgent): Promise<AgentInfo>;
  /** What the agent was. Its CODEX_HOME is kept: what was said lies there. Rejects with `not-found`. */
  remove(alias: string): Promise<AgentInfo>;
  /**
   * Gets everything ready for a conversation of the agent (its home, its instructions, its skills) and says what the runtime is to be
   * given. Called before each opening; must be cheap when nothing has changed. Rejects with `invalid-input` where the agent's
   * configuration asks for what cannot be given.
   */
  prepare(agent: AgentInfo): Promise<ThreadSetup>;
}
