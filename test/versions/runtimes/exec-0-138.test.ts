/** The runtime codex-exec keeps the contract of the agent port with Codex 0.138 too. */

import { describe, expect, test } from 'vitest';
import { agentAcceptance } from '../../../src/testing/index.js';
import { execUnderTest } from '../../support/exec-under-test.js';
import { codexOf } from '../install.js';

agentAcceptance('codex-exec with Codex 0.138.0', () => execUnderTest(codexOf('0.138.0')), { describe, test, expect });
