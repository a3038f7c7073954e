/** What is written or left out as one: a key at the top, or a table with all that is below it. Each has a name of its own in the file. */

import { SpoolError } from '../../base/errors.js';
import type { ManagedConfig, ManagedTable, TomlValue } from './managed-config.js';
import type { Statement } from './toml-read.js';
import { dottedName, isTable } from './toml-write.js';

export interface Unit {
  readonly path: readonly string[];
  /** Of a key at the top; it has no tables. */
  readonly value?: TomlValue;
  /** As they are written: nested tables have headers of their own. */
  readonly tables: readonly ManagedTable[];
}

/** Throws `invalid-input` when a name is there twice, or below something that is no table. */
export function unitsOf({ topLevel = {}, tables = [] }: ManagedConfig): Unit[] {
  const keys = Object.entries(topLevel).map(([name, value]) => ({ path: [name], value, tables: [] }));
  const units = [...keys, ...grouped(tables)];
  checkNames(units);
  return units;
}

/** A table that is given below another given one belongs to it. */
function grouped(tables: readonly ManagedTable[]): Unit[] {
  const given = new Set(tables.map(({ path }) => dottedName(path)));
  const groups = new Map<string, { path: readonly string[]; tables: ManagedTable[] }>();
  for (const table of tables) {
    if (table.path.length === 0) {
      throw new SpoolError('invalid-input', 'a table was given without a name', { hint: 'keys without a table go to topLevel' });
    }
    const path = pathsTo(table.path).find((above) => given.has(dottedName(above))) ?? table.path;
    const group = groups.get(dottedName(path)) ?? { path, tables: [] };
    groups.set(dottedName(path), group);
    group.tables.push(...withNested(table));
  }
  return [...groups.values()];
}

function withNested({ path, values }: ManagedTable): ManagedTable[] {
  const entries = Object.entries(values);
  const nested = entries.flatMap(([name, value]) => (hasHeader(value) ? [{ path: [...path, name], values: value }] : []));
  const own = Object.fromEntries(entries.filter(([, value]) => !hasHeader(value)));
  return [{ path, values: own }, ...nested.flatMap(withNested)];
}

function hasHeader(value: TomlValue): value is { readonly [key: string]: TomlValue } {
  return isTable(value) && Object.keys(value).length > 0;
}

function checkNames(units: readonly Unit[]): void {
  const names = new Set<string>();
  const closed = new Set<string>();
  const add = (path: readonly string[], isClosed: boolean): void => {
    const name = dottedName(path);
    const above = pathsTo(path).find((prefix) => closed.has(dottedName(prefix)));
    if (names.has(name) || above !== undefined) {
      throw new SpoolError(
        'invalid-input',
        `${name} was given twice, or below ${dottedName(above ?? path)}, which is no table of its own`,
        {
          hint: 'give each key and each table once',
        },
      );
    }
    names.add(name);
    if (isClosed) closed.add(name);
  };
  for (const { path, value } of units) if (value !== undefined) add(path, true);
  const tables = units.flatMap((unit) => unit.tables);
  for (const { path, values } of tables) for (const key of Object.keys(values)) add([...path, key], true);
  for (const { path } of tables) add(path, false);
}

/** Every path that leads there: the first segment, the first two, up to all. */
function pathsTo(path: readonly string[]): readonly (readonly string[])[] {
  return path.map((_, index) => path.slice(0, index + 1));
}

/** Whether `path` is `above` or lies below it. */
export function isWithin(path: readonly string[], above: readonly string[]): boolean {
  return above.length <= path.length && above.every((name, index) => path[index] === name);
}

/**
 * Whether the user has that name himself: then it is not ours to write. A value or an array of tables above it closes it to us too. When
 * Spool's table is there already (`held`), a table that somebody has hung below it, under a name that Spool does not use, only adds to it.
 */
export function isTaken(unit: Unit, statements: readonly Statement[], held: boolean): boolean {
  return statements.some(({ kind, table, key }) => {
    if (kind === 'header') return isWithin(table, unit.path) && !(held && addsTo(unit, table));
    if (kind === 'array-header') return isWithin(unit.path, table) || (isWithin(table, unit.path) && !(held && addsTo(unit, table)));
    // The header of a table below decides for what is in it.
    if (table.length > unit.path.length && isWithin(table, unit.path)) return false;
    const path = [...table, ...key];
    return isWithin(path, unit.path) || isWithin(unit.path, path);
  });
}

/** Whether a table below the unit has a name there that the unit does not use. */
export function addsTo(unit: Unit, table: readonly string[]): boolean {
  if (unit.value !== undefined || table.length <= unit.path.length || !isWithin(table, unit.path)) return false;
  const name = table[unit.path.length] ?? '';
  return !unit.tables.some(({ path, values }) =>
    path.length === unit.path.length ? Object.hasOwn(values, name) : path[unit.path.length] === name,
  );
}
