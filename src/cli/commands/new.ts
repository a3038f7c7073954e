/** `spool new` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS, openSession, SESSION_FLAGS } from '../connect.js';

export const open = command({
  about: 'Opens a session and prints its id.',
  args: { ...SESSION_FLAGS, title: { type: 'string', valueHint: 'text', description: 'a name for people' }, ...HOST_FLAGS },
  async run(args, io) {
    const session = await openSession(clientOf(args, io), args, args.title);
    if (args.json) io.json(session);
    else io.data(session.id);
    return 0;
  },
});
