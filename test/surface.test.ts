/**
 * The public names. Whoever adds or takes one away says so in test/surface.json, where a reader of the change sees it. Read from the
 * text of the faces, so that no build is needed; that each name exists is the type check's business.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scan } from './architecture/scan.js';
import { FACES } from './architecture/shape.js';

const root = join(import.meta.dirname, '..');
const pinFile = join(root, 'test/surface.json');
const HOW_TO =
  'The public names have changed. If that is meant: UPDATE_SURFACE=1 npx vitest run test/surface.test.ts, and say it in CHANGELOG.md.';

/** Names that exist at run time, as importers see them, sorted. */
function exportedNames(text: string): string[] {
  const { code } = scan(text);
  const names: string[] = [];
  for (const [, list = ''] of code.matchAll(/\bexport\s*\{([^}]*)\}/g)) {
    for (const entry of list.split(',').map((part) => part.trim())) {
      if (entry !== '' && !/^type\s+(?!as\b)/.test(entry)) names.push(entry.replace(/^.*\bas\s+/s, ''));
    }
  }
  for (const [, name = ''] of code.matchAll(/\bexport\s+(?:async\s+)?(?:const|let|function\*?|class)\s+([\w$]+)/g)) names.push(name);
  return names.sort();
}

function namesOf(face: string): string[] {
  const path = join(root, face);
  return existsSync(path) ? exportedNames(readFileSync(path, 'utf8')) : [];
}

test('exported names are read in every form, and types are not among them', () => {
  const text = [
    "export { b, type C, d as a } from './x.js';",
    "export type { E } from './x.js';",
    'export const f = 1;',
    'export async function g() {}',
    'export class H {}',
    'export interface I {}',
    '// export const j = 1;',
  ];
  expect(exportedNames(text.join('\n'))).toEqual(['H', 'a', 'b', 'f', 'g']);
});

test('the public names are exactly those in test/surface.json', () => {
  const actual = Object.fromEntries(FACES.map((face) => [face, namesOf(face)]));
  if (process.env['UPDATE_SURFACE'] === '1') writeFileSync(pinFile, `${JSON.stringify(actual, null, 2)}\n`);
  expect(actual, HOW_TO).toEqual(JSON.parse(readFileSync(pinFile, 'utf8')));
});

test('the package exports the faces and nothing else', () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: Record<string, unknown> };
  const faces = FACES.map((face) => face.replace(/^src\//, './dist/').replace(/\.ts$/, '.js'));
  const exported = Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [] : [(target as { default: string }).default],
  );
  expect(exported.sort()).toEqual(faces.sort());
});
