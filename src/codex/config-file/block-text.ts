/**
 * How the block looks. Two lines mark it, and a third one, beside each of them, names what Spool wrote and how: other programs write
 * into the same file, and Codex itself puts new tables into the block and drops comments, marks among them, when it changes a server.
 */

import { createHash } from 'node:crypto';
import { sortedJson } from '../../base/sorted-json.js';
import type { TomlValues } from './managed-config.js';
import { dottedName, tomlKey, tomlValue } from './toml-write.js';
import type { Unit } from './units.js';

const START = '# >>> spool >>> What stands between these two marks is written by Spool: changes in here are lost, all else is yours.';
const END = '# <<< spool <<<';
const RECORD = '# spool wrote:';

export const START_LINE = /^# >>> spool >>>(?: |$)/;
export const END_LINE = /^# <<< spool <<<\s*$/;
export const RECORD_LINE = /^# spool wrote:/;

/** Name of a key at the top or of a table, and what of its values was written; see `fingerprint`. */
export type Written = ReadonlyMap<string, string>;

const WRITTEN = /((?:[\w-]+|"(?:[^"\\]|\\.)*")(?:\.(?:[\w-]+|"(?:[^"\\]|\\.)*"))*)=([0-9a-f]{8})(?=\s|$)/g;

/** What a record line says. */
export function writtenIn(line: string): [name: string, fingerprint: string][] {
  return [...line.matchAll(WRITTEN)].map(([, name = '', print = '']) => [name, print]);
}

/**
 * The same for the same values, however they are written down. `enabled = true` does not count: it is what Codex takes for granted and
 * leaves out when it writes a server anew.
 */
export function fingerprint(values: unknown): string {
  const counted =
    typeof values === 'object' && values !== null && !Array.isArray(values)
      ? Object.fromEntries(Object.entries(values).filter(([key, value]) => key !== 'enabled' || value !== true))
      : values;
  return createHash('sha256').update(sortedJson(counted)).digest('hex').slice(0, 8);
}

/** `hanging`: tables of others below one of a unit's, by the unit's name, each as it stands in the text without its last line end. */
export function blockLines(units: readonly Unit[], hanging: (unit: Unit) => readonly string[]): string[] {
  const written = units.flatMap((unit) => [
    ...(unit.value === undefined ? [] : [`${dottedName(unit.path)}=${fingerprint(unit.value)}`]),
    ...unit.tables.map(({ path, values }) => `${dottedName(path)}=${fingerprint(values)}`),
  ]);
  const record = `${RECORD} ${written.join(' ')}`;
  const keys = units.flatMap((unit) => (unit.value === undefined ? [] : [`${tomlKey(unit.path[0] ?? '')} = ${tomlValue(unit.value)}`]));
  const tables = units.flatMap((unit) => [
    ...unit.tables.flatMap(({ path, values }) => ['', `[${dottedName(path)}]`, ...pairLines(values)]),
    ...hanging(unit).flatMap((text) => ['', text]),
  ]);
  return [START, record, ...keys, ...tables, record, END];
}

function pairLines(values: TomlValues): string[] {
  return Object.entries(values).map(([key, value]) => `${tomlKey(key)} = ${tomlValue(value)}`);
}
