/** Words that may stand in some rooms only, or nowhere: casts that switch the checks off, the process, a runtime's own method names. */

import { importsOf } from './imports.js';
import { scan } from './scan.js';
import { type Finding, isTest, lineAt, type Source } from './source.js';

/** Every match of `pattern` in the code (not in comments or strings) of `sources`. */
function wordsIn(sources: readonly Source[], pattern: RegExp, what: (word: string) => string): Finding[] {
  return sources.flatMap(({ path, text }) =>
    [...scan(text).code.matchAll(pattern)].map((match) => ({ path, line: lineAt(text, match.index), what: what(match[0].trim()) })),
  );
}

function importsIn(sources: readonly Source[], specifier: RegExp, what: (specifier: string) => string): Finding[] {
  return sources.flatMap((source) =>
    importsOf(source)
      .filter((found) => specifier.test(found.specifier))
      .map((found) => ({ path: source.path, line: found.line, what: what(found.specifier) })),
  );
}

/** Sources of src, without tests, that stand in none of `rooms`. */
function outside(sources: readonly Source[], rooms: RegExp): Source[] {
  return sources.filter(({ path }) => path.startsWith('src/') && !isTest(path) && !rooms.test(path));
}

export function childProcessOutsideItsRooms(sources: readonly Source[]): Finding[] {
  const elsewhere = outside(sources, /^src\/(?:base\/process\.ts$|daemon\/|testing\/|cli\/)/);
  return importsIn(elsewhere, /^(?:node:)?child_process$/, (name) => `${name} belongs to base/process.ts, daemon, testing and cli`);
}

