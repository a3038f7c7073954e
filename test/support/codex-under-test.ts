/** The runtime codex-app-server over one Codex binary and the offline model, as the acceptance suite of the agent port wants it. */

import { mkdir } from 'node:fs/promises';
import { systemClock } from '../../src/base/clock.js';
import { Stack } from '../../src/base/stack.js';
import { CodexAppServer, type CodexAppServerOptions } from '../../src/codex/app-server/agent.js';
import { silentLogger } from '../../src/ports/logger.js';
import type { AgentUnderTest } from '../../src/testing/agent-acceptance.js';
import { prepareOfflineHome } from '../../src/testing/offline-model/home.js';
import { startOfflineModel } from '../../src/testing/offline-model/server.js';
import { tempHome } from '../../src/testing/temp-home.js';

export async function codexUnderTest(
  binary: string,
  runtime: CodexAppServerOptions['runtime'] = 'codex-app-server',
): Promise<AgentUnderTest> {
  const stack = new Stack();
  const place = stack.use(await tempHome());
  const cwd = place.join('work');
  await mkdir(cwd);
  const model = stack.use(await startOfflineModel());
  const agent = stack.use(
    new CodexAppServer({
      runtime,
      binary: () => binary,
      runDir: place.join('run'),
      env: { PATH: process.env['PATH'], HOME: place.path },
      version: '0.0.0',
      keepRunningTurns: false,
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
      permissions: { profile: ':workspace', approvalPolicy: 'on-request' },
      resume: undefined,
      hadTurns: false,
      unsettled: undefined,
    },
    prompts: { says: (text) => `[[text:${text}]]`, lasting: '[[deltas:400:50]]', asking: `[[sh!:touch ${place.join('outside')}]]` },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}
