/**
 * What a Codex that is started for a conversation is told: settings as `--config` arguments, which anybody on the machine can read, and
 * whatever may be a secret in its environment, by name.
 */

import { SpoolError } from '../../base/errors.js';
import { SESSION_HEADER } from '../../contract/mcp-server.js';
import type { Setting } from '../../contract/runtime-options.js';
import type { OpenThread, ServerSetup, ThreadSetup } from '../../ports/agent.js';
import { deniesReading, namesProfiles, snapshotsForget } from '../app-server/versions.js';
import { tomlValue } from './toml-value.js';

export interface Overrides {
  /** `--config`, `key=value`, and so on. */
  readonly args: readonly string[];
  /** Variables that the arguments name. Those that are not meant for the agent's commands are kept from them. */
  readonly env: Readonly<Record<string, string>>;
}

type Told = Pick<OpenThread, 'session' | 'model' | 'effort' | 'permissions' | 'setup' | 'options'>;
type Settings = Record<string, Setting>;

/** The name of the provider that stands for the host's gateway, and of the variable with its token. */
const GATEWAY = 'spool';
const GATEWAY_TOKEN = 'SPOOL_MODEL_TOKEN';
const OURS = 'SPOOL_*';

/** The longest argument that Linux takes, with room for the rest of it. */
const LONGEST = 120_000;

/** Throws `invalid-input` for what cannot be told in this way. */
export function overridesOf({ session, model, effort, permissions, setup = {}, options = {} }: Told, version: string): Overrides {
  const env = new Variables();
  const settings: Settings = {
    ...flat(options.config ?? {}),
    ...(model === undefined ? {} : { model }),
    ...(effort === undefined ? {} : { model_reasoning_effort: effort }),
    ...(setup.instructions === undefined ? {} : { developer_instructions: setup.instructions }),
    ...permissionSettings(permissions.profile, setup, version),
    ...(setup.gateway === undefined ? {} : gatewaySettings(setup.gateway, env)),
    ...serverSettings(setup.mcpServers ?? {}, session, env),
  };
  const hidden = env.names;
  for (const [name, value] of Object.entries(setup.env ?? {})) env.put(name, value);
  Object.assign(
    settings,
    hiding(
      hidden.filter((name) => setup.env?.[name] === undefined),
      settings[EXCLUDED],
      version,
    ),
  );
  const args = Object.entries(settings).flatMap(([key, value]) => ['--config', argument(key, value)]);
  return { args, env: env.all };
}

const EXCLUDED = 'shell_environment_policy.exclude';

/** What is in the environment for Codex and its servers alone is kept from the agent's commands. */
function hiding(names: readonly string[], theirs: Setting | undefined, version: string): Settings {
  if (names.length === 0) return {};
  const others = Array.isArray(theirs) ? theirs : [];
  const excluded = [...others, ...(names.some(isOurs) ? [OURS] : []), ...names.filter((name) => !isOurs(name))];
  return { [EXCLUDED]: excluded, ...(snapshotsForget(version) ? {} : { 'features.shell_snapshot': false }) };
}

function isOurs(name: string): boolean {
  return name.startsWith('SPOOL_');
}

function argument(key: string, value: Setting): string {
  const text = `${key}=${tomlValue(value)}`;
  if (Buffer.byteLength(text) <= LONGEST) return text;
  throw new SpoolError('invalid-input', `${key} has ${Buffer.byteLength(text)} bytes, too many for a command line`, {
    hint: 'shorten it, or use the runtime codex-app-server, which is told over a socket',
  });
}

/** Older versions know a sandbox where newer ones have profiles of permissions. */
const SANDBOXES: Readonly<Record<string, string>> = {
  ':read-only': 'read-only',
  ':workspace': 'workspace-write',
  ':danger-full-access': 'danger-full-access',
};

function permissionSettings(profile: string | undefined, setup: ThreadSetup, version: string): Settings {
  const { unreadable = [], writableRoots = [] } = setup;
  if (!deniesReading(version)) return olderPermissions(profile, writableRoots, version);
  if (profile === ':danger-full-access') return { default_permissions: profile };
  // Beside a profile the older setting does not count; one that reads only is not widened, and of the user's own it is not known.
  const writable = profile === ':workspace' ? writableRoots : [];
  if (unreadable.length === 0 && writable.length === 0) {
    return profile === undefined ? rootsOf(writableRoots) : { default_permissions: profile };
  }
  // What holds where nobody chose cannot be asked of a Codex that does not run yet: the narrowest is what it is safe to go by.
  const meant = profile ?? ':read-only';
  const name = `spool-${meant.replace(/^:/, '')}`;
  const entries = [...writable.map((path) => [path, 'write'] as const), ...unreadable.map((path) => [path, 'deny'] as const)];
  return { default_permissions: name, [`permissions.${name}`]: { extends: meant, filesystem: Object.fromEntries(entries) } };
}

