/** What a terminal shows in the end, of text that was written to it: lines that were drawn over are gone, and so are colours. */

/** Knows carriage return, line feed, erase to the end of the line and colours: what `spool` uses. Other sequences are left out. */
export function plainText(written: string): string {
  const lines: string[] = [''];
  let column = 0;
  for (const [piece] of written.matchAll(PIECES)) {
    const line = lines.at(-1) ?? '';
    if (piece === '\n') lines.push('');
    else if (piece === '\r') column = 0;
    else if (piece === ERASE) lines[lines.length - 1] = line.slice(0, column);
    else if (!piece.startsWith(ESCAPE)) {
      lines[lines.length - 1] = line.slice(0, column).padEnd(column) + piece + line.slice(column + piece.length);
      column += piece.length;
    }
  }
  return `${lines
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd()}\n`;
}

const ESCAPE = String.fromCharCode(27);
const ERASE = `${ESCAPE}[K`;
const PIECES = new RegExp(`${ESCAPE}\\[[0-9;?]*[A-Za-z]|[\\r\\n]|[^\\r\\n${ESCAPE}]+`, 'g');
