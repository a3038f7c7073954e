/** What a file looks like: its size, its name, its first lines, what it exports, and whether it names the place where it was written. */

import { importsOf } from './imports.js';
import { scan } from './scan.js';
import { type Finding, isGenerated, isTest, lineAt, lineCount, type Source } from './source.js';

/** Reasons for what is over a soft limit: files by path, functions as `path#name`. */
export interface Ceilings {
  readonly files: Readonly<Record<string, string>>;
  readonly functions: Readonly<Record<string, string>>;
}

const FILE_SOFT = 400;
const FILE_HARD = 600;
const FUNCTION_SOFT = 60;
const LONG_SHARE = 0.1;

export function filesOverTheCeiling(sources: readonly Source[], ceilings: Ceilings): Finding[] {
  const long = sources
    .map(({ path, text }) => ({ path, lines: lineCount(text) }))
    .filter(({ path, lines }) => lines > FILE_SOFT && !isGenerated(path));
  const over = long
    .filter(({ path, lines }) => lines > FILE_HARD || !saysWhy(ceilings.files[path]))
    .map(({ path, lines }) => ({ path, line: 0, what: `has ${lines} lines: ${limitText(lines)}` }));
  return [...over, ...stale(Object.keys(ceilings.files), new Set(long.map(({ path }) => path)))];
}

function limitText(lines: number): string {
  return lines > FILE_HARD
    ? `${FILE_HARD} is the hard limit`
    : `over ${FILE_SOFT} it needs a reason in test/ceilings.json (it usually holds two ideas)`;
}

export function tooMuchInLongFiles(sources: readonly Source[]): Finding[] {
  const sizes = sources
    .filter(({ path }) => path.startsWith('src/') && !isTest(path) && !isGenerated(path))
    .map(({ text }) => lineCount(text));
  const all = sizes.reduce((sum, lines) => sum + lines, 0);
  const inLong = sizes.filter((lines) => lines > FILE_SOFT).reduce((sum, lines) => sum + lines, 0);
  if (inLong <= all * LONG_SHARE) return [];
  return [
    { path: 'src', line: 0, what: `has ${Math.round((100 * inLong) / all)} % of its lines in files over ${FILE_SOFT}; 10 % is the limit` },
  ];
}

/** Functions over 60 lines without a reason. The linter holds the hard limit of 100. */
export function functionsOverTheCeiling(sources: readonly Source[], ceilings: Ceilings): Finding[] {
  const long = sources.filter(({ path }) => !isTest(path) && !isGenerated(path)).flatMap(longFunctions);
  const over = long
    .filter(({ key }) => !saysWhy(ceilings.functions[key]))
    .map(({ key, name, path, line, lines }) => ({
      path,
      line,
      what: `${name} has ${lines} lines: over ${FUNCTION_SOFT} it needs a reason in test/ceilings.json as "${key}"`,
    }));
  return [...over, ...stale(Object.keys(ceilings.functions), new Set(long.map(({ key }) => key)))];
}

function saysWhy(reason: string | undefined): boolean {
  return reason !== undefined && reason.length >= 20;
}

function stale(named: readonly string[], real: ReadonlySet<string>): Finding[] {
  return named
    .filter((name) => !real.has(name))
    .map((name) => ({ path: 'test/ceilings.json', line: 0, what: `names ${name}, which is not over the limit (any more)` }));
}

interface LongFunction {
  readonly key: string;
  readonly name: string;
  readonly path: string;
  readonly line: number;
  readonly lines: number;
}

function longFunctions({ path, text }: Source): LongFunction[] {
  const { code } = scan(text);
  const found: LongFunction[] = [];
  const open: number[] = [];
  for (let at = 0; at < code.length; at++) {
    if (code[at] === '{') open.push(at);
    if (code[at] !== '}') continue;
    const start = open.pop() ?? at;
    const lines = lineCount(code.slice(start, at + 1));
    const name = lines > FUNCTION_SOFT ? functionName(statementBefore(code, start, at)) : undefined;
    if (name !== undefined) found.push({ key: `${path}#${name}`, name, path, line: lineAt(text, start), lines });
  }
  return found;
}

/** What stands before an opening brace. The formatter indents a statement's first line like the line of its closing brace. */
function statementBefore(code: string, brace: number, closing: number): string {
  const indent = /(?:^|\n)( *)[^\n]*$/.exec(code.slice(0, closing + 1))?.[1] ?? '';
  const lines = code.slice(0, brace).split('\n');
  const first = lines.findLastIndex((line) => line.startsWith(indent) && /^[^\s})\]]/.test(line.slice(indent.length)));
  return lines.slice(Math.max(0, first)).join('\n').trim();
}

