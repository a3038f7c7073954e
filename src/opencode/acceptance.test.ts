/** The runtime keeps the contract of the agent port, with the installed OpenCode binary. */

import { describe, expect, test } from 'vitest';
import { opencodeUnderTest } from '../../test/support/opencode-under-test.js';
import { agentAcceptance } from '../testing/agent-acceptance.js';

/** A server takes seconds to start, and each test starts one. */
const PATIENCE_MS = 180_000;

agentAcceptance('opencode', () => opencodeUnderTest(), {
  describe,
  test: (title, body) => test(title, body, PATIENCE_MS),
  expect,
});
