/** The runtime keeps the contract of the agent port, with the installed Codex binary. */

import { describe, expect, test } from 'vitest';
import { codexUnderTest } from '../../../test/support/codex-under-test.js';
import { agentAcceptance } from '../../testing/agent-acceptance.js';
import { codexBinary } from '../../testing/codex-binary.js';

agentAcceptance('codex-app-server', () => codexUnderTest(codexBinary()), { describe, test, expect });
