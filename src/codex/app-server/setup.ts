/**
 * What an agent's conversations are given, as settings of one thread. Nothing of it is written into a configuration file: the home may
 * be the user's own, and is then used as it is.
 */

import type { ServerSetup, ThreadSetup } from '../../ports/agent.js';
import type * as Codex from '../generated/protocol.js';

/** The name of the provider that stands for the host's gateway. */
export const GATEWAY = 'spool';

type Config = Record<string, Codex.JsonValue>;

export function configOf({ mcpServers = {}, env = {}, gateway }: ThreadSetup): Config {
  const servers = Object.entries(mcpServers).map(([name, server]) => [name, serverConfig(server)] as const);
  return {
    ...(servers.length === 0 ? {} : { mcp_servers: Object.fromEntries(servers) }),
    ...(Object.keys(env).length === 0 ? {} : { shell_environment_policy: { set: { ...env } } }),
    ...(gateway === undefined ? {} : { model_providers: { [GATEWAY]: providerConfig(gateway) } }),
  };
}

/** The tries are many, because the gateway is away for a moment when the host is restarted under a running turn. */
function providerConfig({ url, token }: NonNullable<ThreadSetup['gateway']>): Config {
  return {
    name: 'Spool',
    base_url: url,
    wire_api: 'responses',
    http_headers: { authorization: `Bearer ${token}` },
    requires_openai_auth: false,
    request_max_retries: 8,
    stream_max_retries: 12,
  };
}

/** As Codex's configuration names it. A command wins over an address. */
export function serverConfig(server: ServerSetup): Config {
  const { command, args, env, cwd, url, headers, timeout, connectTimeout, enabled, ours } = server;
  const reached: Config =
    command === undefined
      ? { url: url ?? '', ...(headers === undefined ? {} : { http_headers: { ...headers } }) }
      : {
          command,
          ...(args === undefined ? {} : { args: [...args] }),
          ...(env === undefined ? {} : { env: { ...env } }),
          ...(cwd === undefined ? {} : { cwd }),
        };
  return {
    ...reached,
    ...(timeout === undefined ? {} : { tool_timeout_sec: timeout }),
    ...(connectTimeout === undefined ? {} : { startup_timeout_sec: connectTimeout }),
    ...(enabled === undefined ? {} : { enabled }),
    ...(ours === true ? { default_tools_approval_mode: 'approve' } : {}),
  };
}
