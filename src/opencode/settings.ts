/**
 * The configuration of an OpenCode server, from what a conversation is opened with. It is handed over in the environment. Two conversations
 * with the same configuration share a server.
 */

import { join } from 'node:path';
import { SpoolError } from '../base/errors.js';
import { sortedJson } from '../base/sorted-json.js';
import { SESSION_HEADER } from '../contract/mcp-server.js';
import type { RuntimeOptions, Setting } from '../contract/runtime-options.js';
import type { OpenThread, ServerSetup, ThreadSetup } from '../ports/agent.js';
import { nameOf } from './folders.js';
import { rulesOf } from './permissions.js';

/** The provider of OpenCode that speaks the Responses API, which also is what the gateway speaks. */
const RESPONSES = 'openai';
/** What the gateway is asked for where nobody chose: OpenCode itself would take the newest and dearest of its list. */
const DEFAULT_MODEL = 'gpt-5.5';
const GATEWAY_TOKEN = 'SPOOL_MODEL_TOKEN';
const CONFIG = 'OPENCODE_CONFIG_CONTENT';
const PASSWORD = 'OPENCODE_SERVER_PASSWORD';

/** Variables of the server that are nothing for the commands and tool servers that it starts. */
export const HIDDEN: readonly string[] = [CONFIG, PASSWORD, GATEWAY_TOKEN];

/** OpenCode's own service, which it would ask, with what stands in the folder, where nobody has named a model. */
const ZEN = 'opencode';

export interface ServerSettings {
  /** The same for all conversations that can share a server. */
  readonly key: string;
  readonly home: string;
  readonly instructions: string | undefined;
  readonly idleTimeoutMs: number;
  /** The environment of the server, besides what every process gets, its password and what its files are called. */
  readonly env: Readonly<Record<string, string>>;
  /** Its configuration, but for the paths of our files. */
  readonly config: Config;
}

export type Config = { readonly [name: string]: unknown };

/** A model as OpenCode wants it named. */
export interface ModelRef {
  readonly providerID: string;
  readonly modelID: string;
}

type Told = Pick<OpenThread, 'session' | 'home' | 'model' | 'permissions' | 'setup' | 'options'>;

const IDLE_SECONDS = 300;

/** Throws `invalid-input` for what cannot be told to OpenCode. */
export function settingsOf({ session, home, model, permissions, setup = {}, options = {} }: Told): ServerSettings {
  const { gateway, instructions, env = {}, skills = [], mcpServers = {} } = setup;
  const own = options.config ?? {};
  const userRules = permissions.profile === undefined && permissions.approvalPolicy === undefined && own['permission'] !== undefined;
  const ours = {
    autoupdate: false,
    share: 'disabled',
    // Snapshots would copy the whole folder into OpenCode's data with each step.
    snapshot: false,
    ...(gateway === undefined ? { disabled_providers: zenIsWanted(model, options) ? [] : [ZEN] } : gatewayConfig(gateway, model, options)),
    ...(options.smallModel === undefined ? {} : { small_model: nameOfModel(modelRef(options.smallModel, setup, options)) }),
    ...(skills.length === 0 ? {} : { skills: { paths: [...skills] } }),
    mcp: Object.fromEntries(Object.entries(mcpServers).map(([name, server]) => [name, mcpConfig(server, session)])),
  };
  const config = {
    ...merged(ours, own),
    // Never merged: what is allowed hangs on the order of all rules.
    ...(userRules ? {} : { permission: rulesOf(permissions, setup) }),
  };
  const settings = {
    home,
    instructions,
    idleTimeoutMs: (options.idleTimeoutSeconds ?? IDLE_SECONDS) * 1000,
    env: { ...env, ...switches(gateway !== undefined), ...(gateway === undefined ? {} : { [GATEWAY_TOKEN]: gateway.token }) },
    config,
  };
  // The order of the rules counts, so they are not sorted.
  return { ...settings, key: nameOf(`${sortedJson(settings)}\n${JSON.stringify(config.permission)}`) };
}

/** The environment of a server that finds its files in `folder`. */
export function serverEnv(
  settings: ServerSettings,
  password: string,
  files: { instructions: string | undefined; plugin: string },
): Record<string, string> {
  const { config } = settings;
  const whole = {
    ...config,
    plugin: [`file://${files.plugin}`, ...listOf(config['plugin'])],
    instructions: [...(files.instructions === undefined ? [] : [files.instructions]), ...listOf(config['instructions'])],
  };
  return { ...settings.env, [CONFIG]: JSON.stringify(whole), [PASSWORD]: password };
}

