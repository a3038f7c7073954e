import { mkdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../base/clock.js';
import { type AgentUnderTest, agentAcceptance } from '../testing/agent-acceptance.js';
import { tempHome } from '../testing/temp-home.js';
import { MockAgent } from './agent.js';

async function mockUnderTest(script?: Record<string, unknown>[]): Promise<AgentUnderTest> {
  const place = await tempHome();
  const cwd = place.join('work');
  await mkdir(cwd);
  const agent = new MockAgent({ folder: place.join('mock'), clock: systemClock });
  return {
    agent,
    thread: {
      ...{ session: 'ses_1', home: place.path, cwd, model: undefined, effort: undefined, permissions: {}, resume: undefined },
      ...{ hadTurns: false, unsettled: undefined, options: script === undefined ? {} : { script } },
    },
    prompts:
      script === undefined
        ? { says: (text) => text, lasting: '[[deltas:400:50]]', asking: '[[sh!:touch outside]] [[text:done]]' }
        : { says: (text) => `say ${text}`, lasting: 'last', asking: 'ask' },
    async [Symbol.asyncDispose]() {
      await agent[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
}

agentAcceptance('the mock without a script', () => mockUnderTest(), { describe, test, expect });

agentAcceptance(
  'the mock with a script',
  () =>
    mockUnderTest([
      { when: { matches: '^say (.*)$' }, do: [{ think: 'That is easy.' }, { say: '{{1}}' }] },
      { when: 'last', do: [{ say: { text: 'a long story', pieces: 3 } }, { wait: 'interrupt' }] },
      { when: 'ask', do: [{ ask: { questions: 'Which one?', accept: [{ say: '{{answer}}' }], decline: [{ say: 'none' }] } }] },
    ]),
  { describe, test, expect },
);
