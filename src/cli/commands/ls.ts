/** `spool ls` */

import type { Session } from '../../contract/session.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { columnsOf, type Io, shortId } from '../output.js';
import { table } from '../render/table.js';
import { age } from '../render/words.js';
import { wholeNumber } from '../whole-number.js';

export const ls = command({
  about: 'Lists sessions, the last changed first.',
  args: {
    agent: { type: 'string', valueHint: 'alias', description: 'only those of this agent' },
    status: { type: 'enum', options: ['idle', 'running', 'waiting', 'failed', 'archived'], description: 'only those in this state' },
    limit: { type: 'string', valueHint: 'n', description: 'at most so many (default: 50)' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const { agent, status } = args;
    const page = await clientOf(args, io).sessions.list({
      limit: wholeNumber('--limit', args.limit, 1) ?? 50,
      ...(agent === undefined ? {} : { agent }),
      ...(status === undefined ? {} : { status }),
    });
    if (args.json) io.json(page);
    else if (page.items.length === 0) io.note('no sessions yet; `spool run "…"` makes one');
    else io.data(sessionTable(page.items, io, Date.now()));
    return 0;
  },
});

function sessionTable(sessions: readonly Session[], io: Io, now: number): string {
  const ink = io.ink(io.stdout);
  const rows = sessions.map((session) => [
    shortId(session.id, io),
    statusOf(session),
    session.agent,
    age(session.updatedAt, now),
    session.title ?? session.cwd,
  ]);
  return table(['SESSION', 'STATUS', 'AGENT', 'CHANGED', 'TITLE'], rows, { ink, columns: columnsOf(io.stdout) });
}

/** With how many turns wait. */
function statusOf({ status, queued }: Session): string {
  return queued > 0 ? `${status} +${queued}` : status;
}