export function storesOutsideTheirRooms(sources: readonly Source[]): Finding[] {
  return [
    ...importsIn(
      outside(sources, /^src\/log\/sqlite\//),
      /^(?:libsql(?:\/.*)?|node:sqlite|better-sqlite3|@libsql\/.*)$/,
      (name) => `${name} belongs to log/sqlite`,
    ),
    ...importsIn(
      outside(sources, /^src\/(?:log\/jetstream|network)\//),
      /^(?:nats|@nats-io\/.*)$/,
      (name) => `${name} belongs to log/jetstream and network`,
    ),
  ];
}

export function processOutsideDaemonAndCli(sources: readonly Source[]): Finding[] {
  const elsewhere = outside(sources, /^src\/(?:daemon|cli)\//);
  return [
    ...wordsIn(
      elsewhere,
      /\bprocess\s*\??\.\s*(?:env|exit|exitCode|on|once)\b/g,
      (word) => `${word} belongs to daemon and cli: take what you need as a value`,
    ),
    ...wordsIn(
      elsewhere,
      /\{[^{}]*\b(?:env|exit|on|once)\b[^{}]*\}\s*=\s*process\b/g,
      () => 'takes the process apart outside daemon and cli',
    ),
    ...importsIn(elsewhere, /^(?:node:)?process$/, (name) => `${name} belongs to daemon and cli`),
  ];
}

export function nodeWordsInTheClient(sources: readonly Source[]): Finding[] {
  const webSafe = sources.filter(({ path }) => /^src\/(?:client|contract)\//.test(path) && !isTest(path));
  return wordsIn(
    webSafe,
    /(?<![.\w$])(?:Buffer\s*\.|process\s*\.|__dirname\b|__filename\b|require\s*\(|setImmediate\s*\()/g,
    (word) => `a browser has no ${word}`,
  );
}

/** The domain is a function of what it is given: no clock, no chance, no waiting, nothing of Node. */
export function impureDomain(sources: readonly Source[]): Finding[] {
  const domain = sources.filter(({ path }) => path.startsWith('src/domain/') && !isTest(path));
  const impure =
    /\basync\b|\bawait\b|\bDate\s*\.\s*now\b|\bnew\s+Date\s*\(|\bMath\s*\.\s*random\b|\bset(?:Timeout|Interval|Immediate)\b|\bprocess\s*\.|\bfetch\s*\(/g;
  return [
    ...wordsIn(domain, impure, (word) => `the domain is pure: no ${word}`),
    ...importsIn(domain, /^node:/, (name) => `the domain is pure: no ${name}`),
  ];
}

/** A runtime's words stop at its translator. */
export function runtimeMethodsAboveTheTranslator(sources: readonly Source[]): Finding[] {
  const rooms = sources.filter(({ path }) => /^src\/(?:doors|host|network|domain|contract|client)\//.test(path) && !isTest(path));
  return rooms.flatMap(({ path, text }) =>
    scan(text)
      .strings.filter((string) => /^(?:thread|turn|item|account|mcpServer)\/[a-z]/.test(string.text))
      .map((string) => ({ path, line: lineAt(text, string.offset), what: `names a method of Codex ('${string.text}')` })),
  );
}

/** The one place where the generated method table is joined to the untyped wire. */
const AUDITED_CAST = 'src/codex/wire/client.ts';

export function checksSwitchedOff(sources: readonly Source[]): Finding[] {
  const casts = wordsIn(sources, /\bas\s+(?:never|any)\b/g, (word) => `'${word}' switches the types off`);
  const audited = casts.find(({ path }) => path === AUDITED_CAST);
  return [
    ...casts.filter((finding) => finding !== audited),
    ...wordsIn(
      sources,
      /(?:[:<|&,]|=>|[^=!<>]=|\b(?:extends|keyof|readonly|is))\s*any\b(?!\s*[:(.]|\s*\w)/g,
      () => "'any' switches the types off",
    ),
    ...wordsIn(sources, /(?<=[\w$)\]])!(?!=)/g, () => "a '!' after a value hides that it may be missing"),
  ];
}

export function checksSilenced(sources: readonly Source[]): Finding[] {
  const untouchable =
    /noExplicitAny|noNonNullAssertion|noEmptyBlockStatements|noBarrelFile|noReExportAll|noDefaultExport|noImportCycles|noExcessiveLinesPerFunction/;
  return sources.flatMap(({ path, text }) =>
    scan(text).comments.flatMap((comment) => {
      const what = silenced(comment.text, untouchable);
      return what === undefined ? [] : [{ path, line: lineAt(text, comment.offset), what }];
    }),
  );
}

function silenced(comment: string, untouchable: RegExp): string | undefined {
  const directive = /^\W*(@ts-[a-z-]+|biome-ignore[a-z-]*|eslint-disable[a-z-]*|v8 ignore|istanbul ignore)\s*([\s\S]*)/.exec(comment);
  if (directive === null) return undefined;
  const [, name = '', rest = ''] = directive;
  if (name === '@ts-ignore' || name === '@ts-nocheck') return `${name} is never right: mend the type`;
  if (untouchable.test(rest)) return `${name} silences a rule of the house`;
  const reason = name.startsWith('biome') ? rest.replace(/^[^:]*:?/, '') : rest;
  return reason.replace(/\W/g, '').length < 10 ? `${name} without a reason` : undefined;
}

export function emptyCatches(sources: readonly Source[]): Finding[] {
  return [
    ...wordsIn(sources, /\bcatch\s*(?:\([^)]*\)\s*)?\{\s*\}/g, () => 'an empty catch: a failure vanishes without a word'),
    ...wordsIn(
      sources,
      /\.\s*catch\s*\(\s*(?:async\s*)?\([^)]*\)\s*(?::\s*void\s*)?=>\s*\{\s*\}/g,
      () => 'an empty .catch(): a failure vanishes without a word',
    ),
  ].filter(({ path, line }) => !saysWhy(sources, path, line));
}

/** A comment inside the braces that says why nothing is to be done makes a catch not empty. */
function saysWhy(sources: readonly Source[], path: string, line: number): boolean {
  const text = sources.find((source) => source.path === path)?.text ?? '';
  return scan(text).comments.some((comment) => {
    const at = lineAt(text, comment.offset);
    return (at === line || at === line + 1) && comment.text.length > 15 && /\{\s*$/.test(scan(text).code.slice(0, comment.offset));
  });
}

/** A test waits for facts, not for time; it replaces no module; and it runs, once. */
export function testsThatSleepOrHide(sources: readonly Source[]): Finding[] {
  const tests = sources.filter(({ path }) => isTest(path));
  return [
    ...wordsIn(tests, /\bset(?:Timeout|Interval)\s*\(|\bsleep\s*\(/g, (word) => `${word}) waits for time: wait for a fact`),
    ...importsIn(tests, /^(?:node:)?timers\/promises$/, (name) => `${name} waits for time: wait for a fact`),
    ...wordsIn(tests, /\bvi\s*\.\s*(?:mock|doMock|hoisted)\b/g, (word) => `${word} replaces a module: hand in a fake instead`),
    ...wordsIn(tests, /\.\s*(?:skip|skipIf|runIf|only|todo|fails)\b(?=\s*[(.`])/g, (word) => `${word}: every test runs, every time`),
    ...wordsIn(tests, /\bretry\s*:/g, () => 'retry: a test that passes the second time is broken'),
  ];
}
