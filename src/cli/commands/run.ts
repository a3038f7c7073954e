/** `spool run` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS, openSession, SESSION_FLAGS } from '../connect.js';
import { driveTurn } from '../drive-turn.js';
import { inputText } from '../input-text.js';
import { columnsOf } from '../output.js';
import { headLine } from '../render/head-line.js';
import { oneLine } from '../render/printable.js';
import { reach } from '../start-host.js';
import { INPUT_FLAGS, turnBody } from '../turn-flags.js';
import { wholeNumber } from '../whole-number.js';

export const run = command({
  about: 'Opens a session, runs one turn and streams it; the final text goes to stdout. Starts a host for itself if none runs.',
  args: {
    text: { type: 'positional', description: 'what to do; - reads it from stdin' },
    ...SESSION_FLAGS,
    ...INPUT_FLAGS,
    timeout: { type: 'string', valueHint: 'seconds', description: 'interrupts the turn after so long' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const seconds = wholeNumber('--timeout', args.timeout, 1);
    const text = await inputText(args.text, io);
    // A host that is started here is on this machine, as the one is that would have been there.
    const body = await turnBody(text, args, clientOf(args, io).url);
    await using reached = await reach(args, io);
    const { client } = reached;
    const session = await openSession(client, args, oneLine(text, 80));
    if (!args.json) io.note(io.ink(io.stderr).dim(headLine(session, [], columnsOf(io.stderr))));
    return await driveTurn({
      client,
      io,
      session,
      begin: (signal) => client.call('requestTurn', { params: { id: session.id }, body, signal }),
      approve: args.approve ?? 'ask',
      json: args.json,
      timeoutMs: seconds === undefined ? undefined : seconds * 1000,
      giveUpAfterMs: 60_000,
    });
  },
});
