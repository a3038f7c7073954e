/** A value as TOML writes it on one line. */

import type { Setting } from '../../contract/runtime-options.js';

export function tomlValue(value: Setting): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : decimal(value);
  if (typeof value === 'boolean') return String(value);
  if (isList(value)) return `[${value.map(tomlValue).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([name, one]) => `${quoted(name)} = ${tomlValue(one)}`)
    .join(', ')}}`;
}

/** JSON's strings are TOML's, but for one character. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('\u007F', '\\u007F');
}

/** TOML wants a digit on either side of the point, and a point before an exponent is not needed. */
function decimal(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return String(value);
}

function isList(value: Setting): value is readonly Setting[] {
  return Array.isArray(value);
}
