/**
 * Text of others made safe and short for a terminal: what an agent, a command or a file name says must never move the cursor,
 * hide a part of itself or pretend to be us.
 */

import { stripVTControlCharacters } from 'node:util';

// What moves the cursor, save tab and newline; then what turns the direction of writing around or takes no room (emoji need their joiner).
const CONTROL = /[^\P{Cc}\n\t]/gu;
const INVISIBLE = /(?!\u200d)[\p{Cf}\u2028\u2029]/gu;

/** A piece of streamed text. A sequence may be cut in two by the stream, so its parts are shown instead of taken for a whole. */
export function printablePiece(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(CONTROL, '').replace(INVISIBLE, named);
}

/** A whole text: escape sequences go, of a line that was rewritten in place the last state stays. */
export function printable(text: string): string {
  const lines = stripVTControlCharacters(text)
    .replace(/\r+(?=\n|$)/g, '')
    .split('\n');
  return printablePiece(lines.map((line) => line.slice(line.lastIndexOf('\r') + 1)).join('\n'));
}

/** One line that fits in `columns`; more lines are told by an ellipsis. */
export function oneLine(text: string, columns = Number.POSITIVE_INFINITY): string {
  const lines = printable(text).trim().split('\n');
  const first = (lines[0] ?? '').replaceAll('\t', ' ');
  return cutTo(lines.length > 1 ? `${first} …` : first, columns);
}

/** A path as it is called from the directory `cwd`, where it lies inside. */
export function insideOf(path: string, cwd: string | undefined): string {
  return cwd !== undefined && path.startsWith(`${cwd}/`) ? path.slice(cwd.length + 1) : path;
}

/** Cuts text that is wider than `columns`. */
export function cutTo(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let width = 0;
  let kept = '';
  for (const character of text) {
    width += widthOf(character);
    if (width > columns - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** How many cells a terminal gives to a text without control characters; wide scripts and emoji take two. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{Mark}|\u200d|\ufe0f/u.test(character)) continue;
    width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

const WIDE = /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}|[\uff01-\uff60]/u;

function named(character: string): string {
  return `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`;
}
