/** What is generated from Codex is what the installed Codex says: a new version of it shows here, as a difference to look at. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { generateFiles, installedCodex } from '../scripts/codex-schema/generate.js';

const root = resolve(import.meta.dirname, '..');
const folder = join(root, 'src', 'codex', 'generated');

test('the generated types are those of the installed Codex', () => {
  const generated = generateFiles(installedCodex(root));
  expect(readdirSync(folder).sort(), 'files of src/codex/generated: run `npm run generate`').toEqual([...generated.keys()].sort());
  for (const [name, text] of generated) {
    const committed = readFileSync(join(folder, name), 'utf8');
    const line = firstDifference(committed, text);
    expect(line, `${name} differs from what Codex says now: run \`npm run generate\``).toBeUndefined();
  }
});

/** The first line that differs, in both forms; a diff of the whole file would fill many screens. */
function firstDifference(committed: string, generated: string): { line: number; committed: string; generated: string } | undefined {
  const [a, b] = [committed.split('\n'), generated.split('\n')];
  const at = Array.from({ length: Math.max(a.length, b.length) }).findIndex((_, index) => a[index] !== b[index]);
  return at === -1 ? undefined : { line: at + 1, committed: a[at] ?? '', generated: b[at] ?? '' };
}