function olderPermissions(profile: string | undefined, roots: readonly string[], version: string): Settings {
  const sandbox = profile === undefined ? undefined : SANDBOXES[profile];
  if (profile !== undefined && sandbox === undefined) {
    if (namesProfiles(version)) return { default_permissions: profile, ...rootsOf(roots) };
    throw new SpoolError('invalid-input', `Codex ${version} knows no profile ${profile} on its command line`, {
      hint: `use one of ${Object.keys(SANDBOXES).join(', ')}`,
    });
  }
  return { ...(sandbox === undefined ? {} : { sandbox_mode: sandbox }), ...rootsOf(roots) };
}

function rootsOf(roots: readonly string[]): Settings {
  return roots.length === 0 ? {} : { 'sandbox_workspace_write.writable_roots': [...roots] };
}

function gatewaySettings({ url, token }: NonNullable<ThreadSetup['gateway']>, env: Variables): Settings {
  env.put(GATEWAY_TOKEN, token);
  const provider = {
    ...{ name: 'Spool', base_url: url, wire_api: 'responses', env_key: GATEWAY_TOKEN },
    ...{ requires_openai_auth: false, stream_max_retries: 8 },
  };
  return { model_provider: GATEWAY, [`model_providers.${GATEWAY}`]: provider };
}

function serverSettings(servers: NonNullable<ThreadSetup['mcpServers']>, session: string, env: Variables): Settings {
  const settings: Settings = {};
  for (const [name, server] of Object.entries(servers)) {
    // Codex cuts the key at each dot, quoted or not.
    if (!/^[\w-]+$/.test(name)) {
      throw new SpoolError('invalid-input', `the MCP server ${JSON.stringify(name)} cannot be named on a command line of Codex`, {
        hint: 'name it with letters, digits, _ and -',
      });
    }
    for (const [key, value] of Object.entries(serverSetting(name, server, session, env))) settings[`mcp_servers.${name}.${key}`] = value;
  }
  return settings;
}

function serverSetting(name: string, server: ServerSetup, session: string, env: Variables): Settings {
  const { timeout, connectTimeout, enabled, ours } = server;
  return {
    ...(server.command === undefined ? reachedAt(name, server, session, env) : startedBy(server, server.command, env)),
    ...(timeout === undefined ? {} : { tool_timeout_sec: timeout }),
    ...(connectTimeout === undefined ? {} : { startup_timeout_sec: connectTimeout }),
    ...(enabled === undefined ? {} : { enabled }),
    ...(ours === true ? { default_tools_approval_mode: 'approve' } : {}),
  };
}

function startedBy({ args, env: values = {}, cwd }: ServerSetup, command: string, env: Variables): Settings {
  for (const [name, value] of Object.entries(values)) env.put(name, value);
  const names = Object.keys(values);
  return {
    command,
    ...(args === undefined ? {} : { args: [...args] }),
    ...(names.length === 0 ? {} : { env_vars: names }),
    ...(cwd === undefined ? {} : { cwd }),
  };
}

function reachedAt(name: string, { url, headers = {}, ours }: ServerSetup, session: string, env: Variables): Settings {
  if (url === undefined) return {};
  const settings: Settings = { url };
  const named: Record<string, string> = {};
  for (const [header, value] of Object.entries(headers)) {
    const variable = `SPOOL_MCP_${name}_${header}`.replaceAll(/\W/g, '_').toUpperCase();
    const bearer = header.toLowerCase() === 'authorization' ? /^bearer +(.+)$/i.exec(value)?.[1] : undefined;
    env.put(variable, bearer ?? value);
    if (bearer === undefined) named[header] = variable;
    else settings['bearer_token_env_var'] = variable;
  }
  if (Object.keys(named).length > 0) settings['env_http_headers'] = named;
  if (ours === true) settings['http_headers'] = { [SESSION_HEADER]: session };
  return settings;
}

/** Nested tables as dotted keys, so that each setting is put over the one of the file and takes nothing else of its table away. */
function flat(config: Readonly<Record<string, Setting>>, path: readonly string[] = []): Settings {
  return Object.fromEntries(
    Object.entries(config).flatMap(([name, value]): [string, Setting][] => {
      const at = [...path, name];
      return isTable(value) && Object.keys(value).every((key) => !key.includes('.'))
        ? Object.entries(flat(value, at))
        : [[at.join('.'), value]];
    }),
  );
}

function isTable(value: Setting): value is { readonly [name: string]: Setting } {
  return typeof value === 'object' && !Array.isArray(value);
}

/** All of a process, so that two servers cannot want different values of one name. */
class Variables {
  readonly #all = new Map<string, string>();

  put(name: string, value: string): void {
    const there = this.#all.get(name);
    if (there !== undefined && there !== value) {
      throw new SpoolError('invalid-input', `${name} is to have two values in the environment of one Codex process`, {
        hint: 'name one of them differently, or use the runtime codex-app-server, which keeps them apart',
      });
    }
    this.#all.set(name, value);
  }

  get all(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#all);
  }

  get names(): readonly string[] {
    return [...this.#all.keys()];
  }
}
