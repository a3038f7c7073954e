/** `spool rename` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { pickSession } from '../pick.js';

export const rename = command({
  about: 'Gives a session another title.',
  args: {
    session: { type: 'positional', description: 'the session, or a part of its id' },
    title: { type: 'positional', description: 'the name for people' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const client = clientOf(args, io);
    const { id } = await pickSession(client, args.session);
    const session = await client.sessions.update(id, { title: args.title });
    if (args.json) io.json(session);
    else io.note(`${id} is called ${session.title} now`);
    return 0;
  },
});
