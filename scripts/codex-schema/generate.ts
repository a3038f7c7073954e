/** From an installed codex to the texts of src/codex/generated/. Writes only into a temporary folder, which it removes. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { methodTables } from './method-tables.js';
import { declarationsOf, readExport } from './read-export.js';
import { renderFiles } from './render.js';

/** `codex` is a path to the executable. The result: text by file name in src/codex/generated/. */
export function generateFiles(codex: string): ReadonlyMap<string, string> {
  const version = /(\d+\.\d+\.\d+\S*)/.exec(execFileSync(codex, ['--version'], { encoding: 'utf8' }))?.[1];
  if (version === undefined) throw new Error(`${codex} --version does not print a version`);
  const folder = mkdtempSync(join(tmpdir(), 'codex-schema-'));
  try {
    execFileSync(codex, ['app-server', 'generate-ts', '--experimental', '--out', folder], { stdio: ['ignore', 'ignore', 'inherit'] });
    const declarations = declarationsOf(readExport(folder));
    return renderFiles(version, declarations, methodTables(declarations));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The launcher of the `@openai/codex` that this project has installed. */
export function installedCodex(root: string): string {
  return join(root, 'node_modules', '@openai', 'codex', 'bin', 'codex.js');
}
