/** What the runtime `codex-code-cli` can do. Its turns are read from Codex's own record, which has whole items, and nobody sits at its screen to answer. */

import type { RuntimeCapabilities } from '../../contract/host.js';
import { MINIMUM_CODEX } from '../binary.js';

export const TUI_CAPABILITIES: RuntimeCapabilities = {
  runtime: 'codex-code-cli',
  ...{ steer: false, interrupt: true, approvals: false, deltas: false, outlivesHost: false, resume: true, adopt: true, fork: false },
  ...{ compact: false, review: false, models: true, efforts: true, outputSchema: false, images: true, sessionTools: false },
  ...{ permissions: true, sandbox: true, mcpServers: true, instructions: true, usage: true, terminal: true },
  program: { name: 'codex', from: MINIMUM_CODEX, below: null },
};
