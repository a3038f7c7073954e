/** The agents of a host as files: `agents/<alias>/config.json`, and the agent `default`, which always exists. */

import { readdirSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { SpoolError } from '../base/errors.js';
import { AgentConfig } from '../contract/agent-config.js';
import type { AgentInfo } from '../contract/host.js';
import type { AgentDirectory } from '../ports/agents.js';
import type { Logger } from '../ports/logger.js';

export interface AgentPlaces {
  /** Holds `<alias>/config.json`. */
  readonly agents: string;
  /** Holds the CODEX_HOME of each agent that has its own. */
  readonly homes: string;
  /** The CODEX_HOME of the host's environment, used as it is. */
  readonly sharedHome: string;
}

const DEFAULT = 'default';

/** Fields that a file may hold and that nothing acts on yet. To pass one over could let an agent do what its owner has forbidden. */
const NOT_ACTED_ON = ['instructions', 'mcpServers', 'skills', 'env'] as const satisfies (keyof AgentConfig)[];

/**
 * `get` throws `unsupported` for an agent whose file asks for what this version does not do, `invalid-input` for a file that is wrong.
 * `list` leaves such agents out and warns of them, once for each thing that is wrong, so that one bad file does not take the others away.
 */
export function agentFiles(places: AgentPlaces, logger: Logger): AgentDirectory {
  const warned = new Map<string, string>();
  const get = (alias: string): AgentInfo | undefined => {
    const config = readConfig(places, alias);
    if (config !== undefined) return infoOf(places, config);
    return alias === DEFAULT ? { alias, runtime: 'codex-app-server', codexHome: places.sharedHome } : undefined;
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
  return { get, list: () => [...new Set([DEFAULT, ...aliases(places.agents)])].flatMap(usable) };
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
  const file = join(places.agents, alias, 'config.json');
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
  demandActedOn(parsed.data, file);
  return parsed.data;
}

function demandActedOn(config: AgentConfig, file: string): void {
  const set = NOT_ACTED_ON.filter((field) => config[field] !== undefined);
  if (set.length === 0) return;
  throw new SpoolError('unsupported', `the agent's file ${file} sets ${set.join(', ')}, which this version of Spool does not act on yet`, {
    hint: 'take it out of the file to use the agent without it; the file is read anew each time',
    details: { file, fields: set },
  });
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

function infoOf(places: AgentPlaces, config: AgentConfig): AgentInfo {
  const { alias, runtime, model, effort, cwd, permissions, approvals, limits, archive, codexHome, runtimeOptions } = config;
  const whenTaken = runtimeOptions?.whenTaken;
  return {
    alias,
    runtime,
    ...(model === undefined ? {} : { model }),
    ...(effort === undefined ? {} : { effort }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(permissions === undefined ? {} : { permissions }),
    ...(approvals === undefined ? {} : { approvals }),
    ...(limits === undefined ? {} : { limits }),
    ...(whenTaken === undefined ? {} : { whenTaken }),
    ...(archive === undefined ? {} : { archive: archiveOf(places, alias, archive) }),
    codexHome: codexHomeOf(places, alias, codexHome),
  };
}

function codexHomeOf(places: AgentPlaces, alias: string, wish: string): string {
  if (wish === 'shared') return places.sharedHome;
  if (wish === 'own') return join(places.homes, alias);
  if (isAbsolute(wish)) return wish;
  throw new SpoolError('invalid-input', `codexHome of agent ${alias} is neither "shared" nor "own" nor an absolute path: ${wish}`);
}

function archiveOf(places: AgentPlaces, alias: string, wish: true | string): string {
  if (wish === true) return join(places.agents, alias, 'archive');
  if (isAbsolute(wish)) return wish;
  throw new SpoolError('invalid-input', `archive of agent ${alias} is neither true nor an absolute path: ${wish}`, {
    hint: "write true for a folder beside the agent's file, or a path that begins at the root",
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
