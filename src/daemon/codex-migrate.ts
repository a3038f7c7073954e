/** A migration as the commands ask for it: which home is meant, which Codex reads the result, what is remembered of it. */

import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SpoolError } from '../base/errors.js';
import { type HomePaths, homePaths } from '../base/home-paths.js';
import { requireCodex } from '../codex/binary.js';
import type { Format } from '../codex/migrate/format-names.js';
import { migrate } from '../codex/migrate/migrate.js';
import type { MigrationReport } from '../codex/migrate/report.js';
import { type FoundSource, foundSources } from '../codex/migrate/well-known.js';
import { silentLogger } from '../ports/logger.js';
import { agentFiles } from './agents/agent-files.js';
import { codexOf } from './codex-binary.js';
import { type Environment, sharedCodexHome } from './environment.js';
import { changeSwitchFile, type RememberedMigration } from './switch-file.js';

export type { MigrationReport } from '../codex/migrate/report.js';
export type { FoundSource } from '../codex/migrate/well-known.js';

export interface MigrateWish {
  /** Files, as they were typed. */
  readonly from: readonly string[];
  readonly format?: Format | undefined;
  readonly project?: string | undefined;
  /** The agent whose home is meant, instead of the shared one. */
  readonly agent?: string | undefined;
  /** A CODEX_HOME, instead of the environment's. */
  readonly home?: string | undefined;
  readonly plugins: boolean;
  /** A profile; null for none, undefined for the usual one. */
  readonly permissions?: string | null | undefined;
  readonly spoolTools: boolean;
  readonly dryRun: boolean;
}

/** A Codex that was looked for. */
export type LookedFor = { readonly path: string; readonly version: string } | { readonly missing: string; readonly error: SpoolError };

/** What the agent may do where nothing else is said: change what lies in its folder, ask for the rest. */
const USUAL_PERMISSIONS = ':workspace';

/** Never rejects. */
export async function lookForCodex(env: Environment): Promise<LookedFor> {
  try {
    const path = codexOf(env);
    return { path, version: await requireCodex(path) };
  } catch (thrown) {
    const error = SpoolError.from(thrown);
    return { missing: error.hint === undefined ? error.message : `${error.message} (${error.hint})`, error };
  }
}

/** Rejects as codex/migrate does, and with `not-found` for an agent that there is none of. `codex`: one that was looked for already. */
export async function migrateCodex(env: Environment, wish: MigrateWish, codex?: LookedFor): Promise<MigrationReport> {
  const { format, plugins, permissions = USUAL_PERMISSIONS, spoolTools, dryRun } = wish;
  const paths = homePaths(env, homedir(), process.platform);
  const from = wish.from.map((file) => resolve(file));
  const project = wish.project === undefined ? undefined : resolve(wish.project);
  const report = await migrate({
    home: homeMeant(env, paths, wish),
    ...{ from, format, project, env, plugins, dryRun },
    homedir: homedir(),
    codex: codex ?? (await lookForCodex(env)),
    permissions: permissions ?? undefined,
    ownServer: spoolTools ? { node: process.execPath, main: programFile(), home: spoolHome(env) } : undefined,
  });
  if (!dryRun && wish.home === undefined && report.migrated.length > 0) {
    changeSwitchFile(paths.settings, { migration: remembered(wish, from, project) });
  }
  return report;
}

/** The files of other programs that lie where these programs look for them, as seen from the folder that the user stands in. */
export async function migrationSources(env: Environment): Promise<FoundSource[]> {
  return await foundSources({ homedir: homedir(), cwd: process.cwd(), env, platform: process.platform });
}

export function homeMeant(env: Environment, paths: HomePaths, { agent, home }: Pick<MigrateWish, 'agent' | 'home'>): string {
  if (home !== undefined && agent !== undefined) {
    throw new SpoolError('invalid-input', '--home and --agent name two places', { hint: 'give one of them' });
  }
  if (home !== undefined) return resolve(home);
  const sharedHome = sharedCodexHome(env);
  if (agent === undefined) return sharedHome;
  const found = agentFiles({ places: { agents: paths.agents, homes: paths.homes, sharedHome }, logger: silentLogger }).get(agent);
  if (found !== undefined) return found.codexHome;
  throw new SpoolError('not-found', `there is no agent ${agent}`, { hint: '"spool agent ls" lists those that there are' });
}

function programFile(): string {
  return fileURLToPath(new URL('../cli/main.js', import.meta.url));
}

function spoolHome(env: Environment): string | undefined {
  const home = env['SPOOL_HOME'];
  return home === undefined || home === '' ? undefined : resolve(home);
}

function remembered(wish: MigrateWish, from: readonly string[], project: string | undefined): RememberedMigration {
  const { format, agent, plugins, permissions, spoolTools } = wish;
  return { from: [...from], format, project, agent, plugins, permissions, spoolTools };
}
