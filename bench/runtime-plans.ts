/** How each runtime is set up to ask the offline model: its agent, and what its host needs in its environment. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findCodex } from '../src/codex/binary.js';
import { RUNTIMES, type Runtime } from '../src/contract/words.js';
import type { World } from './world.js';

/** How long a busy turn is, and how often something comes of it. */
export const BUSY = { pieces: 200, everyMs: 10 };

export interface RuntimePlan {
  readonly runtime: Runtime;
  /** With which program, where there is one. */
  readonly program: string;
  /** Fields of its agent. */
  readonly agent: Readonly<Record<string, unknown>>;
  readonly env: NodeJS.ProcessEnv;
}

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** A plan for each runtime that can be tried here, or why it cannot. */
export function runtimePlans(world: World): Map<Runtime, RuntimePlan | string> {
  return new Map(RUNTIMES.map((runtime) => [runtime, planOf(runtime, world)]));
}

function planOf(runtime: Runtime, world: World): RuntimePlan | string {
  switch (runtime) {
    case 'codex-cli-mcp': {
      const old = join(MODULES, '.cache', 'codex', '0.138.0', 'node_modules', '.bin', 'codex');
      if (!existsSync(old)) return `Codex 0.138.0 is not in ${old}; \`npm run test:versions\` installs it`;
      return { runtime, program: 'Codex 0.138.0', agent: {}, env: { SPOOL_CODEX_BIN: findCodex({ explicit: old, path: undefined }) } };
    }
    case 'opencode':
      return {
        runtime,
        program: 'OpenCode',
        agent: { model: MODEL, env: OFFLINE_OPENCODE, runtimeOptions: { config: configOf(world) } },
        env: withOpencode(world),
      };
    case 'acp': {
      const env = { ...OFFLINE_OPENCODE, OPENCODE_CONFIG_CONTENT: JSON.stringify(configOf(world)) };
      return {
        runtime,
        program: '`opencode acp`',
        agent: { env, runtimeOptions: { command: [opencode(), 'acp'] } },
        env: withOpencode(world),
      };
    }
    case 'mock': {
      const say = { text: 'word '.repeat(BUSY.pieces), ...BUSY };
      return {
        runtime,
        program: 'none',
        agent: { runtimeOptions: { script: [{ when: 'stamps', do: [{ say }] }, { do: [{ say: 'Done.' }] }] } },
        env: {},
      };
    }
    default:
      return { runtime, program: 'Codex', agent: {}, env: {} };
  }
}

const MODEL = 'offline/gpt-5.5';

/** Nothing is fetched from anywhere. */
const OFFLINE_OPENCODE = {
  ...{ OPENCODE_DISABLE_AUTOUPDATE: '1', OPENCODE_DISABLE_MODELS_FETCH: '1', OPENCODE_DISABLE_LSP_DOWNLOAD: '1' },
  OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
};

function opencode(): string {
  return join(MODULES, '.bin', 'opencode');
}

function withOpencode({ env }: World): NodeJS.ProcessEnv {
  return { PATH: `${join(MODULES, '.bin')}:${env['PATH'] ?? ''}` };
}

function configOf({ modelUrl }: World): Readonly<Record<string, unknown>> {
  const models = { 'gpt-5.5': { limit: { context: 200_000, output: 8_000 } } };
  const offline = { npm: '@ai-sdk/openai', options: { baseURL: modelUrl, apiKey: 'offline' }, models };
  return { autoupdate: false, share: 'disabled', model: MODEL, small_model: MODEL, enabled_providers: ['offline'], provider: { offline } };
}
