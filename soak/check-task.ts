/** What must hold of one task: what its history says, and what was really done, said and given, which stands outside of the host. */

import type { Api } from '../chaos/api.js';
import { must } from '../chaos/broken.js';
import type { Event } from '../src/contract/events.js';
import { inputText } from '../src/contract/task.js';
import type { TaskEvent } from '../src/contract/task-events.js';
import { effectOf } from '../src/domain/tasks/effects.js';
import type { TaskHistory } from './history.js';
import { sessionEvents } from './history.js';
import type { Effect, Given } from './ledger.js';
import { expectedReply, tagIn } from './local-work.js';

const FINALS: ReadonlySet<string> = new Set(['task.replied', 'task.failed', 'task.cancelled', 'task.expired']);
/** What may still be said of a task that has ended: of its chain, and of a turn that is to be stopped. */
const BEHIND: ReadonlySet<string> = new Set(['task.branched', 'task.spent', 'task.started']);

export function checkHistory({ task, events }: TaskHistory): void {
  const said = (): string => `${task.id}: ${events.map(({ type }) => type).join(' ')}`;
  const inOrder = events.every(({ position }, at) => position === at + 1) && task.position === events.length;
  must(inOrder, 'positions of a task are one apart', () => `${said()}, position ${task.position}`);
  const finals = events.filter(({ type }) => FINALS.has(type));
  must(finals.length === 1, 'a task ends exactly once', said);
  const [final] = finals;
  must(final?.type === `task.${task.status}`, 'a task is what its history says', () => `${task.status}, ${said()}`);
  const behind = events.slice(events.findIndex(({ type }) => FINALS.has(type)) + 1);
  must(
    behind.every(({ type }) => BEHIND.has(type)),
    'nothing happens to a task that has ended',
    said,
  );
  checkLeases({ task, events });
}

/** Between two attempts the first has come to nothing, in the words of the log; behind an effect only a person begins another one. */
function checkLeases({ task, events }: TaskHistory): void {
  let [attempt, free, effect] = [0, true, false];
  for (const event of events) {
    const where = (): string => `${task.id} at ${event.position} (${event.type}): ${events.map(({ type }) => type).join(' ')}`;
    if (event.type === 'task.leased') {
      must(free, 'no task is leased twice at once', where);
      must(event.data.attempt >= attempt, 'attempts are counted upwards', where);
      [attempt, free, effect] = [event.data.attempt, false, false];
    }
    if (event.type === 'task.progressed' && event.data.effect === true) effect = true;
    if (event.type === 'task.requeued') {
      must(!effect, 'what has done something is not done again by itself', where);
      free = true;
    }
    if (event.type === 'task.approved') [free, effect] = [true, false];
  }
}

export interface Attempt {
  readonly attempt: number;
  readonly by: string;
  readonly from: number;
  readonly session: string | undefined;
  readonly turn: string | undefined;
  /** A person has said that it is done once more after this one. */
  readonly approvedAfter: boolean;
}

/** The attempts of a task by its history. One that was handed back before anything was done is one too. */
export function attemptsOf(events: readonly TaskEvent[]): Attempt[] {
  const attempts: Attempt[] = [];
  for (const event of events) {
    const last = attempts.at(-1);
    if (event.type === 'task.leased') {
      const { attempt, by } = event.data;
      attempts.push({ attempt, by, from: Date.parse(event.at), session: undefined, turn: undefined, approvedAfter: false });
    } else if (last !== undefined && event.type === 'task.started') {
      attempts[attempts.length - 1] = { ...last, session: event.data.session, turn: event.data.turn };
    } else if (last !== undefined && event.type === 'task.approved') {
      attempts[attempts.length - 1] = { ...last, approvedAfter: true };
    }
  }
  return attempts;
}

export interface Repeats {
  /** Done again because a person said so. */
  decided: number;
  /** Done again before the first time was recorded, so that nobody could know: by whom. */
  readonly unrecorded: string[];
}

