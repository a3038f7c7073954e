/** The runtime codex-exec over one Codex binary and the offline model, as the acceptance suite of the agent port wants it. */

import { mkdir } from 'node:fs/promises';
import { systemClock } from '../../src/base/clock.js';
import { Stack } from '../../src/base/stack.js';
import { CodexExec } from '../../src/codex/exec/agent.js';
import { silentLogger } from '../../src/ports/logger.js';
import type { AgentUnderTest } from '../../src/testing/agent-acceptance.js';
import { prepareOfflineHome } from '../../src/testing/offline-model/home.js';
import { startOfflineModel } from '../../src/testing/offline-model/server.js';
import { tempHome } from '../../src/testing/temp-home.js';

export async function execUnderTest(binary: string): Promise<AgentUnderTest> {
  const stack = new Stack();
  const place = stack.use(await tempHome());
  const cwd = place.join('work');
  await mkdir(cwd);
  const model = stack.use(await startOfflineModel());
  const agent = stack.use(
    new CodexExec({
      binary: () => binary,
      runDir: place.join('run'),
      bookDir: place.join('book'),
      env: { PATH: process.env['PATH'], HOME: place.path },
      clock: systemClock,
      logger: silentLogger,
    }),
  );
  return {
    agent,
    thread: {
      session: 'ses_1',
      home: await prepareOfflineHome(place.join('codex'), model, { trust: [cwd] }),
      cwd,
      model: undefined,
      effort: undefined,
      permissions: { profile: ':workspace' },
      resume: undefined,
      hadTurns: false,
      unsettled: undefined,
    },
    prompts: { says: (text) => `[[text:${text}]]`, lasting: '[[deltas:400:50]]' },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}
