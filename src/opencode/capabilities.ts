/** What the runtime `opencode` can do. OpenCode has no sandbox of the system: what is approved runs with all rights of the user. */

import type { RuntimeCapabilities } from '../contract/host.js';

/** The version that all of this was seen with; an older one may speak otherwise. */
export const TESTED_OPENCODE = '1.18.33';

export const OPENCODE_CAPABILITIES: RuntimeCapabilities = {
  runtime: 'opencode',
  ...{ steer: true, interrupt: true, approvals: true, deltas: true, outlivesHost: false, resume: true, adopt: true, fork: true },
  // In the tested version a conversation that was once held to a schema can neither be read nor copied any more.
  ...{ compact: true, review: false, models: true, efforts: true, outputSchema: false, images: true, sessionTools: false },
  ...{ permissions: true, sandbox: false, mcpServers: true, instructions: true, usage: true, terminal: false },
  program: { name: 'opencode', from: TESTED_OPENCODE, below: null },
};
