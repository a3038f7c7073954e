import { describe, expect, test } from 'vitest';
import { codeCliUnderTest } from '../../../test/support/code-cli-under-test.js';
import { agentAcceptance, codexBinary } from '../../testing/index.js';

agentAcceptance('codex-code-cli', () => codeCliUnderTest(codexBinary()), { describe, test, expect });
