/** The runtime acp over an agent in its own folder, as the acceptance suite of the agent port wants it. */

import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { AcpAgents } from '../../src/acp-agents/agent.js';
import { type Clock, systemClock } from '../../src/base/clock.js';
import { Stack } from '../../src/base/stack.js';
import type { OpenThread } from '../../src/ports/agent.js';
import { silentLogger } from '../../src/ports/logger.js';
import type { AgentUnderTest } from '../../src/testing/agent-acceptance.js';
import { type OfflineModel, startOfflineModel } from '../../src/testing/offline-model/server.js';
import { type TempHome, tempHome } from '../../src/testing/temp-home.js';

/** The agent on the protocol's own library. */
export const EXAMPLE: readonly string[] = [process.execPath, fileURLToPath(new URL('acp-example.mjs', import.meta.url))];
export const OPENCODE = fileURLToPath(new URL('../../node_modules/.bin/opencode', import.meta.url));

export interface AcpUnderTest extends AgentUnderTest {
  readonly agent: AcpAgents;
  readonly place: TempHome;
}

export interface AcpOptions {
  readonly command: readonly string[];
  /** Of the agent's process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
}

/** Any program. Its prompts are those of the example agent. */
export async function acpUnderTest({ command, env = {}, clock = systemClock }: AcpOptions): Promise<AcpUnderTest> {
  const stack = new Stack();
  const place = stack.use(await tempHome());
  const cwd = place.join('work');
  await mkdir(cwd);
  const agent = stack.use(agentIn(place, clock));
  return {
    agent,
    place,
    thread: threadOf(place, cwd, command, env),
    prompts: { says: (text) => `say ${text}`, lasting: 'count 400 50', asking: 'run true' },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

/** The runtime of one host in this place. */
export function agentIn(place: TempHome, clock: Clock = systemClock): AcpAgents {
  return new AcpAgents({
    path: process.env['PATH'],
    environment: (_, extra) => ({ PATH: process.env['PATH'] ?? '', HOME: place.path, ...extra }),
    runDir: place.join('run'),
    version: '0.0.0',
    clock,
    logger: silentLogger,
  });
}

/** The example agent, which keeps its conversations in files. */
export async function exampleUnderTest(options: Partial<AcpOptions> & { readonly forgets?: boolean } = {}): Promise<AcpUnderTest> {
  const under = await acpUnderTest({ command: EXAMPLE, ...options });
  const state = under.place.join('state');
  await mkdir(state);
  const { setup = {} } = under.thread;
  const env = { ...(options.forgets === true ? {} : { EXAMPLE_STATE: state }), ...setup.env };
  return { ...under, thread: { ...under.thread, setup: { ...setup, env } } };
}

/** The real `opencode acp` over the offline model. */
export async function opencodeUnderTest(): Promise<AcpUnderTest> {
  const model = await startOfflineModel();
  const under = await acpUnderTest({ command: [OPENCODE, 'acp'] });
  const env = opencodeEnv(model, under.place.path);
  const run = JSON.stringify({ command: 'true', description: 'nothing' });
  return {
    ...under,
    thread: { ...under.thread, setup: { env } },
    prompts: { says: (text) => `[[text:${text}]]`, lasting: '[[deltas:400:50]]', asking: `[[tool:bash:${run}]]` },
    async [Symbol.asyncDispose]() {
      await under[Symbol.asyncDispose]();
      await model[Symbol.asyncDispose]();
    },
  };
}

/** What makes opencode ask the offline model, keep all that it has in one folder, and need no network. */
export function opencodeEnv(model: Pick<OfflineModel, 'url'>, folder: string): Record<string, string> {
  const config = {
    autoupdate: false,
    share: 'disabled',
    model: 'offline/gpt-5.5',
    small_model: 'offline/gpt-5.5',
    enabled_providers: ['offline'],
    provider: {
      offline: {
        npm: '@ai-sdk/openai',
        options: { baseURL: model.url, apiKey: 'offline' },
        models: { 'gpt-5.5': { limit: { context: 200_000, output: 8_000 } } },
      },
    },
    permission: { bash: 'ask', edit: 'ask' },
  };
  return {
    ...{ XDG_DATA_HOME: `${folder}/data`, XDG_CONFIG_HOME: `${folder}/config`, XDG_CACHE_HOME: `${folder}/cache` },
    ...{ XDG_STATE_HOME: `${folder}/state`, OPENCODE_CONFIG_CONTENT: JSON.stringify(config) },
    ...{ OPENCODE_DISABLE_AUTOUPDATE: '1', OPENCODE_DISABLE_MODELS_FETCH: '1', OPENCODE_DISABLE_LSP_DOWNLOAD: '1' },
    ...{ OPENCODE_DISABLE_DEFAULT_PLUGINS: '1' },
  };
}

function threadOf(place: TempHome, cwd: string, command: readonly string[], env: Readonly<Record<string, string>>): OpenThread {
  return {
    ...{ session: 'ses_1', home: place.path, cwd, model: undefined, effort: undefined, permissions: {} },
    ...{ resume: undefined, hadTurns: false, unsettled: undefined },
    setup: { env },
    options: { command: [...command] },
  };
}
