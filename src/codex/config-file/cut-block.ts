/**
 * Takes the block out of a text: what is left is the user's, byte for byte as he wrote it.
 *
 * With both marks in place, what stands between them is Spool's, apart from names that Spool did not write: those are handed back. When a
 * mark is missing or there is one too many, only what is recorded as written and still has the values it was written with counts as
 * Spool's; all else is taken for the user's. So nothing of his can be lost, at the price that an entry may become his.
 */

import { SpoolError } from '../../base/errors.js';
import { END_LINE, fingerprint, RECORD_LINE, START_LINE, type Written, writtenIn } from './block-text.js';
import type { TomlValue } from './managed-config.js';
import { type CommentLine, headOf, parseText, type Statement, type TomlText, valuesOf } from './toml-read.js';
import { dottedName } from './toml-write.js';

/** A key at the top, or a table with its keys. */
export interface Entry {
  readonly path: readonly string[];
  readonly kind: Statement['kind'];
  /** Of a key at the top: that one alone. */
  readonly values: TomlValue;
  readonly start: number;
  readonly end: number;
  readonly statements: readonly Statement[];
}

export interface Hanging {
  readonly path: readonly string[];
  readonly text: string;
}

export interface Cut {
  /** The text without the block. */
  readonly outside: TomlText;
  /** What of Spool's the text holds. */
  readonly ours: readonly Entry[];
  /** Tables that others have hung below one of Spool's. */
  readonly hanging: readonly Hanging[];
  /** Names that stood in the block and are the user's. */
  readonly movedOut: readonly string[];
}

/** Throws `invalid-input` for what is not TOML. */
export function cutBlock(text: string, name: string): Cut {
  const whole = wholeOf(text, name);
  if (whole instanceof SpoolError) return cutApart(text, name, whole);
  const starts = whole.comments.filter((line) => START_LINE.test(line.text));
  const ends = whole.comments.filter((line) => END_LINE.test(line.text));
  const [start, end] = [starts[0], ends[0]];
  if (start !== undefined && end !== undefined && starts.length === 1 && ends.length === 1 && start.end <= end.start) {
    return cutMarked(text, part(whole, start.end, end.start), { from: start.start, to: end.end }, name);
  }
  return cutRecorded(whole, name);
}

function wholeOf(text: string, name: string): TomlText | SpoolError {
  try {
    return parseText(text, name);
  } catch (error) {
    return SpoolError.from(error);
  }
}

/**
 * The user has given a name that the block holds to something of his own: together they are no TOML, each for itself is. The marks are
 * looked for as lines here, so both sides have to be sound, and the inner one has to hold what it says.
 */
