/** `spool interrupt` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { pickSession } from '../pick.js';

export const interrupt = command({
  about: 'Interrupts the running turn of a session; turns that wait stay.',
  args: { session: { type: 'positional', description: 'the session, or a part of its id' }, ...HOST_FLAGS },
  async run(args, io) {
    const client = clientOf(args, io);
    const { id } = await pickSession(client, args.session);
    const accepted = await client.interrupt(id);
    if (args.json) io.json(accepted);
    else io.note(accepted.turn === null ? 'no turn was running' : `interrupting ${accepted.turn.id}`);
    return 0;
  },
});
