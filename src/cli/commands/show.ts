/** `spool show` */

import type { Session, Turn } from '../../contract/session.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { columnsOf, type Io, shortId } from '../output.js';
import { pickSession, pickTurn } from '../pick.js';
import { askedFor } from '../render/input-line.js';
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
    ['answers', answersOf(session)],
    ['limits', limitsOf(session)],
    ['copy of', copyOf(session)],
    ['reviews', session.reviewOf?.session],
    ['thread', session.threadId],
    ['opened', `${session.createdAt} (${age(session.createdAt, now)})`],
    ['events', String(session.position)],
    ['used', session.usage === null ? null : tokens(session.usage.totalTokens)],
    ['asks', session.pendingApprovals.join(', ') || null],
    ['error', session.lastTurn?.error?.message],
  ]);
}

function answersOf({ approvals }: Session): string | null {
  if (approvals === undefined) return null;
  const { mode, rules = [], deadlineSeconds } = approvals;
  const words = [mode, ...(rules.length > 0 ? [`${rules.length} ${rules.length === 1 ? 'rule' : 'rules'} before it`] : [])];
  return [...words, ...(deadlineSeconds === undefined ? [] : [`within ${deadlineSeconds} s`])].join(', ');
}

function limitsOf({ limits = {} }: Session): string | null {
  const names = { turnSeconds: 'a turn', idleSeconds: 'silence', queueSeconds: 'the queue' } as const;
  const given = Object.entries(names).map(([key, name]) => [name, limits[key as keyof typeof names]] as const);
  const words = given.flatMap(([name, seconds]) =>
    seconds === undefined ? [] : [`${name} ${seconds === null ? 'no limit' : `${seconds} s`}`],
  );
  return words.join(', ') || null;
}

function copyOf({ forkedFrom }: Session): string | null {
  if (forkedFrom === undefined) return null;
  return `${forkedFrom.session}${forkedFrom.turn === null ? '' : ` up to ${forkedFrom.turn}`}`;
}

function turnFacts(turn: Turn, io: Io): string {
  const { error } = turn;
  const rows = listing(io, [
    ['turn', turn.id],
    ['session', turn.session],
    ['status', turn.partial === true ? `${turn.status}; its last message never ended` : turn.status],
    ['into', turn.steeredInto],
    ['asked', `${turn.requestedAt} (${age(turn.requestedAt, Date.now())})`],
    ['took', tookOf(turn)],
    ['used', turn.usage === null ? null : tokens(turn.usage.totalTokens)],
    ['error', error === null ? null : `${error.message} (${error.code})`],
    ['input', askedFor(turn)],
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
  const rows = turns.map((turn) => [shortId(turn.id, io), statusOf(turn), tookOf(turn) ?? '', askedFor(turn)]);
  return table(['TURN', 'STATUS', 'TOOK', 'INPUT'], rows, { ink: io.ink(io.stdout), columns: columnsOf(io.stdout) });
}

/** A turn that was taken into another one ends as that one does. */
function statusOf({ status, steeredInto }: Turn): string {
  return steeredInto === null ? status : `${status} in …${steeredInto.slice(-6)}`;
}

function tookOf({ startedAt, endedAt }: Turn): string | null {
  return startedAt !== null && endedAt !== null ? duration(Date.parse(endedAt) - Date.parse(startedAt)) : null;
}
