/** What the runtimes on Codex's app-server can do. */

import type { RuntimeCapabilities } from '../../contract/host.js';
import { MINIMUM_CODEX } from '../binary.js';

export function appServerCapabilities(
  runtime: 'codex-app-server' | 'codex-cli-remote-control',
  outlivesHost: boolean,
): RuntimeCapabilities {
  return {
    runtime,
    outlivesHost,
    ...{ steer: true, interrupt: true, approvals: true, deltas: true, resume: true, adopt: true, fork: true, compact: true, review: true },
    ...{ models: true, efforts: true, outputSchema: true, images: true, sessionTools: true, permissions: true, sandbox: true },
    ...{ mcpServers: true, instructions: true, usage: true, terminal: true },
    program: { name: 'codex', from: MINIMUM_CODEX, below: null },
  };
}
