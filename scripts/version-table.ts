/**
 * Holds the tables of docs/codex-versions.md against what the version stories have just shown, which `npm run test:versions` does behind
 * them; with `--write` it writes the tables.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pageWith, seenIn, tablesOf } from './version-rows.js';

const root = resolve('.');
const path = join(root, 'docs', 'codex-versions.md');
const report: unknown = JSON.parse(readFileSync(join(root, '.build', 'versions.json'), 'utf8'));

const page = readFileSync(path, 'utf8');
const shown = pageWith(page, tablesOf(seenIn(report)));
if (process.argv.includes('--write')) writeFileSync(path, shown);
else if (shown !== page) {
  console.error('docs/codex-versions.md does not say what the run has shown: `npm run test:versions -- --write` writes it');
  process.exitCode = 1;
}
