/** What must hold of the turns of one session, by its events and by what its clients were told. */

import type { Event } from '../src/contract/events.js';
import type { Turn } from '../src/contract/session.js';
import { must } from './broken.js';
import type { CancelCommand, TurnCommand } from './ledger.js';

const ENDS = ['turn.completed', 'turn.failed', 'turn.interrupted'] as const;
type EndType = (typeof ENDS)[number];

export interface TurnFate {
  readonly turn: string;
  readonly tag: string;
  readonly end: EndType;
  /** The turn that took it in. */
  readonly into: string | undefined;
}

export interface TurnEvidence {
  readonly session: string;
  readonly events: readonly Event[];
  readonly commands: readonly TurnCommand[];
  readonly cancels: readonly CancelCommand[];
  /** The turns as the API shows them. */
  readonly shown: readonly Turn[];
}

/** Checks all, and says what became of each accepted turn. */
export function checkTurns(evidence: TurnEvidence): TurnFate[] {
  const { session, events, commands } = evidence;
  const requested = events.filter((event) => event.type === 'turn.requested');
  const byTag = new Map<string, string[]>();
  for (const event of requested) {
    const tag = tagOf(event);
    byTag.set(tag, [...(byTag.get(tag) ?? []), event.turn ?? '']);
  }
  for (const { tag, accepted, status } of commands) {
    const turns = byTag.get(tag) ?? [];
    if (accepted === undefined)
      must(turns.length === 0, 'a refused command leaves no trace', () => `${session} ${tag} ${status}: ${turns.join()}`);
    else {
      const once = turns.length === 1 && turns[0] === accepted.turn;
      must(
        once,
        'an accepted command is recorded once',
        () => `${session} ${tag} was told ${accepted.turn}, the log has ${turns.join() || 'none'}`,
      );
    }
    byTag.delete(tag);
  }
  must(byTag.size === 0, 'no turn comes from nowhere', () => `${session}: ${[...byTag.keys()].join()}`);
  checkOneAtATime(session, events);
  checkQueue(session, events);
  const fates = requested.map((event) => fateOf(session, events, event.turn ?? '', tagOf(event)));
  checkShown(evidence, fates);
  checkCancels(evidence, fates);
  return fates;
}

function tagOf(event: Event<'turn.requested'>): string {
  const [input] = event.data.input;
  return /#(\w+)#/.exec(input?.type === 'text' ? input.text : '')?.[1] ?? '';
}

function isEnd(event: Event): event is Event<EndType> {
  return (ENDS as readonly string[]).includes(event.type);
}

/** Each turn ends exactly once: by itself, or with the one that took it in. */
function fateOf(session: string, events: readonly Event[], turn: string, tag: string): TurnFate {
  const name = `${session} ${tag} (${turn})`;
  const steered = events.filter((event) => event.type === 'turn.steered' && event.turn === turn);
  const own = events.filter(isEnd).filter((event) => event.turn === turn);
  must(steered.length + own.length === 1, 'an accepted turn ends exactly once', () => {
    return `${name}: ${[...steered, ...own].map((event) => `${event.type} at ${event.position}`).join(', ') || 'it did not end'}`;
  });
  const [end] = own;
  if (end !== undefined) return { turn, tag, end: end.type, into: undefined };
  const [taken] = steered;
  const into = taken?.type === 'turn.steered' ? taken.data.into : '';
  const ends = events.filter(isEnd).filter((event) => event.turn === into);
  must(ends.length === 1, 'the turn that took another one in ends exactly once', () => `${name} in ${into}: ${ends.length}`);
  must((taken?.position ?? 0) < (ends[0]?.position ?? 0), 'a turn is taken in before the end', () => name);
  return { turn, tag, end: ends[0]?.type ?? 'turn.failed', into };
}

function checkOneAtATime(session: string, events: readonly Event[]): void {
  let running: string | undefined;
  const started = new Set<string>();
  for (const event of events) {
    const { turn = '' } = event;
    if (event.type === 'turn.started') {
      must(
        running === undefined,
        'one turn runs at a time',
        () => `${session} at ${event.position}: ${turn} began within ${running ?? ''}`,
      );
      must(!started.has(turn), 'a turn begins once', () => `${session} at ${event.position}: ${turn}`);
      started.add(turn);
      running = turn;
    } else if (isEnd(event) && turn === running) running = undefined;
  }
}

/** Nobody is overtaken: what begins is the first of those that wait, as they stand after moves and returns. */
function checkQueue(session: string, events: readonly Event[]): void {
  let line: { readonly turn: string; queued: boolean }[] = [];
  for (const event of events) {
    const { turn = '' } = event;
    if (event.type === 'turn.requested') line.push({ turn, queued: event.data.disposition === 'queued' });
    else if (event.type === 'turn.queued') line = queuedAt(line, turn, event.data.before);
    else if (event.type === 'turn.started') {
      const overtaken = line
        .slice(
          0,
          line.findIndex((one) => one.turn === turn),
        )
        .find((one) => one.queued);
      must(
        overtaken === undefined,
        'turns begin in the order of the queue',
        () => `${session} at ${event.position}: ${turn} before ${overtaken?.turn ?? ''}`,
      );
      line = line.filter((one) => one.turn !== turn);
    } else if (event.type === 'turn.steered' || isEnd(event)) line = line.filter((one) => one.turn !== turn);
  }
}

function queuedAt(
  line: readonly { readonly turn: string; queued: boolean }[],
  turn: string,
  before: string | null | undefined,
): { readonly turn: string; queued: boolean }[] {
  if (before === undefined) return line.map((one) => (one.turn === turn ? { turn, queued: true } : one));
  const others = line.filter((one) => one.turn !== turn);
  const at = before === null ? -1 : others.findIndex((one) => one.turn === before);
  return at < 0 ? [...others, { turn, queued: true }] : [...others.slice(0, at), { turn, queued: true }, ...others.slice(at)];
}

function checkShown({ session, shown }: TurnEvidence, fates: readonly TurnFate[]): void {
  must(shown.length === fates.length, 'the API shows every turn', () => `${session}: ${shown.length} of ${fates.length}`);
  for (const fate of fates) {
    const turn = shown.find(({ id }) => id === fate.turn);
    const agrees = turn?.status === fate.end.slice('turn.'.length) && turn.steeredInto === (fate.into ?? null);
    must(
      agrees,
      'the API shows what the events say',
      () => `${session} ${fate.tag}: ${JSON.stringify(turn)} against ${JSON.stringify(fate)}`,
    );
  }
}

function checkCancels({ session, events, cancels }: TurnEvidence, fates: readonly TurnFate[]): void {
  for (const { turn, status } of cancels.filter((one) => one.session === session && one.status === 200)) {
    const fate = fates.find((one) => one.turn === turn);
    const began = events.some((event) => event.type === 'turn.started' && event.turn === turn);
    must(
      !began && fate?.end === 'turn.interrupted',
      'a turn that was taken back never begins',
      () => `${session} ${turn} ${status}: ${JSON.stringify(fate)}`,
    );
  }
}
