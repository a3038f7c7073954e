/**
 * What an agent's conversations are given, as settings of one thread. Nothing of it is written into a configuration file: the home may
 * be the user's own, and is then used as it is.
 */

import { SESSION_HEADER } from '../../contract/mcp-server.js';
import type { ServerSetup, ThreadSetup } from '../../ports/agent.js';
import type * as Codex from '../generated/protocol.js';

/** The name of the provider that stands for the host's gateway. */
export const GATEWAY = 'spool';

type Config = Record<string, Codex.JsonValue>;

/** Of the thread of one session. */
export function configOf({ mcpServers = {}, env = {}, gateway }: ThreadSetup, session: string): Config {
  const servers = Object.entries(mcpServers).map(([name, server]) => [name, serverConfig(server, session)] as const);
  return {
    ...(servers.length === 0 ? {} : { mcp_servers: Object.fromEntries(servers) }),
    ...(Object.keys(env).length === 0 ? {} : { shell_environment_policy: { set: { ...env } } }),
    ...(gateway === undefined ? {} : { model_providers: { [GATEWAY]: providerConfig(gateway) } }),
  };
}

/**
 * The tries are more than Codex would make by itself, because the gateway is away when the host is restarted under a running turn: older
 * versions wait for it for about a minute, newer ones for as long as it takes.
 */
function providerConfig({ url, token }: NonNullable<ThreadSetup['gateway']>): Config {
  return {
    name: 'Spool',
    base_url: url,
    wire_api: 'responses',
    http_headers: { authorization: `Bearer ${token}` },
    requires_openai_auth: false,
    stream_max_retries: 8,
  };
}

/** As Codex's configuration names it. A command wins over an address; with neither, only how it is used is changed. */
export function serverConfig(server: ServerSetup, session: string): Config {
  const { timeout, connectTimeout, enabled, ours } = server;
  return {
    ...(server.command === undefined ? reachedAt(server, session) : startedBy(server, server.command)),
    ...(timeout === undefined ? {} : { tool_timeout_sec: timeout }),
    ...(connectTimeout === undefined ? {} : { startup_timeout_sec: connectTimeout }),
    ...(enabled === undefined ? {} : { enabled }),
    ...(ours === true ? { default_tools_approval_mode: 'approve' } : {}),
  };
}

/** A server of the host hears which session a call comes from. */
function reachedAt({ url, headers, ours }: ServerSetup, session: string): Config {
  if (url === undefined) return {};
  const sent = { ...headers, ...(ours === true ? { [SESSION_HEADER]: session } : {}) };
  return { url, ...(Object.keys(sent).length === 0 ? {} : { http_headers: sent }) };
}

function startedBy({ args, env, cwd }: ServerSetup, command: string): Config {
  return {
    command,
    ...(args === undefined ? {} : { args: [...args] }),
    ...(env === undefined ? {} : { env: { ...env } }),
    ...(cwd === undefined ? {} : { cwd }),
  };
}