function cutApart(text: string, name: string, broken: SpoolError): Cut {
  const [start, second] = [...text.matchAll(/^# >>> spool >>>[^\n]*\n/gm)];
  const [end, another] = [...text.matchAll(/^# <<< spool <<<[ \t\r]*(?:\n|$(?![\s\S]))/gm)];
  const sound = start !== undefined && end !== undefined && second === undefined && another === undefined;
  if (!sound || start.index + start[0].length > end.index) throw broken;
  const inner = wholeOf(text.slice(start.index + start[0].length, end.index), name);
  if (inner instanceof SpoolError || recordIn(inner.comments).size === 0) throw broken;
  const range = { from: Math.max(start.index, headOf(text)), to: end.index + end[0].length };
  if (wholeOf(text.slice(0, range.from) + text.slice(range.to), name) instanceof SpoolError) throw broken;
  return cutMarked(text, inner, range, name);
}

/** The statements between two places, as a text of their own. Keys that come before the first header stand at its top. */
function part({ text, statements, comments }: TomlText, from: number, to: number): TomlText {
  const within = ({ start, end }: { start: number; end: number }): boolean => start >= from && end <= to;
  const inner = statements.filter(within);
  const firstHeader = inner.findIndex(({ kind }) => kind !== 'pair');
  return {
    text: text.slice(from, to),
    statements: inner.map((one, index) => {
      const leads = firstHeader === -1 || index < firstHeader;
      return { ...one, table: leads ? [] : one.table, start: one.start - from, end: one.end - from };
    }),
    comments: comments.filter(within).map((line) => ({ ...line, start: line.start - from, end: line.end - from })),
  };
}

function cutMarked(text: string, inner: TomlText, range: { from: number; to: number }, name: string): Cut {
  const written = recordIn(inner.comments);
  const isOurs = ({ kind, path }: Entry): boolean =>
    kind !== 'array-header' && written.has(dottedName(kind === 'pair' ? path.slice(0, 1) : path));
  const isHanging = ({ kind, path }: Entry): boolean =>
    kind !== 'pair' && path.some((_, index) => index > 0 && written.has(dottedName(path.slice(0, index))));
  const ours: Entry[] = [];
  const hanging: Entry[] = [];
  const foreign: Entry[] = [];
  for (const entry of entriesOf(inner.statements)) (isOurs(entry) ? ours : isHanging(entry) ? hanging : foreign).push(entry);
  return {
    outside: outsideOf(putBack(surroundings(text, range), inner, foreign, name), name),
    ours,
    hanging: hanging.map((entry) => hangingText(inner.text, inner.comments, entry)),
    movedOut: foreign.map(({ path }) => dottedName(path)),
  };
}

/** A text that had no line end at its end got one in front of the block, and none behind it. */
function surroundings(text: string, { from, to }: { from: number; to: number }): [before: string, after: string] {
  const before = text.slice(0, from);
  return [to === text.length && !text.endsWith('\n') ? before.replace(/\r?\n$/, '') : before, text.slice(to)];
}

/**
 * Keys go where the block began, in the table that was open there. Tables go before the first header behind the block: keys that somebody
 * wrote right behind it stay with what was open before it.
 */
function putBack([before, after]: readonly [string, string], inner: TomlText, foreign: readonly Entry[], name: string): string {
  if (foreign.length === 0) return before + after;
  const around = outsideOf(before + after, name);
  const header = around.statements.find(({ kind, start }) => kind !== 'pair' && start >= before.length);
  const place = header === undefined ? after.length : Math.max(withComments(header.start, around.comments) - before.length, 0);
  const texts = (keys: boolean): string[] =>
    foreign
      .filter(({ kind }) => (kind === 'pair') === keys)
      .map(({ start, end }) => inner.text.slice(withComments(start, inner.comments), end));
  return inLines([before, ...texts(true), after.slice(0, place), ...texts(false), after.slice(place)], eolOf(inner.text));
}

/** What the user wrote may need the block to be TOML: a key right behind it stands in the last table that was open, whosever it is. */
function outsideOf(text: string, name: string): TomlText {
  const outside = wholeOf(text, name);
  if (!(outside instanceof SpoolError)) return outside;
  throw new SpoolError('invalid-input', `${name} is not valid TOML without the block that Spool keeps in it`, {
    hint: 'look at what stands right behind the line "# <<< spool <<<": keys need a header of their own there; nothing was written',
    cause: outside,
  });
}

function inLines(pieces: readonly string[], eol: string): string {
  return pieces.reduce((all, piece) => all + (piece === '' || all.length <= headOf(all) || all.endsWith('\n') ? '' : eol) + piece, '');
}

/** What counts is the first line end of a text. */
export function eolOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n';
}

/** Where the comments begin that stand right above a place. Spool's own do not count. */
export function withComments(place: number, comments: readonly CommentLine[]): number {
  return comments.toReversed().reduce((start, line) => (line.end === start && !isOfSpool(line) ? line.start : start), place);
}

function isOfSpool({ text }: CommentLine): boolean {
  return START_LINE.test(text) || END_LINE.test(text) || RECORD_LINE.test(text);
}

function recordIn(comments: readonly CommentLine[]): Written {
  return new Map(comments.flatMap(({ text }) => (RECORD_LINE.test(text) ? writtenIn(text) : [])));
}

/** Each key at the top is an entry, and each header with what follows it. */
function entriesOf(statements: readonly Statement[]): Entry[] {
  const entries: Statement[][] = [];
  for (const one of statements) {
    if (one.kind === 'pair' && one.table.length > 0) entries.at(-1)?.push(one);
    else entries.push([one]);
  }
  return entries.flatMap((group) => {
    const [first, last] = [group[0], group.at(-1)];
    if (first === undefined || last === undefined) return [];
    const { kind, start } = first;
    const values = kind === 'pair' ? (first.value ?? {}) : valuesOf(group.map((one) => ({ ...one, kind: 'pair' })));
    return [{ kind, path: kind === 'pair' ? first.key : first.table, values, start, end: last.end, statements: group }];
  });
}

function hangingText(text: string, comments: readonly CommentLine[], { path, start, end }: Entry): Hanging {
  return { path, text: text.slice(withComments(start, comments), end).replace(/\r?\n$/, '') };
}

function cutRecorded(whole: TomlText, name: string): Cut {
  const { text, statements, comments } = whole;
  const marks = comments.filter(isOfSpool);
  if (marks.length === 0) return { outside: whole, ours: [], hanging: [], movedOut: [] };
  const written = recordIn(comments);
  const rootOf = (path: readonly string[]): string | undefined =>
    path.map((_, index) => dottedName(path.slice(0, index + 1))).find((above) => written.has(above));
  const entries = entriesOf(statements);
  const known = entries.filter(({ kind, path }) => kind !== 'array-header' && written.has(dottedName(path)));
  // A table and the tables below it were written together, and are Spool's together or not at all.
  const changed = new Set(
    known.filter(({ path, values }) => written.get(dottedName(path)) !== fingerprint(values)).map(({ path }) => rootOf(path)),
  );
  const ours = known.filter(({ path }) => !changed.has(rootOf(path)));
  const roots = new Set(ours.map(({ path }) => rootOf(path)));
  const hanging = entries.filter((entry) => entry.kind !== 'pair' && !known.includes(entry) && roots.has(rootOf(entry.path)));
  const gone = [...marks, ...ours.flatMap((entry) => entry.statements), ...hanging].map(({ start, end }) => ({ start, end }));
  return {
    outside: outsideOf(without(text, gone), name),
    ours,
    hanging: hanging.map((entry) => hangingText(text, [], entry)),
    movedOut: [],
  };
}

/** The blank line that was put before a header goes with it. */
function without(text: string, ranges: readonly { start: number; end: number }[]): string {
  let [left, from] = ['', 0];
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    left += text.slice(from, start);
    if (/^[ \t]*\[/.test(text.slice(start, end))) left = left.replace(/(^|\n)[ \t]*\r?\n$/, '$1');
    from = Math.max(from, end);
  }
  return left + text.slice(from);
}
