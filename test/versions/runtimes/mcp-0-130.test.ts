/** The runtime codex-cli-mcp keeps the contract of the agent port with Codex 0.130. */

import { describe, expect, test } from 'vitest';
import { agentAcceptance } from '../../../src/testing/index.js';
import { mcpUnderTest } from '../../support/mcp-under-test.js';
import { codexOf } from '../install.js';

agentAcceptance('codex-cli-mcp with Codex 0.130.0', () => mcpUnderTest(codexOf('0.130.0')), { describe, test, expect });
