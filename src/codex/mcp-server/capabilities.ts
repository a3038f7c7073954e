/**
 * What the runtime `codex-cli-mcp` can do. `codex mcp-server` forgets its conversations with its process, takes texts only, and is in the
 * versions below 0.154 alone.
 */

import type { RuntimeCapabilities } from '../../contract/host.js';
import { MINIMUM_CODEX } from '../binary.js';

/** The first version without `codex mcp-server`: it takes the word for a prompt. */
export const GONE = '0.154.0';

export const MCP_CAPABILITIES: RuntimeCapabilities = {
  runtime: 'codex-cli-mcp',
  ...{ steer: false, interrupt: true, approvals: true, deltas: true, outlivesHost: false, resume: false, adopt: false, fork: false },
  ...{ compact: false, review: false, models: true, efforts: true, outputSchema: false, images: false, sessionTools: false },
  ...{ permissions: true, sandbox: true, mcpServers: true, instructions: true, usage: true, terminal: false },
  program: { name: 'codex', from: MINIMUM_CODEX, below: GONE },
};
