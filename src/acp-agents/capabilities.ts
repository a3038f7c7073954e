/**
 * What any agent can do that speaks the Agent Client Protocol. Where the protocol leaves a thing to the agent and the agent says in its
 * first words that it cannot, that is refused when it is asked for: pictures, conversations that were begun elsewhere, servers at an
 * address.
 */

import type { RuntimeCapabilities } from '../contract/host.js';

export const acpCapabilities: RuntimeCapabilities = {
  runtime: 'acp',
  ...{ steer: false, interrupt: true, approvals: true, deltas: true, outlivesHost: false },
  // Whether it remembers over a restart is up to the agent; what it does not is replaced, and that is told.
  ...{ resume: false, adopt: true, fork: false, compact: false, review: false },
  ...{ models: false, efforts: false, outputSchema: false, images: true, sessionTools: false },
  // It asks for what it thinks it has to ask for; nothing makes it.
  ...{ permissions: false, sandbox: false, mcpServers: true, instructions: true, usage: false, terminal: false },
  program: { name: 'an ACP agent', from: null, below: null },
};
