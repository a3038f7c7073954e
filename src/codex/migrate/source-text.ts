/** Reads the text of a configuration file of another program: JSON, JSON with comments, or YAML. */

import { extname } from 'node:path';
import { type ParseError, parse as parseJson, printParseErrorCode } from 'jsonc-parser';
import { LineCounter, parseDocument } from 'yaml';
import { SpoolError } from '../../base/errors.js';

export type Fields = Readonly<Record<string, unknown>>;

/** The object that the file holds. Throws `invalid-input` that says where the file is wrong. */
export function parseSource(text: string, file: string): Fields {
  // Some editors on Windows begin a file with it.
  const clean = text.startsWith('\ufeff') ? text.slice(1) : text;
  const value = isYaml(clean, file) ? fromYaml(clean, file) : fromJson(clean, file);
  if (isFields(value)) return value;
  throw new SpoolError('invalid-input', `${file} holds no object`, { hint: 'name the file in which the servers stand' });
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isYaml(text: string, file: string): boolean {
  const extension = extname(file).toLowerCase();
  if (extension === '.yaml' || extension === '.yml') return true;
  if (extension === '.json' || extension === '.jsonc') return false;
  return !/^\s*(?:\/[/*]|[[{])/.test(text);
}

function fromJson(text: string, file: string): unknown {
  const errors: ParseError[] = [];
  // Comments and commas behind the last member: VS Code and OpenCode write both.
  const value: unknown = parseJson(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first === undefined) return value;
  const { line, col } = placeIn(text, first.offset);
  throw unreadable(file, 'JSON', line, col, printParseErrorCode(first.error));
}

function fromYaml(text: string, file: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { merge: true, lineCounter: lines, prettyErrors: false });
  const [first] = document.errors;
  if (first !== undefined) {
    const { line, col } = lines.linePos(first.pos[0]);
    throw unreadable(file, 'YAML', line, col, first.message);
  }
  try {
    return document.toJS() as unknown;
  } catch (error) {
    // An alias to nothing, or aliases of aliases that would fill the memory.
    throw unreadable(file, 'YAML', 1, 1, error instanceof Error ? error.message : String(error));
  }
}

function placeIn(text: string, offset: number): { line: number; col: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, col: (before.at(-1) ?? '').length + 1 };
}

function unreadable(file: string, language: string, line: number, column: number, why: string): SpoolError {
  return new SpoolError('invalid-input', `${file} is not valid ${language}: line ${line}, column ${column}: ${why}`, {
    hint: 'mend the file; nothing was written',
  });
}
