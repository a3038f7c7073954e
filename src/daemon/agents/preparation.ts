/**
 * What an agent's conversations are given, put together from all who have something to give: its own configuration, the composed
 * instructions, the gateway, the tools of the host program.
 */

import type { AgentConfig } from '../../contract/agent-config.js';
import type { AgentInfo } from '../../contract/host.js';
import type { ThreadSetup } from '../../ports/agent.js';

/** An agent as its file has it, unmasked, and as it is shown. */
export interface PreparedAgent {
  readonly config: AgentConfig;
  readonly info: AgentInfo;
}

/** Gives its part. Called before each opening of a conversation; rejects with `invalid-input` where it cannot be given. */
export type Contribution = (agent: PreparedAgent) => Promise<ThreadSetup> | ThreadSetup;

/** What the configuration itself says. */
export const ownSettings: Contribution = ({ config: { mcpServers, env } }) => ({
  ...(mcpServers === undefined ? {} : { mcpServers }),
  ...(env === undefined ? {} : { env }),
});

/** One after the other; on the same name the later one wins, so that an agent's file cannot put something in the place of the host's own. */
export async function prepared(agent: PreparedAgent, contributions: readonly Contribution[]): Promise<ThreadSetup> {
  let setup: ThreadSetup = {};
  for (const contribute of contributions) {
    const part = await contribute(agent);
    const mcpServers = { ...setup.mcpServers, ...part.mcpServers };
    const env = { ...setup.env, ...part.env };
    setup = {
      ...setup,
      ...part,
      ...(Object.keys(mcpServers).length === 0 ? {} : { mcpServers }),
      ...(Object.keys(env).length === 0 ? {} : { env }),
    };
  }
  return setup;
}
