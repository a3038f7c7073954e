/** How a command ends when something went wrong: message and hint on stderr, and the exit status of the error's code. */

import { SpoolError } from '../base/errors.js';
import { exitStatus, problemOf } from '../contract/problem.js';
import type { Io } from './output.js';

/** Writes the error down, as one JSON object where JSON was asked for, and resolves to the exit status. */
export async function report(thrown: unknown, io: Io, json: boolean): Promise<number> {
  const error = SpoolError.from(thrown);
  if (json) {
    io.stderr.write(`${JSON.stringify({ error: problemOf(error) })}\n`);
  } else {
    const ink = io.ink(io.stderr);
    io.note(`${ink.red('spool:')} ${error.message}`);
    if (error.hint !== undefined) io.note(ink.dim(`       ${error.hint}`));
    // A stack is for our own mistakes only; what is expected to happen has said all with its message.
    if (error.code === 'internal' && io.env['SPOOL_LOG'] === 'debug') io.note(ink.dim(error.stack ?? ''));
  }
  return exitStatus(error.code);
}
