/** Asks a person for one key. */

import { SpoolError } from '../base/errors.js';
import { columnsOf, type Io } from './output.js';
import { printable, widthOf } from './render/printable.js';
import { hanging } from './render/wrap.js';

export interface Key {
  /** A single character, in lower case. */
  readonly key: string;
  readonly means: string;
}

export function closedError(): SpoolError {
  return new SpoolError('cancelled', 'the question is closed');
}

/**
 * Resolves to the first pressed key that is one of `keys`. Rejects with `cancelled`, and takes its lines away, when `signal` is
 * aborted, as when somebody else has answered meanwhile; and after Ctrl-C, which counts as the signal that it is everywhere else.
 */
export function askKey(io: Io, keys: readonly Key[], signal: AbortSignal): Promise<string> {
  const { stdin, stderr } = io;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(closedError());
      return;
    }
    const leave = (): void => {
      stdin.off('data', onData);
      signal.removeEventListener('abort', onAbort);
      stdin.setRawMode(false);
      stdin.pause();
    };
    const onAbort = (): void => {
      leave();
      stderr.write(wipeOf(rows));
      reject(closedError());
    };
    const onData = (chunk: Buffer): void => {
      // A paste or a held key brings many at once, and is no answer.
      const pressed = chunk.toString('utf8');
      if (pressed.includes('\u0003')) {
        leave();
        stderr.write('^C\n');
        reject(closedError());
        io.interrupts.press();
        return;
      }
      const key = pressed.toLowerCase();
      if (!keys.some((one) => one.key === key)) return;
      leave();
      stderr.write(`${key}\n`);
      resolve(key);
    };
    const { text, rows } = layOut(io, keys);
    // Whoever sees the question may press at once: the terminal must not show that key itself.
    stdin.setRawMode(true);
    stdin.resume();
    stdin.on('data', onData);
    stderr.write(text);
    signal.addEventListener('abort', onAbort);
  });
}

/** All in one line where they fit, else one below the other. `rows` is how many stand above the line with the cursor. */
function layOut(io: Io, keys: readonly Key[]): { text: string; rows: number } {
  const ink = io.ink(io.stderr);
  const columns = columnsOf(io.stderr);
  const plain = keys.map(({ key, means }) => `${key} ${printable(means)}`).join(' / ');
  if (!plain.includes('\n') && widthOf(plain) + 6 < columns) {
    const inked = keys.map(({ key, means }) => `${ink.bold(key)} ${printable(means)}`).join(ink.dim(' / '));
    return { text: `  ${inked} ${ink.dim('›')} `, rows: 0 };
  }
  const lines = keys.flatMap(({ key, means }) =>
    hanging(`  ${key}  `, printable(means), columns - 1).map((line, i) => (i === 0 ? `  ${ink.bold(key)}${line.slice(3)}` : line)),
  );
  return { text: `${lines.join('\n')}\n  ${ink.dim('›')} `, rows: lines.length };
}

/** Takes away the line with the cursor and so many above it. */
export function wipeOf(rows: number): string {
  return `${rows > 0 ? `\u001b[${rows}A` : ''}\r\u001b[J`;
}
