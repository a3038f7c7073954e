/** MCP servers as an agent is given them with each conversation. What the protocol has no words for is refused, or told where it is no loss. */

import type { AgentCapabilities, McpServer } from '@agentclientprotocol/sdk';
import { SpoolError } from '../base/errors.js';
import { SESSION_HEADER } from '../contract/mcp-server.js';
import type { ServerSetup } from '../ports/agent.js';
import { findOnPath } from './program.js';

export interface Servers {
  readonly servers: McpServer[];
  /** What was left out, as sentences for a person. */
  readonly warnings: readonly string[];
}

export interface ServerContext {
  readonly session: string;
  readonly abilities: AgentCapabilities;
  /** The PATH on which commands are looked for: agents want absolute paths. */
  readonly path: string | undefined;
}

/** Throws `unsupported`. */
export function serversOf(setup: Readonly<Record<string, ServerSetup>>, context: ServerContext): Servers {
  const wanted = Object.entries(setup).filter(([, { enabled }]) => enabled !== false);
  const servers = wanted.map(([name, server]) => serverOf(name, server, context));
  const timed = wanted.filter(([, { timeout, connectTimeout }]) => timeout !== undefined || connectTimeout !== undefined);
  const names = timed.map(([name]) => name).join(', ');
  const warning = `an ACP agent cannot be told how long a server may take: the time limits of ${names} do not count`;
  return { servers, warnings: timed.length === 0 ? [] : [warning] };
}

function serverOf(
  name: string,
  { command, args = [], env = {}, cwd, url, headers = {}, ours }: ServerSetup,
  context: ServerContext,
): McpServer {
  if (command !== undefined) {
    if (cwd !== undefined) {
      throw new SpoolError('unsupported', `an ACP agent cannot be told to start the MCP server ${name} in another folder`, {
        hint: 'leave its cwd out and write absolute paths into its command',
      });
    }
    return { name, command: findOnPath(command, context.path) ?? command, args: [...args], env: pairs(env) };
  }
  if (context.abilities.mcpCapabilities?.http !== true) {
    throw new SpoolError('unsupported', `this agent reaches no MCP server at an address, and ${name} is at ${url ?? 'one'}`, {
      hint: `take ${name} away from the agent, or give it as a command`,
    });
  }
  const mine: Record<string, string> = ours === true ? { [SESSION_HEADER]: context.session } : {};
  return { type: 'http', name, url: url ?? '', headers: pairs({ ...headers, ...mine }) };
}

function pairs(values: Readonly<Record<string, string>>): { name: string; value: string }[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}
