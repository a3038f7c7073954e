/** The page of one command: what it is about, its words and its flags. Pure. */

import type { AnyCommand } from './command.js';
import type { Ink } from './output.js';

export function commandPage(path: string, { about, args }: AnyCommand, ink: Ink): string {
  const all = Object.entries(args);
  const words = all.filter(([, def]) => def.type === 'positional');
  const flags = all.filter(([, def]) => def.type !== 'positional');
  const usage = ['spool', path, ...words.map(([name]) => `<${name}>`), ...(flags.length > 0 ? ['[flags]'] : [])].join(' ');
  const rows = all.map(([name, def]): [string, string] => {
    if (def.type === 'positional') return [`<${name}>`, def.description ?? ''];
    const hint =
      def.type === 'enum'
        ? ` ${(def.options ?? []).join('|')}`
        : def.type === 'string'
          ? ` ${(def.valueHint ?? 'value').toUpperCase()}`
          : '';
    const byDefault = typeof def.default === 'string' ? ` (default: ${def.default})` : '';
    return [`--${name}${hint}`, `${def.description ?? ''}${byDefault}`];
  });
  const width = Math.min(28, Math.max(...rows.map(([left]) => left.length), 0));
  const lines = rows.map(([left, right]) => {
    const gap = left.length > width ? `\n  ${' '.repeat(width)}` : ' '.repeat(width - left.length);
    return `  ${ink.cyan(left)}${gap}  ${right}`;
  });
  return [about, '', `${ink.bold('Usage')}  ${usage}`, ...(lines.length > 0 ? ['', ...lines] : [])].join('\n');
}
