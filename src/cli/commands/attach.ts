/** `spool attach` */

import type { SpoolError } from '../../base/errors.js';
import type { Event } from '../../contract/events.js';
import type { Session } from '../../contract/session.js';
import { Approver } from '../approver.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { columnsOf } from '../output.js';
import { pickSession } from '../pick.js';
import { headLine } from '../render/head-line.js';
import { openView } from '../view.js';

export const attach = command({
  about:
    'Follows a session live, beginning with its current or last turn, and asks you what the agent asks. Ctrl-C leaves; the session goes on.',
  args: {
    session: { type: 'positional', description: 'the session, or a part of its id' },
    watch: { type: 'boolean', description: 'only look: answer nothing' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const client = clientOf(args, io);
    const session = await pickSession(client, args.session);
    if (!args.json) io.note(io.ink(io.stderr).dim(headLine(session, [session.status, 'Ctrl-C leaves'], columnsOf(io.stderr))));
    const mode = args.watch || args.json || !io.canAsk ? 'watch' : 'ask';
    using view = openView(io, { json: args.json, input: true, cwd: session.cwd, asks: mode === 'ask' });
    await using approver = new Approver({ client, io, mode, onAsking: view.ask, onNote: view.note });
    const left = new AbortController();
    using _ctrlC = io.interrupts.take(() => left.abort());
    const isDue = fromTurnOn(session);
    const onCut = (error: SpoolError): void => view.note(`${error.message}; trying again`);
    for await (const event of client.follow(session.id, { after: 0, signal: left.signal, onCut })) {
      if (!isDue(event)) continue;
      view.show(event);
      approver.see(event);
      if (event.type === 'session.archived') return 0;
    }
    return 130;
  },
});

/** Nothing before the request of the current turn, or of the last one: that is what a newcomer wants to see. */
function fromTurnOn(session: Session): (event: Event) => boolean {
  const turn = session.currentTurn ?? session.lastTurn?.id;
  let due = turn === undefined;
  return (event) => {
    due ||= event.position > session.position || (event.type === 'turn.requested' && event.turn === turn);
    return due || event.type === 'session.opened';
  };
}
