/** Installs the older Codex versions of the version table into the cache folder of node_modules, once. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const OLDER_VERSIONS = ['0.138.0', '0.130.0'] as const;

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/codex', import.meta.url));

/** The launcher of an installed older version. */
export function olderCodex(version: string): string {
  return join(CACHE, version, 'node_modules', '.bin', 'codex');
}

export function setup(): void {
  for (const version of OLDER_VERSIONS) {
    if (existsSync(olderCodex(version))) continue;
    const args = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', join(CACHE, version), `@openai/codex@${version}`];
    const { status } = spawnSync('npm', args, { stdio: 'inherit' });
    if (status !== 0) throw new Error(`@openai/codex@${version} could not be installed`);
  }
}
