/** `spool queue cancel` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { pickSession, pickTurn } from '../pick.js';

export const queueCancel = command({
  about: 'Takes a turn back that has not begun. One that has begun is a conflict (exit status 5): `spool interrupt` is for that.',
  args: {
    session: { type: 'positional', description: 'the session, or a part of its id' },
    turn: { type: 'positional', description: 'the turn, or a part of its id' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const client = clientOf(args, io);
    const { id } = await pickSession(client, args.session);
    const turn = await client.turns.cancel(id, (await pickTurn(client, id, args.turn)).id);
    if (args.json) io.json(turn);
    else io.note(`taken back ${turn.id}`);
    return 0;
  },
});
