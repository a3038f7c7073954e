/**
 * Makes a markdown text fit to stand in a section of another one: its own titles go a level down, so that it cannot pass for a section
 * beside it, and a code block that it forgot to close is closed.
 */

/** One line ending, no blank lines around, no title of the first level, no open code block. */
export function embedded(text: string): string {
  const lines = text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .split('\n');
  let fence: string | undefined;
  const inside = lines.map((line, at) => {
    const mark = /^ {0,3}(`{3,}(?!.*`)|~{3,})(.*)$/.exec(line);
    if (fence !== undefined) {
      if (mark !== null && closes(mark, fence)) fence = undefined;
      return line;
    }
    if (mark !== null) fence = mark[1];
    return lowered(line, lines[at - 1]);
  });
  const body = inside
    .join('\n')
    .replace(/^(?:[ \t]*\n)+/, '')
    .trimEnd();
  return fence === undefined ? body : `${body}\n${fence}`;
}

function closes([, marks = '', rest = '']: RegExpExecArray, fence: string): boolean {
  return marks.startsWith(fence) && rest.trim() === '';
}

/** A title is a line after `#`, or one with `===` below. */
function lowered(line: string, before: string | undefined): string {
  if (/^ {0,3}#(?=[ \t]|$)/.test(line)) return line.replace('#', '##');
  return /^ {0,3}=+[ \t]*$/.test(line) && before !== undefined && before.trim() !== '' ? line.replace(/=/g, '-') : line;
}
