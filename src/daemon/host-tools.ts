/**
 * The tools of the program in agents' conversations: an MCP server of the host, on the listener for agents, in each conversation of an
 * agent that sees a tool. Nothing of it is written into a home, and an agent that sees none costs nothing.
 */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentAccess } from '../doors/agent-listener.js';
import { MCP_PATH, type McpForAgents, mcpForAgents } from '../doors/mcp/mcp.js';
import type { Host } from '../host/face.js';
import type { ServerSetup } from '../ports/agent.js';
import type { Logger } from '../ports/logger.js';
import type { Contribution } from './agents/preparation.js';

/** Codex cuts names of tools, which hold this one, at 64 characters. */
const LONGEST_NAME = 32;
/** So that a call that takes too long is ended by the host, which says so. */
const MORE_SECONDS = 10;
/**
 * Nobody reads it. Codex remembers what tools a server had, by how it is configured, and begins a turn with those: with another list it has
 * to be another server.
 */
const LIST_HEADER = 'spool-tools';

export interface HostToolServerParts {
  readonly access: AgentAccess;
  /** Asked for only once it runs. */
  readonly host: () => Host;
  /** Called as soon as a conversation will ask for tools. */
  readonly warm: () => void;
}

/** What the conversations of an agent are given of the tools that are offered. */
export function hostToolServer({ access, host, warm }: HostToolServerParts): Contribution {
  return async ({ info }) => {
    const { alias, codexHome } = info;
    const tools = host().listTools({}, { name: alias, role: 'agent' });
    // One that its home has for the user's own Codex speaks as the owner: here it would show the tools twice, and those of others.
    const other = await inConfig(codexHome);
    const others: Record<string, ServerSetup> = other === undefined ? {} : { [other]: { enabled: false } };
    if (tools.length === 0) return { mcpServers: others };
    warm();
    const { url, token } = await access.admit(alias);
    const timeout = Math.ceil(Math.max(...tools.map(({ timeoutMs }) => timeoutMs)) / 1000) + MORE_SECONDS;
    const headers = { authorization: `Bearer ${token}`, [LIST_HEADER]: digest(JSON.stringify(tools)) };
    const server: ServerSetup = { url: `${url}${MCP_PATH}`, headers, timeout, ours: true };
    return { mcpServers: { ...others, [serverName(alias)]: server } };
  };
}

/** To be called before an agent can ask. */
export function mountHostTools(access: AgentAccess, host: Host, logger: Logger): Pick<McpForAgents, 'warm'> & AsyncDisposable {
  const { handle, warm, [Symbol.asyncDispose]: dispose } = mcpForAgents(host, logger);
  access.mount(MCP_PATH, handle);
  return { warm, [Symbol.asyncDispose]: dispose };
}

/** What the server is called in the conversations of an agent, in letters that stay the same in the names of tools. */
export function serverName(alias: string): string {
  const name = `spool_${alias.replaceAll('-', '_')}`;
  if (name.length <= LONGEST_NAME) return name;
  return `${name.slice(0, LONGEST_NAME - 9)}_${digest(alias)}`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** The name of the owner's own server of tools in a home's configuration. A look into the text first: reading TOML takes a while. */
async function inConfig(codexHome: string): Promise<string | undefined> {
  const text = await readFile(join(codexHome, 'config.toml'), 'utf8').catch(() => undefined);
  if (text?.includes('mcp_servers') !== true) return undefined;
  const { hasOwnServer, OWN_SERVER } = await import('../codex/migrate/own-server.js');
  return hasOwnServer(text) ? OWN_SERVER : undefined;
}
