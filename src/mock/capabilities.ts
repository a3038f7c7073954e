/** What a mock can do. It stands in for agents in tests, so it takes whatever it can show again, and declines the rest. */

import type { RuntimeCapabilities } from '../contract/host.js';

export const MOCK_CAPABILITIES: RuntimeCapabilities = {
  runtime: 'mock',
  ...{ steer: true, interrupt: true, approvals: true, deltas: true, resume: true, adopt: true, fork: true },
  // It lives in the host and dies with it.
  outlivesHost: false,
  ...{ compact: false, review: false },
  // Which model and effort were wanted can be quoted by a script and decide what it does.
  ...{ models: true, efforts: true, images: true, sessionTools: true, instructions: true, usage: true },
  // It writes files only where the permissions say so, and runs no commands that a sandbox could hold.
  ...{ permissions: true, sandbox: false },
  // It says what its script says, whatever the schema, and starts and asks no servers.
  ...{ outputSchema: false, mcpServers: false, terminal: false },
  program: null,
};
