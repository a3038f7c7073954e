/** Facts, each a name and a text, whose further lines begin below its first. Pure. */

import type { LineStyle } from './item-lines.js';
import { printable } from './printable.js';
import { hanging } from './wrap.js';

export function factsText(rows: readonly (readonly [name: string, value: string])[], { ink, columns }: LineStyle): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows
    .flatMap(([name, value]) => {
      const [first = '', ...more] = hanging(' '.repeat(width + 2), printable(value).trim(), columns);
      return [`${ink.dim(name.padEnd(width))}  ${first.slice(width + 2)}`, ...more];
    })
    .join('\n');
}
