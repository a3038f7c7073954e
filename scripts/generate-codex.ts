/** Writes src/codex/generated/ anew from the installed `@openai/codex`. Run it by `npm run generate`, in the root of the project. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { generateFiles, installedCodex } from './codex-schema/generate.js';

const root = resolve('.');
const target = join(root, 'src', 'codex', 'generated');
mkdirSync(target, { recursive: true });
for (const [name, text] of generateFiles(installedCodex(root))) {
  writeFileSync(join(target, name), text);
  console.log(`wrote ${join('src', 'codex', 'generated', name)} (${text.split('\n').length} lines)`);
}
