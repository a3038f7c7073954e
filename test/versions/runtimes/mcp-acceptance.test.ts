/** The runtime codex-cli-mcp keeps the contract of the agent port with each Codex of the version table that has an MCP server. */

import { describe, expect, test } from 'vitest';
import { agentAcceptance } from '../../../src/testing/index.js';
import { mcpUnderTest } from '../../support/mcp-under-test.js';
import { codexOf, OLDER_VERSIONS } from '../install.js';

for (const version of OLDER_VERSIONS) {
  agentAcceptance(`codex-cli-mcp with Codex ${version}`, () => mcpUnderTest(codexOf(version)), { describe, test, expect });
}
