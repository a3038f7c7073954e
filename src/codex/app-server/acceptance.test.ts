/** The runtime keeps the contract of the agent port, with the real Codex binary. */

import { mkdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../base/clock.js';
import { Stack } from '../../base/stack.js';
import { silentLogger } from '../../ports/logger.js';
import { type AgentUnderTest, agentAcceptance } from '../../testing/agent-acceptance.js';
import { codexBinary } from '../../testing/codex-binary.js';
import { prepareOfflineHome } from '../../testing/offline-model/home.js';
import { startOfflineModel } from '../../testing/offline-model/server.js';
import { tempHome } from '../../testing/temp-home.js';
import { CodexAppServer } from './agent.js';

async function open(): Promise<AgentUnderTest> {
  const stack = new Stack();
  const place = stack.use(await tempHome());
  const cwd = place.join('work');
  await mkdir(cwd);
  const model = stack.use(await startOfflineModel());
  const agent = stack.use(
    new CodexAppServer({
      binary: codexBinary,
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

agentAcceptance('codex-app-server', open, { describe, test, expect });
