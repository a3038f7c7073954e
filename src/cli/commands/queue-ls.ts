/** `spool queue ls` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { columnsOf, shortId } from '../output.js';
import { pickSession } from '../pick.js';
import { queuedTurns } from '../queued-turns.js';
import { askedFor } from '../render/input-line.js';
import { table } from '../render/table.js';
import { age } from '../render/words.js';

export const queueLs = command({
  about: 'Lists the turns of a session that wait, the next one first.',
  args: { session: { type: 'positional', description: 'the session, or a part of its id' }, ...HOST_FLAGS },
  async run(args, io) {
    const client = clientOf(args, io);
    const { id } = await pickSession(client, args.session);
    const turns = await queuedTurns(client, id);
    if (args.json) io.json({ items: turns, next: null });
    else if (turns.length === 0) io.note('no turn waits');
    else {
      const now = Date.now();
      const rows = turns.map((turn) => [shortId(turn.id, io), age(turn.requestedAt, now), askedFor(turn)]);
      io.data(table(['TURN', 'WAITS', 'INPUT'], rows, { ink: io.ink(io.stdout), columns: columnsOf(io.stdout) }));
    }
    return 0;
  },
});
