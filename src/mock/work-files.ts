/** Files that a script writes: within the folder of the session and nowhere else, also not behind a link. */

import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { SpoolError } from '../base/errors.js';
import type { FileChange } from '../contract/item.js';
import type { ChangeStep } from './steps.js';

/** The path without links. Throws `forbidden` for what lies elsewhere. */
export function placeIn(cwd: string, path: string): string {
  const wanted = resolve(cwd, path);
  let there = wanted;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  const real = join(realpathSync(there), relative(there, wanted));
  const inside = relative(realpathSync(cwd), real);
  if (inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside)) return real;
  throw new SpoolError('forbidden', `a mock writes only in the folder of its session, and ${path} is not in ${cwd}`);
}

/** What the change is, before it is made. */
export function changeOf(cwd: string, { path, content }: ChangeStep): FileChange {
  const place = placeIn(cwd, path);
  const there = existsSync(place);
  if (content === null) return { path: place, kind: 'delete' };
  const before = there ? readFileSync(place, 'utf8') : '';
  return { path: place, kind: there ? 'update' : 'add', diff: diffOf(before, content) };
}

export function makeChange({ path }: FileChange, content: string | null): void {
  if (content === null) {
    rmSync(path, { force: true });
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** All of the old lines and all of the new ones: right, if not short. */
function diffOf(before: string, after: string): string {
  const [old, now] = [linesOf(before), linesOf(after)];
  const head = `@@ -${old.length === 0 ? 0 : 1},${old.length} +${now.length === 0 ? 0 : 1},${now.length} @@`;
  return [head, ...old.map((line) => `-${line}`), ...now.map((line) => `+${line}`), ''].join('\n');
}

function linesOf(text: string): string[] {
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}
