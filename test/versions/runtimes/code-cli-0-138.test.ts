/** The runtime codex-code-cli keeps the agent's contract with Codex 0.138.0 too. */

import { describe, expect, test } from 'vitest';
import { agentAcceptance } from '../../../src/testing/index.js';
import { codeCliUnderTest } from '../../support/code-cli-under-test.js';
import { codexOf } from '../install.js';

agentAcceptance('codex-code-cli on Codex 0.138.0', () => codeCliUnderTest(codexOf('0.138.0')), { describe, test, expect });
