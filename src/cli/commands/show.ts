/** `spool show` */

import type { Session, Turn } from '../../contract/session.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { columnsOf, type Io } from '../output.js';
import { pickSession, pickTurn } from '../pick.js';
import { oneLine, printable } from '../render/printable.js';
import { table } from '../render/table.js';
import { age, duration, tokens } from '../render/words.js';

export const show = command({
  about: 'Shows one session and its turns, or one turn of it with its final text.',
  args: {
    session: { type: 'positional', description: 'the session, or a part of its id' },
    turn: { type: 'string', valueHint: 'turn', description: 'this turn, or a part of its id' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const client = clientOf(args, io);
    const session = await pickSession(client, args.session);
    if (args.turn !== undefined) {
      const turn = await pickTurn(client, session.id, args.turn);
      if (args.json) io.json(turn);
      else io.data(turnFacts(turn, io));
      return 0;
    }
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
  const now = Date.now();
  return listing(io, [
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
  ]);
}

function turnFacts(turn: Turn, io: Io): string {
  const { error } = turn;
  const rows = listing(io, [
    ['turn', turn.id],
    ['session', turn.session],
    ['status', turn.status],
    ['into', turn.steeredInto],
    ['asked', `${turn.requestedAt} (${age(turn.requestedAt, Date.now())})`],
    ['took', tookOf(turn)],
    ['used', turn.usage === null ? null : tokens(turn.usage.totalTokens)],
    ['error', error === null ? null : `${error.message} (${error.code})`],
    ['input', inputOf(turn)],
  ]);
  return turn.finalText === null ? rows : `${rows}\n\n${printable(turn.finalText)}`;
}

/** What has no value is left out. */
function listing(io: Io, rows: readonly [name: string, value: string | null | undefined][]): string {
  const ink = io.ink(io.stdout);
  return rows
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${ink.dim(name.padEnd(8))} ${oneLine(value ?? '')}`)
    .join('\n');
}

function turnTable(turns: readonly Turn[], io: Io): string {
  const rows = turns.map((turn) => [turn.id, turn.status, tookOf(turn) ?? '', inputOf(turn)]);
  return table(['TURN', 'STATUS', 'TOOK', 'INPUT'], rows, { ink: io.ink(io.stdout), columns: columnsOf(io.stdout) });
}

function tookOf({ startedAt, endedAt }: Turn): string | null {
  return startedAt !== null && endedAt !== null ? duration(Date.parse(endedAt) - Date.parse(startedAt)) : null;
}

function inputOf({ input }: Turn): string {
  return input.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join(' ');
}
