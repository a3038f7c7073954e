/** `spool compact` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { driveTurn } from '../drive-turn.js';
import { pickSession } from '../pick.js';
import { wholeNumber } from '../whole-number.js';

export const compact = command({
  about:
    'Has the conversation of a session made shorter, so that more fits into it, and waits for that. Behind other turns it waits its turn; Ctrl-C takes it back.',
  args: {
    session: { type: 'positional', description: 'the session, or a part of its id' },
    timeout: { type: 'string', valueHint: 'seconds', description: 'gives up after so long, with exit status 124' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const seconds = wholeNumber('--timeout', args.timeout, 1);
    const client = clientOf(args, io);
    const session = await pickSession(client, args.session);
    return await driveTurn({
      client,
      io,
      session,
      begin: (signal) => client.call('compactSession', { params: { id: session.id }, body: {}, signal }),
      approve: 'ask',
      json: args.json,
      timeoutMs: seconds === undefined ? undefined : seconds * 1000,
      // It ends with no text of its own.
      finalText: () => undefined,
    });
  },
});
