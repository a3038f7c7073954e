/** Rows under headings, in columns that line up; the last column takes what room is left. */

import type { Ink } from '../output.js';
import { cutTo, oneLine, widthOf } from './printable.js';

export function table(headings: readonly string[], rows: readonly (readonly string[])[], options: { ink: Ink; columns: number }): string {
  const cells = rows.map((row) => row.map((cell) => oneLine(cell)));
  const widths = headings.map((heading, i) => Math.max(heading.length, ...cells.map((row) => widthOf(row[i] ?? ''))));
  const last = headings.length - 1;
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + 2, 0);
  const room = Math.max(10, options.columns - before);
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === last ? cutTo(cell, room) : cell + ' '.repeat((widths[i] ?? 0) - widthOf(cell) + 2)))
      .join('')
      .trimEnd();
  return [options.ink.dim(line(headings)), ...cells.map(line)].join('\n');
}
