/** What must hold whenever Spool writes into a configuration, told without asking the code that does it how it did it. */

import { sortedJson } from '../src/base/sorted-json.js';
import type { ManagedConfig, TomlValue } from '../src/codex/config-file/managed-config.js';
import { planConfig, readManaged } from '../src/codex/config-file/plan-config.js';
import { readToml, type TomlTable } from '../src/codex/config-file/toml-read.js';
import { dottedName } from '../src/codex/config-file/toml-write.js';
import { Dice } from '../src/testing/seeded.js';
import { type RandomConfig, randomConfig, randomManaged } from './random-config.js';

/** Writes three times, each time something else, and takes it out again. Throws with what did not hold. */
export function checkRounds(seed: number, file: number): void {
  const dice = new Dice(seed * 1_000_003 + file);
  const config = randomConfig(dice);
  let text = config.text;
  for (let round = 1; round <= 3; round += 1) {
    const managed = randomManaged(dice);
    const at = `file ${file} of seed ${seed}, round ${round}`;
    text = checkRound(config, text, managed, at);
    checkDamage(config, text, { managed, dice, at });
  }
  const { text: last } = planConfig(text, {});
  hold(last === config.text, `file ${file} of seed ${seed}: what is left is not what was there`, { last, text, original: config.text });
}

/** The text that it leaves behind. */
function checkRound({ text: original, closed }: RandomConfig, text: string, managed: ManagedConfig, at: string): string {
  const planned = planConfig(text, managed);
  const facts = { original, text, planned: planned.text, managed };
  hold(isInsertion(original, planned.text), `${at}: something outside of the marks is not as it was`, facts);
  const bare = /(?<!\r)\n/;
  hold(!original.includes('\n') || bare.test(original) || !bare.test(planned.text), `${at}: the lines of the block end otherwise`, facts);
  const own = readToml(original);
  const wanted = flat(managed);
  const taken = wanted.filter(({ path }) => isThere(own, path) || (closed && path[0] === 'mcp_servers'));
  hold(
    same(
      planned.ownWins,
      taken.map(({ path }) => dottedName(path)),
    ),
    `${at}: other names are the user's`,
    { ...facts, ownWins: planned.ownWins },
  );
  const expected = readToml(original);
  for (const { path, value } of wanted.filter((one) => !taken.includes(one))) put(expected, path, value);
  hold(same(readToml(planned.text), expected), `${at}: it says something else`, facts);
  const again = planConfig(planned.text, managed);
  hold(again.text === planned.text && same(again.ownWins, planned.ownWins), `${at}: a second run changes something`, facts);
  hold(planned.movedOut.length === 0, `${at}: something was taken for the user's`, facts);
  const read = readManaged(planned.text);
  hold((read === undefined) === (taken.length === wanted.length), `${at}: the block is not found again`, facts);
  return planned.text;
}

/** The original with one piece more, which begins and ends with a mark. */
export function isInsertion(original: string, text: string): boolean {
  return text === original || insertionIn(original, text) !== undefined;
}

function insertionIn(original: string, text: string): { before: string; piece: string; after: string } | undefined {
  const length = text.length - original.length;
  for (let place = 0; place <= original.length; place += 1) {
    if (place > 0 && original[place - 1] !== text[place - 1]) return undefined;
    if (!/^\s*# >>> spool >>> /.test(text.slice(place, place + 20))) continue;
    const piece = text.slice(place, place + length);
    if (!piece.trim().endsWith('\n# <<< spool <<<') || original.slice(place) !== text.slice(place + length)) continue;
    return { before: text.slice(0, place), piece, after: text.slice(place + length) };
  }
  return undefined;
}

interface Damage {
  readonly managed: ManagedConfig;
  readonly dice: Dice;
  readonly at: string;
}

/**
 * What others do to the block: marks and records get lost, keys and tables come in. With the same wishes the file then says what it said,
 * and without any it says what it says without Spool's names; as long as one record is left to tell which those are.
 */
function checkDamage({ text: original, closed }: RandomConfig, text: string, { managed, dice, at }: Damage): void {
  const found = insertionIn(original, text);
  if (found === undefined) return;
  const lines = found.piece.split('\n').filter((line) => !/^# (?:>>>|<<<|spool wrote)/.test(line) || dice.hits(0.6));
  const isEntry = (line: string): boolean => !/^\s*(?:#|$)/.test(line);
  if (dice.hits(0.5))
    lines.splice(lines.findLastIndex(isEntry) + 1, 0, '[foreign.table]', 'a = 1', '[[foreign_array]]', '[[foreign_array]]');
  if (dice.hits(0.5)) lines.splice(lines.findIndex(isEntry), 0, '# about it', 'foreign_key = """', '[x]', '"""');
  const damaged = found.before + lines.join('\n') + found.after;
  const said = readToml(damaged);
  const planned = planConfig(damaged, managed);
  const facts = { original, damaged, planned: planned.text, managed };
  hold(same(readToml(planned.text), said), `${at}: something is lost, or comes in, when the block is damaged`, facts);
  hold(planConfig(planned.text, managed).text === planned.text, `${at}: the block is not mended by one run`, facts);
  const removed = planConfig(damaged, {}).text;
  if (/^# spool wrote/m.test(lines.join('\n'))) {
    const own = readToml(original);
    for (const { path } of flat(managed)) if (!isThere(own, path) && !(closed && path[0] === 'mcp_servers')) drop(said, path);
  }
  hold(same(readToml(removed), said), `${at}: what is removed from a damaged block is not what Spool wrote`, { ...facts, removed });
}

interface Wanted {
  readonly path: readonly string[];
  readonly value: TomlValue;
}

function flat({ topLevel = {}, tables = [] }: ManagedConfig): Wanted[] {
  return [
    ...Object.entries(topLevel).map(([key, value]) => ({ path: [key], value })),
    ...tables.map(({ path, values }) => ({ path, value: values })),
  ];
}

function isThere(table: TomlTable, path: readonly string[]): boolean {
  let value: TomlValue | undefined = table;
  for (const name of path) {
    if (typeof value !== 'object' || Array.isArray(value)) return true;
    value = (value as TomlTable)[name];
    if (value === undefined) return false;
  }
  return true;
}

function put(table: TomlTable, path: readonly string[], value: TomlValue): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) table[name] = value;
  else {
    table[name] ??= Object.create(null) as TomlTable;
    put(table[name] as TomlTable, rest, value);
  }
}

function drop(table: TomlTable, path: readonly string[]): void {
  const [name = '', ...rest] = path;
  const below = table[name];
  if (rest.length > 0 && typeof below === 'object') drop(below as TomlTable, rest);
  if (rest.length === 0 || (typeof below === 'object' && Object.keys(below).length === 0)) delete table[name];
}

function same(a: unknown, b: unknown): boolean {
  return sortedJson(a) === sortedJson(b);
}

function hold(condition: boolean, what: string, facts: Readonly<Record<string, unknown>>): void {
  if (condition) return;
  const shown = Object.entries(facts).map(
    ([name, fact]) => `--- ${name}\n${typeof fact === 'string' ? fact : JSON.stringify(fact, null, 2)}`,
  );
  throw new Error([what, ...shown].join('\n'));
}
