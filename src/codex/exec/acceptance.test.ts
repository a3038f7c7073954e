/** The runtime keeps the contract of the agent port, with the installed Codex binary. */

import { describe, expect, test } from 'vitest';
import { execUnderTest } from '../../../test/support/exec-under-test.js';
import { agentAcceptance } from '../../testing/agent-acceptance.js';
import { codexBinary } from '../../testing/codex-binary.js';

agentAcceptance('codex-exec', () => execUnderTest(codexBinary()), { describe, test, expect });
