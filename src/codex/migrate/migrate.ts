/** Brings the MCP servers of other programs into a config.toml of Codex: read, map, have Codex look at it, write all or nothing. */

import { existsSync, statSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, SpoolError } from '../../base/errors.js';
import { redact } from '../../base/redact.js';
import type { Environment } from '../app-server/child-env.js';
import { editConfig } from '../config-file/edit-config.js';
import type { ConfigChange, ManagedConfig } from '../config-file/managed-config.js';
import { installedPlugins, refusalOf } from './ask-codex.js';
import { type Collected, type CollectedServer, collect } from './collect.js';
import { type BlockContents, blockContents, composeBlock, hasSandboxMode, type Plugin, type Wanted } from './compose-block.js';
import type { Format } from './format-names.js';
import type { SourceFile } from './formats.js';
import { OWN_SERVER, type OwnServer, ownServerValues, passingPath } from './own-server.js';
import type { MigratedServer, MigrationReport, Skipped, Warning } from './report.js';
import { parseSource } from './source-text.js';

export interface MigrateOptions {
  /** The CODEX_HOME. */
  readonly home: string;
  /** Files of other programs; of two servers of one name that of the first file counts. */
  readonly from: readonly string[];
  readonly format?: Format | undefined;
  readonly project?: string | undefined;
  /** The user's home. */
  readonly homedir: string;
  readonly env: Environment;
  /** The Codex that is to read the file; without one it is not asked, and the report says why there is none. */
  readonly codex: { readonly path: string } | { readonly missing: string };
  /** Whether to write down which plugins are installed. */
  readonly plugins: boolean;
  /** The profile that counts where nothing else is said; undefined for none. */
  readonly permissions: string | undefined;
  /** Undefined leaves the tools of the host out. */
  readonly ownServer: OwnServer | undefined;
  readonly dryRun: boolean;
}

/**
 * Rejects with `invalid-input` for a source that cannot be read or a config.toml that is not TOML, `runtime-failed` when Codex would
 * not take the result; then nothing is written. What is wrong with single servers is in the report.
 */
export async function migrate(options: MigrateOptions): Promise<MigrationReport> {
  const collected = collect(await Promise.all(options.from.map(readSource)), options);
  const notes = new Notes(collected);
  const file = join(options.home, 'config.toml');
  if (collected.errors.length > 0 && collected.servers.length === 0) return reportOf(options, collected, notes, await unchanged(file));
  const own = ownOf(options, notes);
  const taken = { ...collected, servers: notes.without(own, collected.servers) };
  const wanted: Wanted = {
    servers: [...taken.servers, ...(own === undefined ? [] : [own])],
    plugins: await pluginsOf(options, notes),
    permissions: options.permissions,
  };
  const accepted = await accept(file, wanted, options, notes);
  if (options.dryRun) return reportOf(options, taken, notes, accepted.change);
  await mkdir(options.home, { recursive: true, mode: 0o700 });
  const change = await editConfig(file, blockOf(accepted.wanted));
  if (taken.servers.some(({ secrets }) => secrets.length > 0) && othersCanRead(file)) {
    notes.warn(`${file} holds secrets now, and others can read it: chmod go= ${file}`);
  }
  return reportOf(options, taken, notes, change);
}

function othersCanRead(file: string): boolean {
  return process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0;
}

/** What is told besides what the sources themselves gave rise to. */
class Notes {
  readonly skipped: Skipped[];
  readonly warnings: Warning[];

  constructor({ skipped, warnings }: Collected) {
    this.skipped = [...skipped];
    this.warnings = [...warnings];
  }

  warn(message: string): void {
    this.warnings.push({ name: null, message });
  }

  skip(name: string, reason: string): void {
    this.skipped.push({ name, reason });
  }

  /** The servers less one that has the name of ours. */
  without(own: Wanted['servers'][number] | undefined, servers: readonly CollectedServer[]): readonly CollectedServer[] {
    const others = servers.filter(({ name }) => name !== own?.name);
    if (own !== undefined && others.length < servers.length)
      this.skip(own.name, "the host's own tools have this name; --no-spool-tools leaves them out");
    return others;
  }
}

async function readSource(file: string): Promise<SourceFile> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new SpoolError('invalid-input', `${file} cannot be read: ${messageOf(error)}`, {
      hint: 'name a file with MCP servers',
      cause: error,
    });
  }
  return { file, root: parseSource(text, file) };
}

function ownOf({ ownServer, home }: MigrateOptions, notes: Notes): Wanted['servers'][number] | undefined {
  if (ownServer === undefined) return undefined;
  const passing = passingPath(ownServer, home);
  if (passing === undefined) return { name: OWN_SERVER, values: ownServerValues(ownServer) };
  notes.skip(OWN_SERVER, `${passing} is a temporary folder, and ${home} would name it for good`);
  return undefined;
}