/** The model that a conversation or a turn is to use; undefined where OpenCode chooses. Throws `invalid-input` for one without a provider. */
export function modelOf(model: string | undefined, setup: ThreadSetup = {}, options: RuntimeOptions = {}): ModelRef | undefined {
  if (model !== undefined) return modelRef(model, setup, options);
  const chosen = options.config?.['model'];
  if (typeof chosen === 'string') return modelRef(chosen, setup, options);
  return setup.gateway === undefined ? undefined : { providerID: RESPONSES, modelID: DEFAULT_MODEL };
}

function modelRef(model: string, { gateway }: ThreadSetup, options: RuntimeOptions): ModelRef {
  const [, providerID, modelID] = /^([^/]+)\/(.+)$/.exec(model) ?? [];
  const known =
    providerID !== undefined && (gateway === undefined || providerID === RESPONSES || providersOf(options).includes(providerID));
  if (known && modelID !== undefined) return { providerID, modelID };
  if (gateway !== undefined) return { providerID: RESPONSES, modelID: model };
  throw new SpoolError('invalid-input', `the model ${model} does not say whose it is`, {
    hint: 'the runtime opencode wants it as provider/model, like "anthropic/claude-sonnet-4-5"',
  });
}

function nameOfModel({ providerID, modelID }: ModelRef): string {
  return `${providerID}/${modelID}`;
}

function gatewayConfig(gateway: NonNullable<ThreadSetup['gateway']>, model: string | undefined, options: RuntimeOptions): Config {
  const asked = [model, options.smallModel].map((name) => modelOf(name, { gateway }, options));
  const models = asked
    .filter((one) => one?.providerID === RESPONSES)
    .map((one) => [one?.modelID ?? DEFAULT_MODEL, { tool_call: true }] as const);
  return {
    // Others would go around the gateway, which counts what is spent.
    enabled_providers: [...new Set([RESPONSES, ...providersOf(options)])],
    // What is known of a model of the catalogue stays; one that is not in it can be used too.
    provider: { [RESPONSES]: { options: { baseURL: gateway.url, apiKey: `{env:${GATEWAY_TOKEN}}` }, models: Object.fromEntries(models) } },
    model: nameOfModel(modelOf(model, { gateway }, options) ?? { providerID: RESPONSES, modelID: DEFAULT_MODEL }),
  };
}

function providersOf({ config = {} }: RuntimeOptions): string[] {
  return Object.keys(Object(config['provider']));
}

function zenIsWanted(model: string | undefined, options: RuntimeOptions): boolean {
  const named = [model, options.smallModel, options.config?.['model']].some(
    (name) => typeof name === 'string' && name.startsWith(`${ZEN}/`),
  );
  return named || providersOf(options).includes(ZEN);
}

function switches(atGateway: boolean): Record<string, string> {
  return {
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    OPENCODE_DISABLE_EXTERNAL_SKILLS: '1',
    OPENCODE_DISABLE_CLAUDE_CODE: '1',
    // A repository could name plugins and tool servers, which would be run without anybody being asked.
    OPENCODE_DISABLE_PROJECT_CONFIG: '1',
    // They are logins of other providers.
    ...(atGateway ? { OPENCODE_DISABLE_DEFAULT_PLUGINS: '1' } : {}),
  };
}

function mcpConfig(server: ServerSetup, session: string): Config {
  const { command, args = [], env = {}, cwd, url, headers = {}, timeout, enabled = true, ours } = server;
  const common = { enabled, ...(timeout === undefined ? {} : { timeout: Math.round(timeout * 1000) }) };
  if (command === undefined) {
    const sent = { ...headers, ...(ours === true ? { [SESSION_HEADER]: session } : {}) };
    return { type: 'remote', url, ...(Object.keys(sent).length === 0 ? {} : { headers: sent }), oauth: false, ...common };
  }
  // A server of tools inherits everything of OpenCode's environment; what is not for it can only be made empty.
  const environment = { ...Object.fromEntries(HIDDEN.map((name) => [name, ''])), ...env };
  return { type: 'local', command: [command, ...args], environment, ...(cwd === undefined ? {} : { cwd }), ...common };
}

function merged(under: Config, over: Readonly<Record<string, Setting>>): Config {
  const both = Object.entries(over).map(([name, value]) => {
    const there = under[name];
    return [name, isTable(there) && isTable(value) ? merged(there, value as Readonly<Record<string, Setting>>) : value] as const;
  });
  return { ...under, ...Object.fromEntries(both) };
}

function isTable(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** What a server is given as its plugin: it keeps what is hidden from the commands that the agent runs. */
export const PLUGIN = `// Written by Spool for one OpenCode server; gone with it.
export const Spool = async () => ({
  'shell.env': async (_input, output) => {
    for (const name of ${JSON.stringify(HIDDEN)}) output.env[name] = undefined
  },
})
`;

/** The files of a server. */
export function filesIn(folder: string, instructions: string | undefined): { instructions: string | undefined; plugin: string } {
  return { instructions: instructions === undefined ? undefined : join(folder, 'instructions.md'), plugin: join(folder, 'spool.js') };
}
