/**
 * Puts Spool's block into the text of a config.toml, and reads it back. What counts as the user's configuration is the text without the
 * block: from it alone follow the place of the block, what may be in it and how its lines end, so a second run changes nothing.
 *
 * A key at the top can only stand before the first header, so a block with such keys does, tables and all: whatever header follows it
 * closes them. A block of tables alone stands at the end of the file. Either way one of its marks is safe from Codex, which drops the
 * comments above and in `[mcp_servers.*]` when it changes any of them: the first mark belongs to a key at the top, the last one to
 * nothing.
 */

import { SpoolError } from '../../base/errors.js';
import { blockLines } from './block-text.js';
import { type Cut, cutBlock, eolOf, withComments } from './cut-block.js';
import type { ManagedConfig, PlannedConfig } from './managed-config.js';
import { headOf, parseText, type Statement, type TomlTable, type TomlText, valuesOf } from './toml-read.js';
import { dottedName } from './toml-write.js';
import { addsTo, isTaken, isWithin, type Unit, unitsOf } from './units.js';

/**
 * The text with a block that holds `managed`, less what the user has himself. Throws `invalid-input` for a text that is not TOML, which is
 * called `name` then, and `conflict` when a table of the user's would be left hanging in the air.
 */
export function planConfig(text: string, managed: ManagedConfig, name = 'config.toml'): PlannedConfig {
  const units = unitsOf(managed);
  const cut = cutBlock(text, name);
  const held = new Set(cut.ours.map(({ path }) => dottedName(path)));
  const taken = new Set(units.filter((unit) => isTaken(unit, cut.outside.statements, held.has(dottedName(unit.path)))));
  const free = units.filter((unit) => !taken.has(unit));
  checkHanging(cut, free, name);
  return {
    text: free.length === 0 ? cut.outside.text : withBlock(cut, free, text),
    ownWins: [...taken].map(({ path }) => dottedName(path)),
    movedOut: cut.movedOut,
  };
}

/** What the block holds now; undefined when there is none. Throws `invalid-input` for a text that is not TOML. */
export function readManaged(text: string, name = 'config.toml'): ManagedConfig | undefined {
  const { ours } = cutBlock(text, name);
  if (ours.length === 0) return undefined;
  const values = valuesOf(ours.flatMap(({ statements }) => statements));
  const keys = ours.flatMap(({ kind, path }) => (kind === 'pair' ? [path[0] ?? ''] : []));
  const paths = ours.flatMap(({ kind, path }) => (kind === 'pair' ? [] : [path]));
  const roots = paths.filter((path) => !paths.some((above) => above.length < path.length && isWithin(path, above)));
  return {
    topLevel: Object.fromEntries(keys.map((key) => [key, values[key] ?? {}])),
    tables: roots.map((path) => ({ path, values: tableAt(values, path) })),
  };
}

function tableAt(values: TomlTable, path: readonly string[]): TomlTable {
  return path.reduce((table, name) => table[name] as TomlTable, values);
}

/** A table that the user has hung below one of Spool's says nothing without it, and Codex would not load the file any more. */
function checkHanging({ ours, outside: { statements } }: Cut, free: readonly Unit[], name: string): void {
  const written = new Set(free.flatMap(({ tables }) => tables.map(({ path }) => dottedName(path))));
  for (const { kind, path } of ours) {
    if (kind === 'pair' || written.has(dottedName(path))) continue;
    const isOwn = statements.some(
      ({ table, key }) =>
        (table.length === path.length && isWithin(table, path)) ||
        (key.length > 0 && table.length < path.length && isWithin([...table, ...key], path)),
    );
    const below = statements.find(({ kind: other, table }) => other !== 'pair' && table.length > path.length && isWithin(table, path));
    if (isOwn || below === undefined) continue;
    throw new SpoolError('conflict', `${dottedName(path)} cannot be taken out of ${name}: [${dottedName(below.table)}] hangs below it`, {
      hint: `take [${dottedName(below.table)}] out first, or make [${dottedName(path)}] your own by moving it out of Spool's block`,
    });
  }
}

function withBlock({ outside, hanging }: Cut, units: readonly Unit[], current: string): string {
  const { text } = outside;
  const eol = eolOf(text);
  const place = units.some(({ value }) => value !== undefined) ? endOfTop(outside) : text.length;
  const below = (unit: Unit): string[] => hanging.filter(({ path }) => addsTo(unit, path)).map((one) => one.text);
  const block = blockLines(units, below).join(eol);
  // A file without a line end at its end keeps none.
  const isOpen = place === text.length && text.length > headOf(text) && !text.endsWith('\n');
  const piece = isOpen ? eol + block : block + eol;
  const result = text.slice(0, place) + piece + text.slice(place);
  if (result !== current) checkUntouched(outside, parseText(result), place, piece.length);
  return result;
}

/** Before the first header and the comments right above it. */
function endOfTop({ text, statements, comments }: TomlText): number {
  const header = statements.find(({ kind }) => kind !== 'pair');
  return header === undefined ? text.length : withComments(header.start, comments);
}

/** The last word before anything is written: each statement of the user's still says what it said. */
function checkUntouched(outside: TomlText, result: TomlText, place: number, length: number): void {
  const names = ({ kind, table, key }: Statement): string => JSON.stringify([kind, table, key]);
  const others = result.statements.filter(({ start }) => start < place || start >= place + length);
  const same =
    others.length === outside.statements.length &&
    others.every((one, index) => {
      const before = outside.statements[index];
      return before !== undefined && names(one) === names(before);
    });
  if (!same)
    throw new SpoolError('internal', 'the block would change what stands around it', { hint: 'nothing was written; please report this' });
}
