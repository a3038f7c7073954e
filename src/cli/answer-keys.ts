/** Asks a person for one key. */

import { SpoolError } from '../base/errors.js';
import type { Io } from './output.js';

/**
 * Resolves to the first pressed key that is one of `keys`. Rejects with `cancelled` when `signal` is aborted, as when somebody
 * else has answered meanwhile. Ctrl-C counts as the signal that it is everywhere else.
 */
export function askKey(io: Io, question: string, keys: readonly string[], signal: AbortSignal): Promise<string> {
  const { stdin, stderr } = io;
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      stdin.off('data', onData);
      signal.removeEventListener('abort', onAbort);
      stdin.setRawMode(false);
      stdin.pause();
    };
    let lineIsOpen = true;
    const onAbort = (): void => {
      leave();
      if (lineIsOpen) stderr.write('\n');
      reject(new SpoolError('cancelled', 'the question is closed'));
    };
    const onData = (chunk: Buffer): void => {
      // A paste or a held key brings many at once, and is no answer.
      const pressed = chunk.toString('utf8');
      if (pressed.includes('\u0003')) {
        if (lineIsOpen) stderr.write('^C\n');
        lineIsOpen = false;
        io.interrupts.press();
        return;
      }
      const key = pressed.toLowerCase();
      if (!keys.includes(key)) return;
      leave();
      stderr.write(`${key}\n`);
      resolve(key);
    };
    if (signal.aborted) {
      reject(new SpoolError('cancelled', 'the question is closed'));
      return;
    }
    stderr.write(question);
    stdin.setRawMode(true);
    stdin.resume();
    stdin.on('data', onData);
    signal.addEventListener('abort', onAbort);
  });
}
