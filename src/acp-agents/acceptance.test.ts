import { describe, expect, test } from 'vitest';
import { exampleUnderTest, opencodeUnderTest } from '../../test/support/acp-under-test.js';
import { agentAcceptance } from '../testing/agent-acceptance.js';

const runner = { describe, test, expect };
/** It takes ten times as long to start as the others, and more on a machine that has much to do. */
const patient = { ...runner, test: (title: string, body: () => Promise<void>) => test(title, { timeout: 90_000 }, body) };

agentAcceptance("the runtime acp on an agent of the protocol's own library", exampleUnderTest, runner);
agentAcceptance('the runtime acp on an agent that forgets', () => exampleUnderTest({ forgets: true }), runner);
agentAcceptance('the runtime acp on opencode', opencodeUnderTest, patient);
