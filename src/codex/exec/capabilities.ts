/** What the runtime `codex-exec` can do. It starts a process for each turn and hears whole messages, so it neither steers nor asks. */

import type { RuntimeCapabilities } from '../../contract/host.js';
import { MINIMUM_CODEX } from '../binary.js';

export const EXEC_CAPABILITIES: RuntimeCapabilities = {
  runtime: 'codex-exec',
  ...{ steer: false, interrupt: true, approvals: false, deltas: false, outlivesHost: false, resume: true, adopt: true, fork: false },
  ...{ compact: false, review: false, models: true, efforts: true, outputSchema: true, images: true, sessionTools: false },
  ...{ permissions: true, sandbox: true, mcpServers: true, instructions: true, usage: true, terminal: false },
  program: { name: 'codex', from: MINIMUM_CODEX, below: null },
};
