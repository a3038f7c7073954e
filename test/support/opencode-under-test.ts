/** The runtime opencode over the installed binary and the offline model, as the acceptance suite of the agent port wants it. */

import { mkdir } from 'node:fs/promises';
import { type Clock, systemClock } from '../../src/base/clock.js';
import { Stack } from '../../src/base/stack.js';
import { OpencodeAgent } from '../../src/opencode/agent.js';
import { findOpencode } from '../../src/opencode/binary.js';
import { silentLogger } from '../../src/ports/logger.js';
import type { AgentUnderTest } from '../../src/testing/agent-acceptance.js';
import type { Script } from '../../src/testing/offline-model/script.js';
import { type OfflineModel, startOfflineModel } from '../../src/testing/offline-model/server.js';
import { type TempHome, tempHome } from '../../src/testing/temp-home.js';

export interface OpencodeUnderTest extends AgentUnderTest {
  readonly agent: OpencodeAgent;
  readonly model: OfflineModel;
  readonly place: TempHome;
  /** Another agent on the same folders, as a host has it after a restart. */
  another(): OpencodeAgent;
}

export interface OpencodeOptions {
  readonly binary?: string;
  readonly script?: Script;
  readonly clock?: Clock;
  readonly startTimeoutMs?: number;
}

/** Nothing else on the PATH is needed, or may be. */
export const OPENCODE = findOpencode({ explicit: undefined, path: undefined });

export async function opencodeUnderTest(options: OpencodeOptions = {}): Promise<OpencodeUnderTest> {
  const { binary = OPENCODE, script, clock = systemClock, startTimeoutMs } = options;
  const stack = new Stack();
  const place = stack.use(await tempHome());
  const cwd = place.join('work');
  await mkdir(cwd);
  const model = stack.use(await startOfflineModel(script === undefined ? {} : { script }));
  const another = (): OpencodeAgent =>
    stack.use(
      new OpencodeAgent({
        binary: () => binary,
        runDir: place.join('run'),
        env: { PATH: process.env['PATH'] ?? '', HOME: place.path },
        ...(startTimeoutMs === undefined ? {} : { startTimeoutMs }),
        clock,
        logger: silentLogger,
      }),
    );
  return {
    agent: another(),
    another,
    model,
    place,
    thread: {
      session: 'ses_1',
      home: place.join('home'),
      cwd,
      model: undefined,
      effort: undefined,
      permissions: { profile: ':workspace', approvalPolicy: 'on-request' },
      resume: undefined,
      hadTurns: false,
      setup: { gateway: { url: model.url, token: 'token-of-the-agent' } },
      unsettled: undefined,
    },
    prompts: { says: (text) => `[[text:${text}]]`, lasting: '[[deltas:400:50]]', asking: bash('echo hello') },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

/** A prompt that has the model run a command. */
export function bash(command: string): string {
  return tool('bash', { command, description: 'Does what was asked' });
}

/** A prompt that has the model call a tool. */
export function tool(name: string, args: object): string {
  return `[[tool:${name}:${JSON.stringify(args)}]]`;
}
