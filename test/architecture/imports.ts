/** What a file imports, read from its text: static, type-only, re-exported and lazy imports, over as many lines as they take. */

import { posix } from 'node:path';
import { scan } from './scan.js';
import { lineAt, type Source } from './source.js';

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** `effect` is `import './x'`, `lazy` is `import('./x')`, `all` is `export * from './x'`. */
  readonly kind: 'import' | 'export' | 'all' | 'effect' | 'lazy';
  /** True when nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

// The code has blanks where strings were, so a specifier is its quotes and blanks; its text is cut from the source by offset.
const STATIC = /\b(import|export)\b\s*(type\b(?!\s*(?:from\b|,)))?\s*([\w$*{][^;'"()=]*?)\s*\bfrom\s*(['"])/g;
const EFFECT = /\bimport\s*(['"])/g;
const LAZY = /\bimport\s*\(\s*(['"])/g;

export function importsOf(source: Source): Import[] {
  const { code } = scan(source.text);
  const found: Import[] = [];
  const add = (match: RegExpExecArray, kind: Import['kind'], typeOnly: boolean): void => {
    const start = match.index + match[0].length;
    const end = code.indexOf(match[0].slice(-1), start);
    found.push({ specifier: source.text.slice(start, end), line: lineAt(source.text, match.index), kind, typeOnly });
  };
  for (const match of code.matchAll(STATIC)) {
    const kind = match[1] === 'import' ? 'import' : match[3]?.startsWith('*') ? 'all' : 'export';
    add(match, kind, match[2] !== undefined);
  }
  for (const match of code.matchAll(EFFECT)) add(match, 'effect', false);
  for (const match of code.matchAll(LAZY)) add(match, 'lazy', isTypeQuery(code, match.index));
  return found.sort((a, b) => a.line - b.line);
}

/** `import('./x').Name` in a type: after a colon, a bracket or `typeof`, never awaited. */
function isTypeQuery(code: string, offset: number): boolean {
  return /(?:[:<|&]|\btypeof|\bas|\bextends)\s*$/.test(code.slice(0, offset));
}

/** The file in the project that a relative import means; undefined for a package. */
export function targetOf(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');
}
