/** Switches Codex on and off as a runtime of this home, and tells how it stands. */

import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { SpoolError } from '../base/errors.js';
import { homePaths } from '../base/home-paths.js';
import { type BlockContents, blockContents } from '../codex/migrate/compose-block.js';
import type { MigrationReport } from '../codex/migrate/report.js';
import type { Runtime } from '../contract/words.js';
import { type LookedFor, lookForCodex, type MigrateWish, migrateCodex } from './codex-migrate.js';
import { type Environment, sharedCodexHome } from './environment.js';
import { planSwitch, type SwitchState, wishOf } from './runtime-switch.js';
import { changeSwitchFile, readSwitchFile, SWITCHED } from './switch-file.js';

export interface RuntimeReport {
  readonly runtime: Runtime;
  readonly state: SwitchState;
  /** Whether this command changed it. */
  readonly changed: boolean;
  readonly says: string;
  /** Null where Codex was not looked at. */
  readonly codex: { readonly path: string; readonly version: string } | { readonly error: string } | null;
  /** The CODEX_HOME that agents share. */
  readonly home: string;
  /** What Spool's block in its config.toml holds; null without one. */
  readonly block: BlockContents | null;
  /** What came of the migration, or why it failed; null where there was none. */
  readonly migration: MigrationReport | { readonly error: string; readonly hint?: string } | null;
}

/**
 * `word` as a person types it. Rejects with `invalid-input`, with `runtime-missing` or `runtime-too-old` when it is to be switched on
 * and cannot be, and with what kept it from being saved; then nothing has changed. A migration that fails keeps nothing back.
 */
export async function switchRuntime(env: Environment, word: string | undefined, asked: MigrateWish | undefined): Promise<RuntimeReport> {
  const { settings } = homePaths(env, homedir(), process.platform);
  const wish = wishOf(word);
  if (asked !== undefined && wish !== 'on') {
    throw new SpoolError('invalid-input', '--from goes with "on": nothing is migrated otherwise', {
      hint: 'spool codex migrate --from FILE migrates alone',
    });
  }
  const { codexRuntime: now, migration } = readSwitchFile(settings);
  const source = asked ?? (migration === undefined ? undefined : { ...migration, dryRun: false });
  const plan = planSwitch(now, wish, source !== undefined);
  const codex = plan.look === 'no' ? undefined : await lookForCodex(env);
  if (plan.look === 'must' && codex !== undefined && 'missing' in codex) throw codex.error;
  if (plan.save !== undefined) changeSwitchFile(settings, { codexRuntime: plan.save });
  const migrated = plan.migrate && source !== undefined ? await tried(migrateCodex(env, source, codex)) : null;
  const home = sharedCodexHome(env);
  return {
    runtime: SWITCHED,
    state: plan.save ?? now,
    changed: plan.save !== undefined,
    says: plan.says,
    codex: codex === undefined ? null : shown(codex),
    home,
    block: blockIn(home) ?? null,
    migration: migrated,
  };
}

async function tried(migration: Promise<MigrationReport>): Promise<RuntimeReport['migration']> {
  try {
    return await migration;
  } catch (thrown) {
    const { message, hint } = SpoolError.from(thrown);
    return { error: message, ...(hint === undefined ? {} : { hint }) };
  }
}

function shown(codex: LookedFor): RuntimeReport['codex'] {
  return 'missing' in codex ? { error: codex.missing } : codex;
}

function blockIn(home: string): BlockContents | undefined {
  try {
    return blockContents(readFileSync(join(home, 'config.toml'), 'utf8'));
  } catch {
    // No file, or one that is not TOML, which `spool doctor` tells.
    return undefined;
  }
}
