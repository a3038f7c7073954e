/** `spool show` */

import type { Session, Turn } from '../../contract/session.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { columnsOf, type Io } from '../output.js';
import { pickSession } from '../pick.js';
import { oneLine } from '../render/printable.js';
import { table } from '../render/table.js';
import { age, duration, tokens } from '../render/words.js';

export const show = command({
  about: 'Shows one session and its turns.',
  args: { session: { type: 'positional', description: 'the session, or a part of its id' }, ...HOST_FLAGS },
  async run(args, io) {
    const client = clientOf(args, io);
    const session = await pickSession(client, args.session);
    if (args.json) {
      io.json(session);
      return 0;
    }
    const { items } = await client.turns.list(session.id, { limit: 1000 });
    io.data(facts(session, io));
    if (items.length > 0) io.data(`\n${turnTable(items, io)}`);
    return 0;
  },
});

function facts(session: Session, io: Io): string {
  const ink = io.ink(io.stdout);
  const now = Date.now();
  const rows: [string, string | null | undefined][] = [
    ['session', session.id],
    ['title', session.title],
    ['status', session.queued > 0 ? `${session.status}, ${session.queued} waiting` : session.status],
    ['agent', `${session.agent} (${session.runtime})`],
    ['cwd', session.cwd],
    ['model', [session.model, session.effort].filter((word) => word !== null).join(', ') || null],
    ['thread', session.threadId],
    ['opened', `${session.createdAt} (${age(session.createdAt, now)})`],
    ['events', String(session.position)],
    ['used', session.usage === null ? null : tokens(session.usage.totalTokens)],
    ['asks', session.pendingApprovals.join(', ') || null],
    ['error', session.lastTurn?.error?.message],
  ];
  return rows
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${ink.dim(name.padEnd(8))} ${oneLine(value ?? '')}`)
    .join('\n');
}

function turnTable(turns: readonly Turn[], io: Io): string {
  const rows = turns.map((turn) => {
    const took = turn.startedAt !== null && turn.endedAt !== null ? duration(Date.parse(turn.endedAt) - Date.parse(turn.startedAt)) : '';
    const asked = turn.input.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join(' ');
    return [turn.id, turn.status, took, asked];
  });
  return table(['TURN', 'STATUS', 'TOOK', 'INPUT'], rows, { ink: io.ink(io.stdout), columns: columnsOf(io.stdout) });
}
