/** The page of one command: what it is about, its words and its flags. Pure. */

import type { ArgDef } from 'citty';
import type { AnyCommand } from './command.js';
import type { Ink } from './output.js';
import { wrapped } from './render/wrap.js';

/** Pages are for any terminal. */
const COLUMNS = 80;
const WIDEST_LEFT = 24;

export function commandPage(path: string, { about, args }: AnyCommand, ink: Ink): string {
  const all = Object.entries(args);
  const words = all.filter(([, def]) => def.type === 'positional');
  const flags = all.filter(([, def]) => def.type !== 'positional');
  const usage = ['spool', path, ...words.map(([name, def]) => wordOf(name, def)), ...(flags.length > 0 ? ['[flags]'] : [])].join(' ');
  const rows = all.map(([name, def]): [string, string] => {
    if (def.type === 'positional') return [wordOf(name, def), def.description ?? ''];
    const hint =
      def.type === 'enum'
        ? ` ${(def.options ?? []).join('|')}`
        : def.type === 'string'
          ? ` ${(def.valueHint ?? 'value').toUpperCase()}`
          : '';
    const byDefault = typeof def.default === 'string' ? ` (default: ${def.default})` : '';
    return [`--${name}${hint}`, `${def.description ?? ''}${byDefault}`];
  });
  const width = Math.min(WIDEST_LEFT, Math.max(...rows.map(([left]) => left.length), 0));
  const lines = rows.flatMap(([left, right]) => {
    const [first = '', ...more] = wrapped(right, COLUMNS - width - 4);
    const indent = ' '.repeat(width + 4);
    if (left.length > width) return [`  ${ink.cyan(left)}`, ...[first, ...more].map((line) => indent + line)];
    return [`  ${ink.cyan(left)}${' '.repeat(width - left.length)}  ${first}`, ...more.map((line) => indent + line)];
  });
  return [...wrapped(about, COLUMNS), '', `${ink.bold('Usage')}  ${usage}`, ...(lines.length > 0 ? ['', ...lines] : [])].join('\n');
}

function wordOf(name: string, { required, valueHint = '' }: ArgDef): string {
  const more = valueHint.endsWith('…') ? '…' : '';
  return required === false ? `[${name}${more}]` : `<${name}${more}>`;
}
