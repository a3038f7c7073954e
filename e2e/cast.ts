/** The runtimes as they are played here: how an agent of each is made, which Codex its host has, and how its process is known. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '../src/client/index.js';
import type { CreateAgent } from '../src/contract/agent-config.js';
import type { RuntimeCapabilities } from '../src/contract/host.js';
import { RUNTIMES, type Runtime } from '../src/contract/words.js';
import { must } from './ladder.js';
import { commandLine, hasTerminal, type SeenProcess } from './process-tree.js';

/** The last Codex that is an MCP server. */
export const OLD_CODEX = '0.138.0';

/** The offline model. */
interface Model {
  readonly url: string;
}

export interface Part {
  readonly runtime: Runtime;
  /** The Codex that it needs; the newest where absent. */
  readonly codex?: typeof OLD_CODEX;
  /** What its agents have beside alias and runtime. */
  readonly agent: (model: Model) => Omit<CreateAgent, 'alias' | 'runtime'>;
  /** Whether a process is the one that runs its turns; undefined for one that has none of its own. */
  readonly isProcess: ((one: SeenProcess) => boolean) | undefined;
  /** Its settings stand on the command line of its process, MCP servers among them. */
  readonly toldByArguments: boolean;
  /** A directive of the offline model that calls a tool of a server, with JSON; undefined where the runtime takes no servers. */
  readonly toolName: ((server: string, tool: string, args: string) => string) | undefined;
}

/** Codex knows a tool by server and name, OpenCode by one word. */
const asCodex: Part['toolName'] = (server, tool, args) => `[[mcp:${server}.${tool}:${args}]]`;
const asOpencode: Part['toolName'] = (server, tool, args) => `[[tool:${server}_${tool}:${args}]]`;

const AS_IT_IS = (): Record<string, never> => ({});

/** It would look for news of itself before it listens. */
const QUIET_OPENCODE = {
  OPENCODE_DISABLE_AUTOUPDATE: '1',
  OPENCODE_DISABLE_MODELS_FETCH: '1',
  OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
  OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
};

const codex = (fits: (args: readonly string[], one: SeenProcess) => boolean) => (one: SeenProcess) =>
  /(?:^|\/)codex$/.test(one.args[0] ?? '') && fits(one.args, one);

const PARTS: Readonly<Record<Runtime, Omit<Part, 'runtime'>>> = {
  'codex-app-server': {
    agent: AS_IT_IS,
    isProcess: codex((args) => args.includes('app-server') && !args.includes('--ws-auth')),
    toldByArguments: false,
    toolName: asCodex,
  },
  'codex-cli-remote-control': {
    agent: AS_IT_IS,
    isProcess: codex((args) => args.includes('app-server') && args.includes('--ws-auth')),
    toldByArguments: false,
    toolName: asCodex,
  },
  'codex-cli-mcp': {
    codex: OLD_CODEX,
    agent: AS_IT_IS,
    isProcess: codex((args) => args.some((arg) => /^mcp[-_]server$/.test(arg))),
    toldByArguments: false,
    toolName: asCodex,
  },
  'codex-code-cli': {
    agent: AS_IT_IS,
    // It also asks the program what it can, which is not its turn.
    isProcess: codex((args, one) => args.includes('--cd') && hasTerminal(one)),
    toldByArguments: true,
    toolName: asCodex,
  },
  'codex-exec': {
    agent: AS_IT_IS,
    isProcess: codex((args) => args.includes('exec') && args.includes('--json')),
    toldByArguments: true,
    toolName: asCodex,
  },
  opencode: {
    agent: (model) => ({ runtimeOptions: { config: opencodeConfig(model) } }),
    isProcess: (one) => /opencode/.test(one.args[0] ?? '') && one.args.includes('serve'),
    toldByArguments: false,
    toolName: asOpencode,
  },
  acp: {
    agent: () => ({ runtimeOptions: { command: ['opencode', 'acp'] }, env: QUIET_OPENCODE }),
    isProcess: (one) => /opencode.* acp\b/.test(commandLine(one)),
    toldByArguments: false,
    toolName: asOpencode,
  },
  mock: { agent: AS_IT_IS, isProcess: undefined, toldByArguments: false, toolName: undefined },
};

export function partOf(runtime: Runtime): Part {
  return { runtime, ...PARTS[runtime] };
}

export const CAST: readonly Part[] = RUNTIMES.map(partOf);

/** What the host declares of a runtime; it must have it. */
export async function capabilitiesOf(client: Client, runtime: Runtime): Promise<RuntimeCapabilities> {
  const { runtimes } = await client.call('capabilities', {});
  const found = runtimes.find((one) => one.runtime === runtime);
  must(found !== undefined, `this host has no runtime ${runtime}`, () => `it has ${runtimes.map((one) => one.runtime).join(', ')}`);
  return found;
}

export const HOLDS: Readonly<Record<'says' | 'lasting', (text: string) => string>> = {
  says: (text) => `[[text:${text}]]`,
  /** Some 20 seconds, unless it is stopped. */
  lasting: (text) => `${text} [[deltas:400:50]]`,
};

/** The offline model as OpenCode's configuration names it. */
function opencodeConfig({ url }: Model): NonNullable<NonNullable<CreateAgent['runtimeOptions']>['config']> {
  const models = { 'gpt-5.5': { limit: { context: 200_000, output: 8_000 } } };
  const provider = { npm: '@ai-sdk/openai', options: { baseURL: url, apiKey: 'offline' }, models };
  const names = { model: 'offline/gpt-5.5', small_model: 'offline/gpt-5.5', enabled_providers: ['offline'] };
  return { ...names, provider: { offline: provider }, share: 'disabled', autoupdate: false };
}

/** Who speaks the Agent Client Protocol through OpenCode has its configuration from a file in the HOME. */
export async function prepareOpencode(folder: string, model: Model): Promise<void> {
  const place = join(folder, '.config', 'opencode');
  await mkdir(place, { recursive: true });
  await writeFile(join(place, 'opencode.json'), JSON.stringify(opencodeConfig(model)));
}

/** The offline model as settings of an agent, for one that does not read the config.toml of its home. */
export function offlineSettings({ url }: Model): NonNullable<CreateAgent['runtimeOptions']>['config'] {
  const provider = { name: 'Offline model', base_url: url, wire_api: 'responses', request_max_retries: 1, stream_max_retries: 2 };
  return {
    ...{ model: 'gpt-5.5', model_provider: 'offline', model_providers: { offline: provider } },
    ...{
      check_for_update_on_startup: false,
      analytics: { enabled: false },
      features: { apps: false, plugins: false, remote_plugin: false },
    },
  };
}
