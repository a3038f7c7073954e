/** `spool queue move` */

import { SpoolError } from '../../base/errors.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { pickSession, pickTurn } from '../pick.js';
import { queuedTurns } from '../queued-turns.js';

export const queueMove = command({
  about: 'Gives a turn that waits another place in the queue: the last one, unless a flag says where.',
  args: {
    session: { type: 'positional', description: 'the session, or a part of its id' },
    turn: { type: 'positional', description: 'the turn, or a part of its id' },
    before: { type: 'string', valueHint: 'turn', description: 'right before this one, which waits too' },
    first: { type: 'boolean', description: 'before all others' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    if (args.first && args.before !== undefined)
      throw new SpoolError('invalid-input', 'one place is enough', { hint: 'give --first or --before' });
    const client = clientOf(args, io);
    const { id } = await pickSession(client, args.session);
    const turn = await pickTurn(client, id, args.turn);
    const named = args.before === undefined ? null : (await pickTurn(client, id, args.before)).id;
    const others = args.first ? (await queuedTurns(client, id)).filter((one) => one.id !== turn.id) : [];
    const before = others[0]?.id ?? named;
    const moved = await client.turns.move(id, turn.id, before);
    if (args.json) io.json(moved);
    else io.note(`${turn.id} waits ${before === null ? 'behind all others' : `before …${before.slice(-6)}`} now`);
    return 0;
  },
});
