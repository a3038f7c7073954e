/** The runtime `codex-cli-mcp`, as a host has it. */

import { VERSION } from '../../base/version.js';
import { MCP_CAPABILITIES } from '../../codex/mcp-server/capabilities.js';
import { codexOf } from '../codex-binary.js';
import { passedOn } from '../pass-env.js';
import type { RuntimeEntry } from './runtime-parts.js';

export const codexCliMcp: RuntimeEntry = {
  capabilities: () => MCP_CAPABILITIES,
  async load({ env, logger, clock, account }) {
    const { CodexMcp } = await import('../../codex/mcp-server/agent.js');
    return new CodexMcp({ binary: () => codexOf(env), env, extraEnv: passedOn(env), version: VERSION, account, clock, logger });
  },
};
