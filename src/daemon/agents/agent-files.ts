/** The agents of a host as files: `agents/<alias>/config.json`, and the agent `default`, which always exists. */

import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SpoolError } from '../../base/errors.js';
import { lazily } from '../../base/lazily.js';
import { writePrivateFile } from '../../base/private-files.js';
import { AgentConfig, CreateAgent, type UpdateAgent } from '../../contract/agent-config.js';
import type { AgentInfo } from '../../contract/host.js';
import type { AgentDirectory } from '../../ports/agents.js';
import type { Logger } from '../../ports/logger.js';
import { type AgentPlaces, agentInfo } from './agent-info.js';
import { type Contribution, ownSettings, prepared } from './preparation.js';

export type { AgentPlaces } from './agent-info.js';

const DEFAULT = 'default';

export interface AgentFilesParts {
  readonly places: AgentPlaces;
  readonly logger: Logger;
  /** What conversations are given beside what the agent's file says. */
  readonly contributions?: readonly Contribution[];
}

/**
 * `get` throws `invalid-input` for a file that is wrong. `list` leaves such agents out and warns of them, once for each thing that is
 * wrong, so that one bad file does not take the others away.
 */
export function agentFiles({ places, logger, contributions = [] }: AgentFilesParts): AgentDirectory {
  const warned = new Map<string, string>();
  // With the first agent that is made or used: a start has no need of it.
  const around = lazily(async () => (await import('./surroundings.js')).surroundings({ places, logger }));
  const get = (alias: string): AgentInfo | undefined => {
    const config = configOf(places, alias);
    return config === undefined ? undefined : agentInfo(places, config);
  };
  const usable = (alias: string): AgentInfo[] => {
    try {
      const agent = get(alias);
      warned.delete(alias);
      return agent === undefined ? [] : [agent];
    } catch (error) {
      const { message } = SpoolError.from(error);
      if (warned.get(alias) !== message) logger.warn({ agent: alias }, `the agent ${alias} cannot be used and is not listed: ${message}`);
      warned.set(alias, message);
      return [];
    }
  };
  const write = async (config: AgentConfig): Promise<AgentInfo> => {
    const { check, make } = await around.get();
    // Before it is written: a file that cannot be used would take the agent away.
    const agent = { config, info: agentInfo(places, config) };
    check(agent);
    writePrivateFile(fileOf(places, config.alias), `${JSON.stringify(config, null, 2)}\n`);
    // Homes are there from the first moment on, so that one can be logged in, or mounted, before it is used.
    make(agent);
    return agent.info;
  };
  return {
    get,
    list: () => [...new Set([DEFAULT, ...aliases(places.agents)])].flatMap(usable),
    async create(command) {
      const config = checked(CreateAgent, command);
      if (readConfig(places, config.alias) === undefined) return await write(config);
      throw new SpoolError('conflict', `there is an agent ${config.alias} already`, {
        hint: `"spool agent set ${config.alias}" changes it, "spool agent rm ${config.alias}" removes it`,
      });
    },
    async update(alias, change) {
      return await write(changed(demand(places, alias), change));
    },
    async remove(alias) {
      const config = demand(places, alias);
      if (readConfig(places, alias) === undefined) {
        throw new SpoolError('conflict', `the agent ${alias} always exists`, { hint: 'make another one: spool agent create NAME' });
      }
      rmSync(fileOf(places, alias), { force: true });
      return agentInfo(places, config);
    },
    async prepare(info) {
      return await prepared({ config: demand(places, info.alias), info }, [ownSettings, (await around.get()).make, ...contributions]);
    },
  };
}

function demand(places: AgentPlaces, alias: string): AgentConfig {
  const config = configOf(places, alias);
  if (config !== undefined) return config;
  throw new SpoolError('not-found', `there is no agent ${alias}`, { hint: '"spool agent ls" lists those that there are' });
}

/** With the one that always exists. */
function configOf(places: AgentPlaces, alias: string): AgentConfig | undefined {
  const config = readConfig(places, alias);
  if (config !== undefined || alias !== DEFAULT) return config;
  return { alias, runtime: 'codex-app-server', codexHome: 'shared' };
}

function changed(config: AgentConfig, change: UpdateAgent): AgentConfig {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  const merged = Object.fromEntries(
    Object.entries({ ...config, ...Object.fromEntries(given) }).filter(([, value]) => value !== null && value !== undefined),
  );
  return checked(AgentConfig, { runtime: config.runtime, ...merged });
}

/** What a program gives that has the host in itself has come through no door. */
function checked(schema: typeof AgentConfig | typeof CreateAgent, given: unknown): AgentConfig {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SpoolError('invalid-input', `the agent cannot be used: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
}

function fileOf(places: AgentPlaces, alias: string): string {
  return join(places.agents, alias, 'config.json');
}

function aliases(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .toSorted();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function readConfig(places: AgentPlaces, alias: string): AgentConfig | undefined {
  // An alias comes from outside; only one of the right form may become part of a path.
  if (!AgentConfig.shape.alias.safeParse(alias).success) return undefined;
  const file = fileOf(places, alias);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new SpoolError('invalid-input', `the agent's file ${file} cannot be read`, { cause: error });
  }
  const parsed = AgentConfig.safeParse(parseJson(text, file));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new SpoolError('invalid-input', `the agent's file ${file} is not valid: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`, {
      hint: 'mend the file; it is read anew each time',
    });
  }
  if (parsed.data.alias !== alias)
    throw new SpoolError('invalid-input', `the agent's file ${file} names another alias: ${parsed.data.alias}`);
  return parsed.data;
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SpoolError('invalid-input', `the agent's file ${file} is not JSON: ${error instanceof Error ? error.message : ''}`, {
      cause: error,
    });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
