/** How the model's bill comes out, by the real OpenCode. */

import { expect, test, vi } from 'vitest';
import { FactEar } from '../../test/support/fact-ear.js';
import { opencodeUnderTest } from '../../test/support/opencode-under-test.js';
import { text, withUsage } from '../testing/offline-model/reply.js';

vi.setConfig({ testTimeout: 180_000 });

test('what came from the cache is a part of the input, and what was thought a part of the output, as the model counts it', async () => {
  const bill = { inputTokens: 100, cachedInputTokens: 40, outputTokens: 20, reasoningTokens: 5 };
  await using under = await opencodeUnderTest({ script: () => withUsage(text('x'), bill) });
  const ear = new FactEar(await under.agent.open(under.thread));
  expect(await ear.run('say it')).toMatchObject({ type: 'turn.completed', usage: { ...bill, totalTokens: 120 } });
});
