/** What clients see of an agent: its configuration with every place resolved and every value masked that may be a secret. */

import { isAbsolute, join } from 'node:path';
import { SpoolError } from '../../base/errors.js';
import type { AgentConfig } from '../../contract/agent-config.js';
import type { AgentInfo } from '../../contract/host.js';
import type { McpServer } from '../../contract/mcp-server.js';
import { hasInstructionFiles } from './instruction-files.js';

export interface AgentPlaces {
  /** Holds `<alias>/config.json`. */
  readonly agents: string;
  /** Holds the CODEX_HOME of each agent that has its own. */
  readonly homes: string;
  /** The CODEX_HOME of the host's environment, used as it is. */
  readonly sharedHome: string;
}

const MASK = '***';

/** Throws `invalid-input` for a place that is no absolute path, and for options that the agent's home cannot have. */
export function agentInfo(places: AgentPlaces, config: AgentConfig): AgentInfo {
  const { alias, codexHome, archive, memory, env, mcpServers, runtimeOptions, ...shown } = config;
  const { whenTaken, emptyAuthFile } = runtimeOptions ?? {};
  if (emptyAuthFile === true && codexHome !== 'own') {
    throw new SpoolError('invalid-input', `emptyAuthFile of agent ${alias} is for a CODEX_HOME of its own`, {
      hint: 'set codexHome to "own", or leave emptyAuthFile out: nothing is written into the home of a user',
    });
  }
  return {
    ...shown,
    alias,
    online: true,
    codexHome: codexHomeOf(places, alias, codexHome),
    ...(whenTaken === undefined ? {} : { whenTaken }),
    ...(emptyAuthFile === undefined ? {} : { emptyAuthFile }),
    ...(archive === undefined ? {} : { archive: placeOf(places, alias, 'archive', archive) }),
    ...(memory === undefined ? {} : { memory: placeOf(places, alias, 'memory', memory) }),
    ...(env === undefined ? {} : { env: masked(env) }),
    ...(mcpServers === undefined ? {} : { mcpServers: mapValues(mcpServers, maskedServer) }),
    ...(isTold(places, config) ? { instructionsFile: instructionsFile(places, config) } : {}),
  };
}

/** Where the composed instructions lie: in a home of the agent's own Codex reads them there, otherwise they are handed over. */
export function instructionsFile(places: AgentPlaces, { alias, codexHome }: Pick<AgentConfig, 'alias' | 'codexHome'>): string {
  return codexHome === 'own' ? join(places.homes, alias, 'AGENTS.md') : join(places.agents, alias, 'AGENTS.md');
}

/**
 * Whether the agent has instructions. In a home of its own it always has, those that every agent gets; elsewhere only when there is
 * something that is its own, so that the user's Codex stays what it is.
 */
export function isTold(
  places: AgentPlaces,
  { alias, codexHome, instructions, memory, skills = [], mcpServers = {} }: AgentConfig,
): boolean {
  if (codexHome === 'own' || instructions !== undefined || memory !== undefined || skills.length > 0) return true;
  const servers = Object.values(mcpServers).filter(({ enabled }) => enabled !== false);
  return servers.some((server) => (server.instructions ?? '').trim() !== '') || hasInstructionFiles(join(places.agents, alias));
}

function codexHomeOf(places: AgentPlaces, alias: string, wish: string): string {
  if (wish === 'shared') return places.sharedHome;
  if (wish === 'own') return join(places.homes, alias);
  if (isAbsolute(wish)) return wish;
  throw new SpoolError('invalid-input', `codexHome of agent ${alias} is neither "shared" nor "own" nor an absolute path: ${wish}`);
}

/** A folder beside the agent's file, or the one that is named. */
function placeOf(places: AgentPlaces, alias: string, what: string, wish: true | string): string {
  if (wish === true) return join(places.agents, alias, what);
  if (isAbsolute(wish)) return wish;
  throw new SpoolError('invalid-input', `${what} of agent ${alias} is neither true nor an absolute path: ${wish}`, {
    hint: "write true for a folder beside the agent's file, or a path that begins at the root",
  });
}

function maskedServer(server: McpServer): McpServer {
  const { env, headers, ...rest } = server;
  return {
    ...rest,
    ...(env === undefined ? {} : { env: masked(env) }),
    ...(headers === undefined ? {} : { headers: masked(headers) }),
  };
}

function masked(values: Readonly<Record<string, string>>): Record<string, string> {
  return mapValues(values, () => MASK);
}

function mapValues<A, B>(from: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(from).map(([name, value]) => [name, map(value)]));
}