const MODIFIERS =
  /^(?:(?:export|abstract|async|static|private|protected|readonly|override|get|set|const|let|return|await|function\*?)\s+)+/;
const OTHER_BLOCK = /^(?:if|else|for|while|switch|do|try|class|interface|type|enum|namespace)\b/;

/** The name of the function whose body follows `statement`; undefined when something else follows. */
function functionName(statement: string): string | undefined {
  const bare = statement.replace(MODIFIERS, '');
  const isFunction = statement.endsWith('=>') || (/^\*?[#\w$[\].]*\s*(?:<[^()]*>)?\s*\(/.test(bare) && !/[(,=:[?&|]$/.test(bare));
  if (!isFunction || OTHER_BLOCK.test(bare)) return undefined;
  return /^\*?([#\w$[\].]+)/.exec(bare)?.[1] ?? 'anonymous';
}

export function starExports(sources: readonly Source[]): Finding[] {
  return sources.flatMap((source) =>
    importsOf(source)
      .filter(({ kind }) => kind === 'all')
      .map(({ line, specifier }) => ({ path: source.path, line, what: `export * from '${specifier}': name what you export` })),
  );
}

export function sideEffectImports(sources: readonly Source[]): Finding[] {
  return sources.flatMap((source) =>
    importsOf(source)
      .filter(({ kind }) => kind === 'effect')
      .map(({ line, specifier }) => ({
        path: source.path,
        line,
        what: `import '${specifier}' works by being loaded: call something instead`,
      })),
  );
}

export function defaultExports(sources: readonly Source[]): Finding[] {
  return sources.flatMap(({ path, text }) =>
    [...scan(text).code.matchAll(/\bexport\s+default\b|\bas\s+default\b/g)].map((match) => ({
      path,
      line: lineAt(text, match.index),
      what: 'a default export has no name to search for',
    })),
  );
}

/** The first thing in a file of src says what the file is for. */
export function filesWithoutFirstWords(sources: readonly Source[]): Finding[] {
  return sources
    .filter(({ path }) => path.startsWith('src/') && !isTest(path) && !isGenerated(path))
    .filter(({ text }) => !/^(?:#!.*\n)?\/\*\*\s*(?:\*\s*)?[^\s*/]/.test(text))
    .map(({ path }) => ({ path, line: 1, what: 'does not begin with a doc comment that says what it is for' }));
}

/** Public faces: the only files that may be called index.ts. */
export const FACES = ['src/index.ts', 'src/client/index.ts', 'src/contract/index.ts', 'src/testing/index.ts'] as const;

export function namesThatSayNothing(sources: readonly Source[]): Finding[] {
  return sources.flatMap(({ path }) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (isGenerated(path)) return [];
    if (!/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test)?\.ts$/.test(name)) return [{ path, line: 0, what: 'is not named in kebab-case' }];
    if (/^(?:utils?|helpers?|common|misc|manager|service|types)\.ts$/.test(name))
      return [{ path, line: 0, what: 'has a name that fits anything: name the one idea it holds' }];
    if (name === 'index.ts' && !FACES.some((face) => face === path))
      return [{ path, line: 0, what: 'is an index.ts and not one of the public faces' }];
    return [];
  });
}

/** No file names a private folder or registry of whoever wrote it: it would hold nowhere else. */
export function namesOfAWorkplace(files: readonly Source[]): Finding[] {
  const patterns: readonly (readonly [RegExp, RegExp, string])[] = [
    [/./, /(?<![\w.-])\/(?:work|farm)\//g, 'names a folder of one machine'],
    [/(?:^|\/)package-lock\.json$/, /"resolved":\s*"https?:/g, 'names the registry it was made with'],
    [/(?:^|\/)\.npmrc$/, /^\s*(?:\S+:)?(?:registry|proxy|https-proxy|_auth\S*)\s*=/gm, 'names a registry, a proxy or a credential'],
  ];
  return files.flatMap(({ path, text }) =>
    patterns.flatMap(([where, pattern, what]) =>
      where.test(path) ? [...text.matchAll(pattern)].map((match) => ({ path, line: lineAt(text, match.index), what })) : [],
    ),
  );
}
