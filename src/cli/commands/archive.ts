/** `spool archive` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { pickSession } from '../pick.js';

export const archive = command({
  about: 'Archives a session: it is kept and takes no more turns.',
  args: { session: { type: 'positional', description: 'the session, or a part of its id' }, ...HOST_FLAGS },
  async run(args, io) {
    const client = clientOf(args, io);
    const { id } = await pickSession(client, args.session);
    const session = await client.sessions.archive(id);
    if (args.json) io.json(session);
    else io.note(`archived ${session.id}`);
    return 0;
  },
});
