/**
 * Reads TOML as statements with their places in the text: headers and pairs, in order. Whoever changes a file of the user's cuts and
 * pastes by these places and never writes anew what the user wrote.
 */

import { type AST, ParseError, parseTOML } from 'toml-eslint-parser';
import { SpoolError } from '../../base/errors.js';
import type { TomlValue } from './managed-config.js';

/** A table that is being read: made so that `__proto__` is a key like any other. */
export interface TomlTable {
  [key: string]: TomlValue;
}

export interface Statement {
  readonly kind: 'header' | 'array-header' | 'pair';
  /** The table that it opens or stands in; empty for the top level. */
  readonly table: readonly string[];
  /** Relative to the table; empty for headers. */
  readonly key: readonly string[];
  /** Of a pair. */
  readonly value: TomlValue | undefined;
  /** Where its first line begins and where the line after its last one does. */
  readonly start: number;
  readonly end: number;
}

/** A comment with a line of its own, outside of all statements. */
export interface CommentLine {
  /** From the `#` on. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface TomlText {
  readonly text: string;
  readonly statements: readonly Statement[];
  readonly comments: readonly CommentLine[];
}

/** What the text says, as plain values; dates as text. Throws `invalid-input` with line and column when it is not TOML. */
export function readToml(text: string, name = 'config.toml'): TomlTable {
  return valuesOf(parseText(text, name).statements);
}

/** Throws `invalid-input` as `readToml` does. */
export function parseText(text: string, name = 'config.toml'): TomlText {
  const tree = parsed(text, name);
  const statements = tree.body[0].body.flatMap((node) => (node.type === 'TOMLTable' ? tableOf(node, text) : [pairOf(node, [], text)]));
  return { text, statements, comments: commentLines(tree.comments, statements, text) };
}

function parsed(text: string, name: string): AST.TOMLProgram {
  try {
    // A mark of byte order counts as one space, so that all places stay as they are. Codex reads TOML 1.1, as its own parser does.
    return parseTOML(text.startsWith(BOM) ? ` ${text.slice(1)}` : text, { tomlVersion: '1.1' });
  } catch (error) {
    if (error instanceof ParseError) {
      const [line, column] = [error.lineNumber, error.column + 1];
      throw new SpoolError('invalid-input', `${name} is not valid TOML at line ${line}, column ${column}: ${error.message}`, {
        hint: 'mend it there; nothing was written',
        details: { line, column },
        cause: error,
      });
    }
    // The parser goes into itself for nested values and hands long strings over in one piece.
    if (!(error instanceof RangeError)) throw error;
    throw new SpoolError('invalid-input', `${name} holds a value that is too long or too deeply nested to be read`, {
      hint: 'put long texts into files of their own; nothing was written',
      cause: error,
    });
  }
}

const BOM = '\uFEFF';

/** Where the line of a place begins. A mark of byte order belongs to no line. */
function lineStart(text: string, place: number): number {
  const start = place === 0 ? 0 : text.lastIndexOf('\n', place - 1) + 1;
  return start === 0 ? headOf(text) : start;
}

function lineEnd(text: string, place: number): number {
  const end = text.indexOf('\n', place);
  return end === -1 ? text.length : end + 1;
}

/** Where a text begins behind its mark of byte order. */
export function headOf(text: string): number {
  return text.startsWith(BOM) ? 1 : 0;
}

function tableOf(node: AST.TOMLTable, text: string): Statement[] {
  const table = namesOf(node.key);
  const kind = node.kind === 'array' ? 'array-header' : 'header';
  const [start, end] = [lineStart(text, node.range[0]), lineEnd(text, node.key.range[1])];
  return [{ kind, table, key: [], value: undefined, start, end }, ...node.body.map((pair) => pairOf(pair, table, text))];
}

function pairOf(node: AST.TOMLKeyValue, table: readonly string[], text: string): Statement {
  const [start, end] = [lineStart(text, node.range[0]), lineEnd(text, node.range[1])];
  return { kind: 'pair', table, key: namesOf(node.key), value: plain(node.value), start, end };
}

function namesOf(key: AST.TOMLKey): string[] {
  return key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value));
}

function plain(node: AST.TOMLContentNode): TomlValue {
  if (node.type === 'TOMLArray') return node.elements.map(plain);
  if (node.type === 'TOMLInlineTable') {
    const table = emptyTable();
    for (const pair of node.body) place(table, namesOf(pair.key), plain(pair.value));
    return table;
  }
  return node.value instanceof Date ? datetimeOf(node) : node.value;
}

function datetimeOf(node: AST.TOMLValue): string {
  return 'datetime' in node ? node.datetime : '';
}

function commentLines(comments: readonly AST.Comment[], statements: readonly Statement[], text: string): CommentLine[] {
  const lines: CommentLine[] = [];
  let behind = 0;
  for (const { range } of comments) {
    while ((statements[behind]?.end ?? Number.POSITIVE_INFINITY) <= range[0]) behind += 1;
    // Within the lines of a statement: behind its value, or between the elements of an array.
    if ((statements[behind]?.start ?? Number.POSITIVE_INFINITY) <= range[0]) continue;
    lines.push({ text: text.slice(range[0], range[1]), start: lineStart(text, range[0]), end: lineEnd(text, range[0]) });
  }
  return lines;
}

export function valuesOf(statements: readonly Statement[]): TomlTable {
  const root = emptyTable();
  let current = root;
  for (const { kind, table, key, value } of statements) {
    if (kind === 'header') current = descend(root, table);
    else if (kind === 'array-header') current = appended(root, table);
    else if (value !== undefined) place(current, key, value);
  }
  return root;
}

function emptyTable(): TomlTable {
  return Object.create(null) as TomlTable;
}

function place(table: TomlTable, key: readonly string[], value: TomlValue): void {
  descend(table, key.slice(0, -1))[key.at(-1) ?? ''] = value;
}

/** The table at the end of the path, made where there is none. In an array of tables the last one counts. */
function descend(root: TomlTable, path: readonly string[]): TomlTable {
  let table = root;
  for (const name of path) {
    table[name] ??= emptyTable();
    const found = table[name];
    table = (Array.isArray(found) ? found.at(-1) : found) as TomlTable;
  }
  return table;
}

function appended(root: TomlTable, path: readonly string[]): TomlTable {
  const parent = descend(root, path.slice(0, -1));
  const name = path.at(-1) ?? '';
  parent[name] ??= [];
  const table = emptyTable();
  (parent[name] as TomlValue[]).push(table);
  return table;
}
