/** Parses a command's words strictly and runs it. */

import { stripVTControlCharacters } from 'node:util';
import { type ArgDef, type ArgsDef, parseArgs } from 'citty';
import { messageOf, SpoolError } from '../base/errors.js';
import type { AnyCommand } from './command.js';
import { commandPage } from './command-page.js';
import type { Io } from './output.js';
import { unknownFlag } from './suggest.js';

/** `path` is the command's full name, as `permit allow`. */
export async function invoke(path: string, command: AnyCommand, argv: readonly string[], io: Io): Promise<number> {
  const ownWords = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  if (ownWords.includes('--help') || ownWords.includes('-h')) {
    io.data(commandPage(path, command, io.ink(io.stdout)));
    return 0;
  }
  const given = checkFlags(path, command.args, ownWords);
  const args = parse(path, command.args, argv);
  return await command.run({ ...args, ...listsOf(command.args, given) }, io);
}

/**
 * citty lets unknown flags and missing values pass, which hides typing errors: `--jsno` would silently do something else. Hands back the
 * flags with their values, in the order in which they were given.
 */
function checkFlags(path: string, defs: ArgsDef, words: readonly string[]): [name: string, value: string][] {
  const given: [string, string][] = [];
  const known = Object.entries(defs).filter(([, def]) => def.type !== 'positional');
  const names = known.map(([name]) => `--${name}`);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (!word.startsWith('-') || word === '-') continue;
    const [flag = ''] = word.split('=', 1);
    const def = known.find(([name]) => flag === `--${name}`)?.[1];
    if (def === undefined) throw unknownFlag(flag, names, path);
    if (def.type === 'boolean') continue;
    const value = word.includes('=') ? word.slice(flag.length + 1) : words[++i];
    if (value !== undefined) given.push([flag.slice(2), value]);
    if (word.includes('=')) continue;
    if (value === undefined || (value.startsWith('-') && value !== '-')) {
      throw new SpoolError('invalid-input', `${flag} needs a value`, { hint: `write ${flag}=VALUE; \`spool help ${path}\` tells which` });
    }
  }
  return given;
}

/** Flags whose hint ends with an ellipsis may be given more than once; with a comma before it, `name,…`, one may name several too. */
function listsOf(defs: ArgsDef, given: readonly [name: string, value: string][]): Record<string, readonly string[]> {
  const hints = Object.entries(defs).map(([name, def]) => [name, def.type === 'string' ? (def.valueHint ?? '') : ''] as const);
  return Object.fromEntries(
    hints.flatMap(([name, hint]) => {
      if (!hint.endsWith('…')) return [];
      const values = given.filter(([flag]) => flag === name).map(([, value]) => value);
      return [[name, hint.endsWith(',…') ? values.flatMap((value) => value.split(',')).map((word) => word.trim()) : values]];
    }),
  );
}

function parse(path: string, defs: ArgsDef, argv: readonly string[]): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  let words: readonly string[];
  try {
    const parsed = parseArgs([...argv], defs);
    words = parsed._;
    for (const [name, def] of Object.entries(defs)) values[name] = valueIn(name, def, parsed);
  } catch (error) {
    const said = stripVTControlCharacters(messageOf(error));
    const missing = /^Missing required positional argument: (.*)$/.exec(said)?.[1];
    const message = missing === undefined ? lowered(said) : `\`spool ${path}\` needs ${missing}`;
    throw new SpoolError('invalid-input', message, { hint: `\`spool help ${path}\` shows how it is used`, cause: error });
  }
  const places = Object.entries(defs).filter(([, { type }]) => type === 'positional');
  const last = places.at(-1);
  // One whose hint ends with an ellipsis takes all words that are left.
  if (last?.[1].valueHint?.endsWith('…') === true) values[last[0]] = words.slice(places.length - 1);
  else if (words.length > places.length) {
    throw new SpoolError('invalid-input', `\`spool ${path}\` does not know what to do with ${JSON.stringify(words[places.length])}`, {
      hint: 'text of several words goes in quotes',
    });
  }
  return values;
}

/** citty reads `--no-plugins` as `plugins: false`, whatever flags there are. */
function valueIn(name: string, { type }: ArgDef, parsed: Readonly<Record<string, unknown>>): unknown {
  if (type === 'boolean') return name.startsWith('no-') ? parsed[name.slice(3)] === false : parsed[name] === true;
  return parsed[name] === false ? undefined : parsed[name];
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
