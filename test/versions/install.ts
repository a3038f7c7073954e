/** The Codex versions of the version table: the newest is the one that the project installs, older ones go into the cache of node_modules, once. */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { findCodex } from '../../src/codex/binary.js';
import { codexBinary } from '../../src/testing/index.js';

const MODULES = join(dirname(createRequire(import.meta.url).resolve('@openai/codex/package.json')), '..', '..');
const CACHE = join(MODULES, '.cache', 'codex');

export const NEWEST: string = (
  JSON.parse(readFileSync(join(MODULES, '@openai', 'codex', 'package.json'), 'utf8')) as { readonly version: string }
).version;

export const OLDER_VERSIONS = ['0.138.0', '0.130.0'] as const;

/** The executable of a version of the table. */
export function codexOf(version: string): string {
  return version === NEWEST ? codexBinary() : findCodex({ explicit: launcherOf(version), path: undefined });
}

function launcherOf(version: string): string {
  return join(CACHE, version, 'node_modules', '.bin', 'codex');
}

export function setup(): void {
  for (const version of OLDER_VERSIONS) {
    if (existsSync(launcherOf(version))) continue;
    const args = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', join(CACHE, version), `@openai/codex@${version}`];
    const { status } = spawnSync('npm', args, { stdio: 'inherit' });
    if (status !== 0) throw new Error(`@openai/codex@${version} could not be installed`);
  }
}
