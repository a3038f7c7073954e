/** What clients see of an agent: its configuration with every place resolved and every value masked that may be a secret. */

import { isAbsolute, join } from 'node:path';
import { SpoolError } from '../../base/errors.js';
import type { AgentConfig } from '../../contract/agent-config.js';
import type { AgentInfo } from '../../contract/host.js';
import type { McpServer } from '../../contract/mcp-server.js';
import { OPTIONS_OF, type RuntimeOptions } from '../../contract/runtime-options.js';
import { isCodex, type Runtime } from '../../contract/words.js';
import { hasInstructionFiles } from './instruction-files.js';

export interface AgentPlaces {
  /** Holds `<alias>/config.json`. */
  readonly agents: string;
  /** Holds the CODEX_HOME of each agent that has its own. */
  readonly homes: string;
  /** The CODEX_HOME of the host's environment, used as it is. */
  readonly sharedHome: string;
  /** Where the user's own state of a runtime lies that is not Codex. */
  readonly otherHome?: (runtime: Runtime) => string;
}

const MASK = '***';

/** Throws `invalid-input` for a place that is no absolute path, and for options that the agent's home cannot have. */
export function agentInfo(places: AgentPlaces, config: AgentConfig): AgentInfo {
  const { alias, codexHome, archive, memory, env, mcpServers, runtimeOptions, ...shown } = config;
  const { whenTaken, emptyAuthFile, ...options } = runtimeOptions ?? {};
  demandOptions(config);
  if (emptyAuthFile === true && codexHome !== 'own') {
    throw new SpoolError('invalid-input', `emptyAuthFile of agent ${alias} is for a CODEX_HOME of its own`, {
      hint: 'set codexHome to "own", or leave emptyAuthFile out: nothing is written into the home of a user',
    });
  }
  return {
    ...shown,
    alias,
    online: true,
    codexHome: homeOf(places, config),
    ...(whenTaken === undefined ? {} : { whenTaken }),
    ...(emptyAuthFile === undefined ? {} : { emptyAuthFile }),
    ...(Object.keys(options).length === 0 ? {} : { runtimeOptions: options }),
    ...(archive === undefined ? {} : { archive: placeOf(places, alias, 'archive', archive) }),
    ...(memory === undefined ? {} : { memory: placeOf(places, alias, 'memory', memory) }),
    ...(env === undefined ? {} : { env: masked(env) }),
    ...(mcpServers === undefined ? {} : { mcpServers: mapValues(mcpServers, maskedServer) }),
    ...(isTold(places, config) ? { instructionsFile: instructionsFile(places, config) } : {}),
  };
}

/** Where the composed instructions lie: in a home of the agent's own Codex reads them there, otherwise they are handed over. */
export function instructionsFile(places: AgentPlaces, config: Pick<AgentConfig, 'alias' | 'runtime' | 'codexHome'>): string {
  const { alias } = config;
  return hasOwnCodexHome(config) ? join(places.homes, alias, 'AGENTS.md') : join(places.agents, alias, 'AGENTS.md');
}

/** Whether its instructions and skills lie as files where Codex finds them by itself. */
export function hasOwnCodexHome({ runtime, codexHome }: Pick<AgentConfig, 'runtime' | 'codexHome'>): boolean {
  return isCodex(runtime) && codexHome === 'own';
}

/**
 * Whether the agent has instructions. In a home of its own it always has, those that every agent gets; elsewhere only when there is
 * something that is its own, so that the user's Codex stays what it is.
 */
export function isTold(
  places: AgentPlaces,
  { alias, runtime, codexHome, instructions, memory, skills = [], mcpServers = {} }: AgentConfig,
): boolean {
  if (hasOwnCodexHome({ runtime, codexHome }) || instructions !== undefined || memory !== undefined || skills.length > 0) return true;
  const servers = Object.values(mcpServers).filter(({ enabled }) => enabled !== false);
  return servers.some((server) => (server.instructions ?? '').trim() !== '') || hasInstructionFiles(join(places.agents, alias));
}

/** What a runtime does not know it would ignore. */
function demandOptions({ alias, runtime, runtimeOptions = {} }: AgentConfig): void {
  const known = OPTIONS_OF[runtime];
  const given = Object.keys(runtimeOptions) as (keyof RuntimeOptions)[];
  const unknown = given.find((name) => runtimeOptions[name] !== undefined && !known.includes(name));
  if (unknown !== undefined) {
    throw new SpoolError('invalid-input', `the runtime ${runtime} of agent ${alias} has no option runtimeOptions.${unknown}`, {
      hint: `it takes: ${known.join(', ')}`,
    });
  }
  if (runtime === 'acp' && runtimeOptions.command === undefined) {
    throw new SpoolError('invalid-input', `the runtime acp of agent ${alias} needs to be told which program speaks the protocol`, {
      hint: 'set runtimeOptions.command, like ["opencode", "acp"]',
    });
  }
}

function homeOf(places: AgentPlaces, { alias, runtime, codexHome: wish }: AgentConfig): string {
  if (wish === 'shared') return isCodex(runtime) ? places.sharedHome : (places.otherHome?.(runtime) ?? places.sharedHome);
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
