/** The runtime codex-code-cli over one Codex binary and the offline model, as the acceptance suite of the agent port wants it. */

import { mkdir } from 'node:fs/promises';
import { systemClock } from '../../src/base/clock.js';
import { Stack } from '../../src/base/stack.js';
import { CodexTui, type CodexTuiOptions } from '../../src/codex/tui/agent.js';
import { silentLogger } from '../../src/ports/logger.js';
import type { AgentUnderTest } from '../../src/testing/agent-acceptance.js';
import { prepareOfflineHome } from '../../src/testing/offline-model/home.js';
import { type OfflineModel, startOfflineModel } from '../../src/testing/offline-model/server.js';
import { type TempHome, tempHome } from '../../src/testing/temp-home.js';

export interface CodeCliUnderTest extends AgentUnderTest {
  readonly agent: CodexTui;
  readonly place: TempHome;
  readonly model: OfflineModel;
  /** Another host on the same folders. */
  again(more?: Partial<CodexTuiOptions>): CodexTui;
}

export async function codeCliUnderTest(binary: string, more: Partial<CodexTuiOptions> = {}): Promise<CodeCliUnderTest> {
  const stack = new Stack();
  const place = stack.use(await tempHome());
  const cwd = place.join('work');
  await mkdir(cwd);
  const model = stack.use(await startOfflineModel());
  const again = (others: Partial<CodexTuiOptions> = {}): CodexTui =>
    stack.use(
      new CodexTui({
        ...{ binary: () => binary, dataDir: place.join('data'), runDir: place.join('run'), clock: systemClock, logger: silentLogger },
        env: { PATH: process.env['PATH'], HOME: place.path },
        ...more,
        ...others,
      }),
    );
  return {
    agent: again(),
    ...{ place, model, again },
    thread: {
      session: 'ses_1',
      home: await prepareOfflineHome(place.join('codex'), model),
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
