/** Writes TOML that every version of it reads: 1.0, one line for each key. */

import { SpoolError } from '../../base/errors.js';
import type { TomlValue } from './managed-config.js';

const SHORT: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
};

/** A basic string, quotes and all. Nothing that was given can end it or start a new line. */
export function tomlString(text: string): string {
  if (/\p{Surrogate}/u.test(text)) {
    throw new SpoolError('invalid-input', `half of a surrogate pair cannot be written into TOML: ${JSON.stringify(text.slice(0, 40))}`, {
      hint: 'leave that character out',
    });
  }
  // In one pass, so that no escape is escaped again. Other line ends (U+2028) are for the sake of whoever looks at the file line by line.
  return `"${text.replace(/[\\"\p{Cc}\u2028\u2029]/gu, (char) => SHORT[char] ?? `\\u${hex(char)}`)}"`;
}

function hex(char: string): string {
  return char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
}

/** One segment of a key; quoted when it has to be. */
export function tomlKey(name: string): string {
  return /^[\w-]+$/.test(name) ? name : tomlString(name);
}

/** How a key or a table is called, as in `mcp_servers."my docs"`. */
export function dottedName(path: readonly string[]): string {
  return path.map(tomlKey).join('.');
}

/** The value on one line. Tables in it are inline. */
export function tomlValue(value: TomlValue): string {
  switch (typeof value) {
    case 'string':
      return tomlString(value);
    case 'boolean':
      return String(value);
    case 'number':
      return tomlNumber(value);
    case 'object':
      return value === null ? unwritable(value) : tomlCompound(value);
    default:
      return unwritable(value);
  }
}

function tomlNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const text = Object.is(value, -0) ? '-0.0' : String(value);
  // A whole number that has no exact place among them would be read as an integer, and not as this one.
  return Number.isInteger(value) && !Number.isSafeInteger(value) && !text.includes('e') ? `${text}.0` : text;
}

function tomlCompound(value: readonly TomlValue[] | { readonly [key: string]: TomlValue }): string {
  if (isArray(value)) return `[${value.map(tomlValue).join(', ')}]`;
  const pairs = Object.entries(value).map(([key, item]) => `${tomlKey(key)} = ${tomlValue(item)}`);
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}

function unwritable(value: unknown): never {
  throw new SpoolError('invalid-input', `TOML has no ${value === null ? 'null' : typeof value}`, { hint: 'leave the key out' });
}

/** `Array.isArray` that knows of arrays which nobody may change. */
export function isArray(value: TomlValue): value is readonly TomlValue[] {
  return Array.isArray(value);
}

/** A table with something in it: it gets a header of its own where there is room for one. */
export function isTable(value: TomlValue): value is { readonly [key: string]: TomlValue } {
  return typeof value === 'object' && value !== null && !isArray(value);
}