/** Undefined where it is not known; what the block says of them then stays. */
async function pluginsOf({ plugins, codex, home, env, dryRun }: MigrateOptions, notes: Notes): Promise<readonly Plugin[] | undefined> {
  if (!plugins) return [];
  if ('missing' in codex || !existsSync(home)) return undefined;
  if (dryRun) {
    // Codex writes files of its own into a home that it is started in.
    notes.warn('which plugins are installed is asked only when the file is written');
    return undefined;
  }
  try {
    return await installedPlugins(codex.path, home, env);
  } catch (error) {
    notes.warn(`Codex did not say which plugins are installed: ${messageOf(error)}`);
    return undefined;
  }
}

interface Accepted {
  readonly wanted: Wanted;
  readonly change: ConfigChange;
}

/** Has Codex read the file as it would be. A profile whose name differs by version is given the name that this one knows. */
async function accept(file: string, wanted: Wanted, { codex, env }: MigrateOptions, notes: Notes): Promise<Accepted> {
  const change = await editConfig(file, blockOf(wanted), { dryRun: true });
  if ('missing' in codex) {
    notes.warn(`Codex has not read the result: ${codex.missing}`);
    return { wanted, change };
  }
  const refusal = await refusalOf(change.after, codex.path, env);
  if (refusal === undefined) return { wanted, change };
  const other = OTHER_NAMES[wanted.permissions ?? ''];
  if (other !== undefined) {
    const renamed = { ...wanted, permissions: other };
    const again = await editConfig(file, blockOf(renamed), { dryRun: true });
    if ((await refusalOf(again.after, codex.path, env)) === undefined) return { wanted: renamed, change: again };
  }
  if ((await refusalOf(change.before, codex.path, env)) === undefined) throw refused(file, refusal);
  // It may also be that the file names others beside it, which do not lie in the folder where it was tried.
  notes.warn(`Codex does not take ${file} as it was before either: ${refusal}`);
  return { wanted, change };
}

/** What turns the sandbox off is called the second in Codex 0.130. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  ':danger-full-access': ':danger-no-sandbox',
  ':danger-no-sandbox': ':danger-full-access',
};

function refused(file: string, refusal: string): SpoolError {
  return new SpoolError('runtime-failed', `Codex would not take ${file} with this in it: ${refusal}`, {
    hint: /default_permissions/.test(refusal)
      ? 'name another profile with --permissions, or leave it out with --no-permissions; nothing was written'
      : 'nothing was written',
  });
}

function blockOf(wanted: Wanted): (text: string) => ManagedConfig {
  return (text) => composeBlock(text, wanted);
}

async function unchanged(file: string): Promise<ConfigChange> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return { file, before: text, after: text, changed: false, ownWins: [], movedOut: [], diff: '' };
}

const NOTHING: BlockContents = { servers: [], plugins: [], permissions: null };

function reportOf(options: MigrateOptions, collected: Collected, notes: Notes, change: ConfigChange): MigrationReport {
  const before = blockContents(change.before) ?? NOTHING;
  const after = blockContents(change.after) ?? NOTHING;
  const held = new Set(after.servers);
  const servers = collected.servers.filter(({ name }) => held.has(name));
  for (const { name } of collected.servers) if (!held.has(name)) notes.skip(name, `${change.file} has a server of this name of its own`);
  if (options.permissions !== undefined && hasSandboxMode(change.after)) {
    notes.warn(`default_permissions is left out, because it would win over the sandbox_mode of ${change.file}`);
  }
  return {
    file: change.file,
    changed: change.changed,
    dryRun: options.dryRun,
    sources: collected.sources,
    migrated: servers.map(({ name }) => name),
    servers: servers.map(inReport),
    skipped: notes.skipped,
    errors: collected.errors,
    skippedKeys: collected.skippedKeys,
    ownWins: change.ownWins,
    removed: before.servers.filter((name) => !held.has(name)),
    warnings: notes.warnings,
    plugins: after.plugins,
    permissions: after.permissions,
    spoolTools: options.ownServer !== undefined && held.has(OWN_SERVER),
    diff: masked(change.diff, collected),
  };
}

function inReport({ name, kind, enabled, from, renamedFrom }: CollectedServer): MigratedServer {
  return { name, kind, enabled, from, ...(renamedFrom === undefined ? {} : { renamedFrom }) };
}

function masked(diff: string, { servers }: Collected): string {
  const secrets = servers.flatMap((server) => server.secrets);
  return redact(
    secrets.reduce((text, secret) => text.replaceAll(secret, '***').replaceAll(JSON.stringify(secret).slice(1, -1), '***'), diff),
  );
}
