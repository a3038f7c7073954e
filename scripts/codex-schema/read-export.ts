/**
 * Reads what `codex app-server generate-ts` wrote: about a thousand files with one type each, some names twice (once in the
 * root, once in v2/). The result is one declaration a name, with references by the new names.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

export interface Declaration {
  /** Unique in the whole export. */
  readonly name: string;
  /** The doc comment, or nothing. */
  readonly doc: string;
  /** What stands right of `=`, with references by unique names. */
  readonly type: string;
  /** The unique names that `type` refers to. */
  readonly uses: readonly string[];
}

/** All type files below `folder`, by path relative to it with `/`. */
export function readExport(folder: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const key = path.replaceAll('\\', '/');
    if (key.endsWith('.ts') && posix.basename(key) !== 'index.ts') files.set(key, readFileSync(join(folder, path), 'utf8'));
  }
  return files;
}

/** The declarations of an export, by unique name. Throws when a file does not look as expected. */
export function declarationsOf(files: ReadonlyMap<string, string>): Map<string, Declaration> {
  const names = uniqueNames(files);
  const found = new Map<string, Declaration>();
  for (const [path, text] of files) {
    const declaration = declarationIn(path, text, names);
    found.set(declaration.name, declaration);
  }
  return found;
}

/** A name that lies in two folders belongs to v2, the protocol in use; the other one is set apart by `Core`. */
function uniqueNames(files: ReadonlyMap<string, string>): Map<string, string> {
  const names = new Map<string, string>();
  for (const path of files.keys()) {
    const name = posix.basename(path, '.ts');
    const alsoInV2 = !path.startsWith('v2/') && files.has(`v2/${name}.ts`);
    names.set(path, alsoInV2 ? `Core${name}` : name);
  }
  const seen = new Set(names.values());
  if (seen.size !== names.size) throw new Error('two types of the export have one name, and not by lying in the root and in v2/');
  return names;
}

function declarationIn(path: string, text: string, names: ReadonlyMap<string, string>): Declaration {
  const match = /^((?:\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?)export type (\w+) = ([\s\S]*);\s*$/m.exec(text);
  const [, doc, , body] = match ?? [];
  const name = names.get(path);
  if (doc === undefined || body === undefined || name === undefined) throw new Error(`${path} does not hold one exported type`);
  const renamed = new Map<string, string>();
  for (const [, imported, from] of text.matchAll(/^import type \{ (\w+) \} from "([^"]+)";$/gm)) {
    const target = names.get(`${posix.join(posix.dirname(path), from ?? '')}.ts`);
    if (imported === undefined || target === undefined) throw new Error(`${path} imports ${from}, which is not in the export`);
    renamed.set(imported, target);
  }
  renamed.set(posix.basename(path, '.ts'), name);
  const type = outsideOfComments(body, (code) => replaceNames(code, renamed)).trim();
  return { name, doc: doc.trim(), type, uses: [...new Set(renamed.values())].filter((used) => used !== name) };
}

/** Values come from JSON.parse, so what the export calls bigint is a number here. */
function replaceNames(code: string, renamed: ReadonlyMap<string, string>): string {
  return code.replace(/"(?:[^"\\]|\\.)*"|\b[A-Za-z_]\w*\b(?!\??:)/g, (word) =>
    word === 'bigint' ? 'number' : (renamed.get(word) ?? word),
  );
}

function outsideOfComments(text: string, change: (code: string) => string): string {
  return text
    .split(/(\/\*[\s\S]*?\*\/)/)
    .map((piece) => (piece.startsWith('/*') ? piece : change(piece)))
    .join('');
}
