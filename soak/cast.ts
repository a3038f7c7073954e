/** Who takes part in a soak, and how each is made known to the host. */

import { join } from 'node:path';
import type { CreateAgent } from '../src/contract/agent-config.js';
import type { TaskSettings } from '../src/contract/task.js';
import type { Runtime } from '../src/contract/words.js';
import { MOCK_SCRIPT } from './local-work.js';

export interface CastSize {
  readonly codex: number;
  readonly exec: number;
  readonly opencode: number;
  readonly mock: number;
  readonly outside: number;
}

export const CAST_SIZES = {
  whole: { codex: 6, exec: 2, opencode: 1, mock: 11, outside: 10 },
  quick: { codex: 2, exec: 1, opencode: 0, mock: 4, outside: 4 },
} as const satisfies Readonly<Record<string, CastSize>>;

export interface AgentPlan {
  readonly alias: string;
  readonly kind: 'local' | 'outside' | 'person';
  readonly runtime: Runtime | 'outside' | 'person';
  readonly nth: number;
  /** Who waits for whom: an agent asks only those of a higher one. */
  readonly rank: number;
  /** How much of the work it gets. */
  readonly weight: number;
  readonly atOnce: number;
  /** Asks a person before it does something. */
  readonly asks: boolean;
}

/** What each is given of the work, by runtime: what a turn costs differs by much. */
const WEIGHTS = { mock: 4, outside: 4, 'codex-app-server': 2.4, 'codex-exec': 1.2, opencode: 0.4, person: 1 } as const;

export function castOf(size: CastSize): AgentPlan[] {
  const local = (
    runtime: 'mock' | 'codex-app-server' | 'codex-exec' | 'opencode',
    name: string,
    count: number,
    rank: number,
  ): AgentPlan[] =>
    Array.from({ length: count }, (_, n) => ({
      ...{ alias: `${name}${n + 1}`, kind: 'local' as const, runtime, nth: n, rank, weight: WEIGHTS[runtime] },
      atOnce: n % 3 === 2 ? 2 : 1,
      asks: (runtime === 'mock' && n % 4 === 0) || (runtime === 'codex-app-server' && n === 0),
    }));
  const outside = Array.from({ length: size.outside }, (_, n) => ({
    ...{ alias: `outside${n + 1}`, kind: 'outside' as const, runtime: 'outside' as const, nth: n, rank: n, weight: WEIGHTS.outside },
    atOnce: n % 4 === 3 ? 2 : 1,
    asks: false,
  }));
  return [
    ...outside,
    ...local('codex-app-server', 'codex', size.codex, 100),
    ...local('codex-exec', 'exec', size.exec, 100),
    ...local('opencode', 'opencode', size.opencode, 100),
    ...local('mock', 'mock', size.mock, 200),
    { alias: 'person', kind: 'person', runtime: 'person', nth: 0, rank: 300, weight: WEIGHTS.person, atOnce: 1, asks: false },
  ];
}

export interface CastPlaces {
  /** Of each home of Codex, two so that one dies while the other works. */
  readonly codexHomes: readonly string[];
  readonly work: string;
  readonly modelUrl: string;
}

/** What an agent of the host is made of. */
export function agentOf(plan: AgentPlan, { codexHomes, work, modelUrl }: CastPlaces): CreateAgent {
  const { alias, runtime, nth, asks, atOnce } = plan;
  const tasks: TaskSettings = { role: `the ${runtime} of a soak`, atOnce };
  const all = { profile: ':danger-full-access', approvalPolicy: 'never' } as const;
  const cwd = join(work, alias);
  switch (runtime) {
    case 'codex-app-server': {
      const codexHome = codexHomes[nth % codexHomes.length] ?? 'shared';
      const permissions = asks ? ({ profile: ':workspace', approvalPolicy: 'on-request' } as const) : all;
      return { alias, runtime, codexHome, cwd, permissions, tasks };
    }
    case 'codex-exec':
      return { alias, runtime, codexHome: codexHomes.at(-1) ?? 'shared', cwd, permissions: all, tasks };
    case 'opencode': {
      const runtimeOptions = { config: opencodeConfig(modelUrl) };
      return { alias, runtime, codexHome: 'own', cwd, permissions: all, runtimeOptions, tasks };
    }
    default:
      return {
        ...{ alias, runtime: 'mock', cwd, tasks, runtimeOptions: { script: MOCK_SCRIPT } },
        permissions: { profile: ':workspace', approvalPolicy: 'on-request' },
      };
  }
}

/** What an agent from elsewhere may ask of others: as much as they may. */
export function outsideSettings({ atOnce }: AgentPlan): TaskSettings {
  return { role: 'an agent from elsewhere', atOnce, permissions: { profile: ':danger-full-access', approvalPolicy: 'never' } };
}

function opencodeConfig(baseURL: string): NonNullable<NonNullable<CreateAgent['runtimeOptions']>['config']> {
  const models = { 'gpt-5.5': { limit: { context: 200_000, output: 8_000 } } };
  const provider = { npm: '@ai-sdk/openai', options: { baseURL, apiKey: 'offline' }, models };
  const names = { model: 'offline/gpt-5.5', small_model: 'offline/gpt-5.5', enabled_providers: ['offline'] };
  return { ...names, provider: { offline: provider }, share: 'disabled', autoupdate: false };
}
