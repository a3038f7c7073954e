/** Text broken into lines at its spaces. Pure. */

import { widthOf } from './printable.js';

/** Lines of at most `width` cells; a word that is longer has a line of its own and is never cut. */
export function wrapped(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, width));
}

function wrapLine(line: string, width: number): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    if (current !== '' && widthOf(current) + 1 + widthOf(word) > width) {
      lines.push(current);
      current = word;
    } else {
      current = current === '' ? word : `${current} ${word}`;
    }
  }
  return [...lines, current];
}

/** `label` and then the text behind it, whose further lines begin below its first. */
export function hanging(label: string, text: string, columns: number): string[] {
  const room = Math.max(20, columns - widthOf(label));
  return wrapped(text, room).map((line, i) => (i === 0 ? label : ' '.repeat(widthOf(label))) + line);
}
