/**
 * Servers of tools that an agent's file and its home's config.toml both name. Codex puts the two together, key by key, and then refuses every
 * conversation when one is a command and the other an address. That is said here, in words that name both files' keys.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SpoolError } from '../../base/errors.js';
import type { McpServer } from '../../contract/mcp-server.js';
import type { Contribution } from './preparation.js';

/** Gives nothing; rejects with `invalid-input`. */
export const serversBesideFile: Contribution = async ({ config: { alias, mcpServers = {} }, info: { codexHome } }) => {
  const names = Object.keys(mcpServers);
  if (names.length === 0) return {};
  const file = join(codexHome, 'config.toml');
  const own = await serversOf(file);
  for (const name of names) {
    const [mine, theirs] = [kindOf(mcpServers[name]), kindOf(own[name])];
    if (mine === undefined || theirs === undefined || mine === theirs) continue;
    throw new SpoolError(
      'invalid-input',
      `the MCP server ${name} of agent ${alias} has a ${mine}, and the one of that name in ${file} a ${theirs}`,
      {
        hint: `give one of them another name: spool agent set ${alias} --mcp OTHER=…`,
      },
    );
  }
  return {};
};

function kindOf(server: Partial<McpServer> | undefined): 'command' | 'url' | undefined {
  if (server?.command !== undefined) return 'command';
  return server?.url === undefined ? undefined : 'url';
}

async function serversOf(file: string): Promise<Readonly<Record<string, Partial<McpServer>>>> {
  const { readToml } = await import('../../codex/config-file/toml-read.js');
  try {
    const servers: unknown = readToml(readFileSync(file, 'utf8'))['mcp_servers'];
    return typeof servers === 'object' && servers !== null ? (servers as Record<string, Partial<McpServer>>) : {};
  } catch {
    // Missing, or not to be read: what is wrong with it is for Codex to say.
    return {};
  }
}
