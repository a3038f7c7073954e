/** `spool fork` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { pickSession, pickTurn } from '../pick.js';

export const fork = command({
  about: 'Opens a session that goes on from a copy of this conversation, and prints its id. The first one stays as it is.',
  args: {
    session: { type: 'positional', description: 'the session, or a part of its id' },
    turn: { type: 'string', valueHint: 'turn', description: 'the last turn that the copy remembers (default: all of them)' },
    title: { type: 'string', valueHint: 'text', description: 'a name for people' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const client = clientOf(args, io);
    const { id } = await pickSession(client, args.session);
    const turn = args.turn === undefined ? undefined : (await pickTurn(client, id, args.turn)).id;
    const copy = await client.sessions.fork(id, {
      ...(turn === undefined ? {} : { turn }),
      ...(args.title === undefined ? {} : { title: args.title }),
    });
    if (args.json) io.json(copy);
    else {
      io.data(copy.id);
      const until = turn === undefined ? '' : ` up to its turn …${turn.slice(-6)}`;
      io.note(io.ink(io.stderr).dim(`a copy of …${id.slice(-6)}${until}; \`spool send ${copy.id.slice(-6)} "…"\` goes on in it`));
    }
    return 0;
  },
});
