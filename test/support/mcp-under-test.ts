/** The runtime codex-cli-mcp over one Codex binary and the offline model, as the acceptance suite of the agent port wants it. */

import { mkdir } from 'node:fs/promises';
import { systemClock } from '../../src/base/clock.js';
import { Stack } from '../../src/base/stack.js';
import { CodexMcp } from '../../src/codex/mcp-server/agent.js';
import { silentLogger } from '../../src/ports/logger.js';
import type { AgentUnderTest } from '../../src/testing/agent-acceptance.js';
import { prepareOfflineHome } from '../../src/testing/offline-model/home.js';
import { type OfflineModel, startOfflineModel } from '../../src/testing/offline-model/server.js';
import { type TempHome, tempHome } from '../../src/testing/temp-home.js';

export interface McpUnderTest extends AgentUnderTest {
  readonly model: OfflineModel;
  readonly place: TempHome;
}

export async function mcpUnderTest(binary: string): Promise<McpUnderTest> {
  const stack = new Stack();
  const place = stack.use(await tempHome());
  const cwd = place.join('work');
  await mkdir(cwd);
  const model = stack.use(await startOfflineModel());
  const agent = stack.use(
    new CodexMcp({
      binary: () => binary,
      env: { PATH: process.env['PATH'], HOME: place.path },
      version: '0.0.0',
      clock: systemClock,
      logger: silentLogger,
    }),
  );
  return {
    ...{ agent, model, place },
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