/** Counts what was done more than once, and breaks where that was done behind a record of the first time. */
export async function checkEffects(api: Api, { task, events }: TaskHistory, effects: readonly Effect[], repeats: Repeats): Promise<void> {
  if (effects.length < 2) return;
  const attempts = attemptsOf(events);
  const done = effects.map((effect) => ({ ...effect, in: placeOf(effect, attempts) })).sort((a, b) => a.at - b.at);
  for (const [nth, again] of done.entries()) {
    if (nth === 0) continue;
    const between = attempts.slice(done[0]?.in ?? 0, again.in);
    if (between.some(({ approvedAfter }) => approvedAfter)) {
      repeats.decided += 1;
      continue;
    }
    const recorded = await recordOf(api, { task, events }, attempts.slice(0, again.in + 1), again.at);
    must(
      recorded === undefined,
      'nothing is run twice behind a recorded side effect',
      () => `${task.id} (${inputText(task.input).slice(0, 200)}): done ${JSON.stringify(done)}; ${recorded ?? ''}`,
    );
    repeats.unrecorded.push(task.to);
  }
}

/** In which of the attempts it was done. */
function placeOf({ attempt, session, at }: Effect, attempts: readonly Attempt[]): number {
  const found = attempts.findLastIndex((one) => {
    if (attempt !== undefined) return one.attempt === attempt;
    // A standing session may have seen several attempts.
    return one.from <= at && (session === undefined || one.session === session);
  });
  return Math.max(0, found);
}

/** The record of an effect of an attempt before the last one, made before that one began; or of an earlier piece of the last. */
async function recordOf(api: Api, { events }: TaskHistory, attempts: readonly Attempt[], at: number): Promise<string | undefined> {
  const own = attempts.at(-1);
  if (own === undefined) return undefined;
  const reported = events.find(
    (event) => event.type === 'task.progressed' && event.data.effect === true && Date.parse(event.at) < own.from,
  );
  if (reported !== undefined) return `reported at position ${reported.position}`;
  for (const one of attempts) {
    if (one.session === undefined) continue;
    const told = (await sessionEvents(api, one.session)).filter((event) => event.turn === one.turn);
    const record = told.find((event) => (one === own ? wasDone(event, at - SLACK_MS) : wasBegun(event, own.from)));
    if (record !== undefined) return `${one.session} says so at ${record.position}`;
  }
  return undefined;
}

/** What was done now may be recorded before its own time of day is taken. */
const SLACK_MS = 250;

function wasDone(event: Event, before: number): boolean {
  return event.type === 'item.completed' && wasBegun(event, before);
}

function wasBegun(event: Event, before: number): boolean {
  if (event.type !== 'item.started' && event.type !== 'item.completed') return false;
  return Date.parse(event.at) < before && effectOf(event.data.item, '') !== undefined;
}

/** The reply is what the agent gave, word for word. */
export function checkReply({ task }: TaskHistory, given: readonly Given[]): void {
  if (task.status !== 'replied') return;
  const input = inputText(task.input);
  const tag = tagIn(input) ?? '';
  if (task.to === 'person') {
    must(task.reply === `a person says ${task.id}`, 'a reply is what was given', () => `${task.id}: ${task.reply ?? ''}`);
    return;
  }
  if (input.startsWith('{')) {
    const texts = given.filter((one) => one.task === task.id && one.attempt <= task.attempts).map(({ text }) => text);
    must(
      texts.includes(task.reply ?? ''),
      'a reply is what was given',
      () => `${task.id}: ${task.reply ?? ''}, given ${texts.join(' | ')}`,
    );
    return;
  }
  const expected = expectedReply(tag, input);
  const reply = task.reply ?? '';
  const fits = expected === undefined ? reply.endsWith(`answer ${tag}`) : reply === expected;
  must(fits, 'a reply is what was given', () => `${task.id}: ${JSON.stringify(reply)}, wanted ${expected ?? `answer ${tag}`}`);
}
