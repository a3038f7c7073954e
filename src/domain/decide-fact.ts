/**
 * What a fact from the runtime means for a session: the events to record, in order. Facts may come late, twice or for turns that
 * are over; what adds nothing gives no events. Pure, so that every interleaving can be tested as given, when, then.
 */

import { laterThan } from '../base/clock.js';
import type { Approval } from '../contract/approval.js';
import { approvalId } from '../contract/approval.js';
import type { ApprovalPolicy } from '../contract/approval-policy.js';
import type { Unplaced } from '../contract/events.js';
import type { Fact } from '../contract/facts.js';
import type { TurnError } from '../contract/session.js';
import { eventsOfDue, timeout } from './decide-due.js';
import type { Due } from './due.js';
import { endOfTurn, expired } from './end-of-turn.js';
import { stateOfItem } from './items.js';
import { decidePolicy } from './policy.js';
import { activeTurn, pendingApprovals, type SessionState, turnOf } from './state.js';

/** Facts that the worker adds to those of the runtime. */
export type OwnFact =
  | {
      readonly type: 'thread.opened';
      readonly threadId: string;
      readonly version: string;
      readonly opened: 'started' | 'resumed' | 'replaced' | 'forked' | 'moved';
      readonly gap: boolean;
      readonly defaults?: { readonly model: string | undefined; readonly effort: string | undefined } | undefined;
    }
  | { readonly type: 'turn.requeued'; readonly turn: string; readonly reason: string }
  /** The message of this turn was found in one that died with the runtime. */
  | { readonly type: 'turn.taken'; readonly turn: string }
  | { readonly type: 'due'; readonly due: Due };

/** `policy` says who answers what is asked. */
export function eventsOfFact(state: SessionState, fact: Fact | OwnFact, at: string, policy: () => ApprovalPolicy): readonly Unplaced[] {
  switch (fact.type) {
    case 'thread.opened':
      return threadOpened(state, fact, at);
    case 'turn.begun':
      return begunElsewhere(state, fact, at);
    case 'turn.started':
    case 'turn.retrying':
    case 'turn.completed':
    case 'turn.failed':
    case 'turn.interrupted':
    case 'turn.requeued':
    case 'turn.taken':
      return turnFact(state, fact, at);
    case 'item.started':
    case 'item.delta':
    case 'item.completed':
      return itemFact(state, fact, at);
    case 'ask':
      return ask(state, fact, at, policy());
    case 'ask.closed':
      return pendingApprovals(state)
        .filter((held) => held.ref === fact.ref)
        .map((held) => expired(held.approval, 'the runtime closed the question', at));
    case 'ended':
      return threadEnded(state, fact, at);
    case 'due':
      return eventsOfDue(state, fact.due, at);
    case 'file':
      return fileProduced(state, fact, at);
    default:
      return noted(state, fact, at);
  }
}

/** Failures of which nobody heard the end of the turn: what it had taken in by then may not have been told. */
const UNHEARD: ReadonlySet<TurnError['code']> = new Set(['runtime-exited', 'transport-closed']);

/** It is not run again: what the agent had done of it by then is not known. */
const DIED_WITH_IT: TurnError = {
  code: 'runtime-exited',
  message: 'the running turn had taken the message in when the runtime died',
  retryable: true,
};

type FactOf<T extends (Fact | OwnFact)['type']> = Extract<Fact | OwnFact, { type: T }>;

function threadOpened(state: SessionState, fact: FactOf<'thread.opened'>, at: string): readonly Unplaced[] {
  const { threadId, version, opened, gap, defaults } = fact;
  if (opened === 'started') {
    const model = defaults?.model === undefined ? {} : { model: defaults.model };
    const effort = defaults?.effort === undefined ? {} : { effort: defaults.effort };
    return [{ type: 'runtime.started', at, data: { runtime: state.runtime, version, threadId, ...model, ...effort } }];
  }
  const previous = opened !== 'resumed' && state.threadId !== null ? { previousThreadId: state.threadId } : {};
  // A copy is not fresh: it remembers, and counts on.
  const resumed: Unplaced = { type: 'session.resumed', at, data: { threadId, fresh: opened === 'replaced', gap, ...previous } };
  if (opened === 'resumed') return [resumed];
  return [resumed, { type: 'warning.raised', at, data: { message: OTHER_THREAD[opened] } }];
}

/** Who asked for it is known to the runtime alone. Beside a turn that is to begin there is no place for it: that one waits for its end. */
function begunElsewhere(state: SessionState, { turn, ref, input }: FactOf<'turn.begun'>, at: string): readonly Unplaced[] {
  if (activeTurn(state) !== undefined || state.archived) {
    const message = 'another client runs a turn in this conversation that is not recorded here: a turn of this session was to begin';
    return [{ type: 'warning.raised', at, data: { message } }];
  }
  const data = { mode: 'queue', disposition: 'started', by: 'another client' } as const;
  return [
    { type: 'turn.requested', turn, at, data: { ...data, input: [...input] } },
    { type: 'turn.started', turn, at, data: { ref } },
  ];
}

/** Never silent: the conversation goes on in another thread. */
const OTHER_THREAD = {
  replaced: 'the runtime no longer knew the conversation; it goes on in a new one that does not remember what was said before',
  forked:
    'another process has the conversation open; it goes on in a copy, which remembers what was said before and hears nothing of what is said there',
  moved: 'the agent asks its model with another login now; the conversation goes on in a copy, which remembers what was said before',
} as const;

type TurnFact = FactOf<
  'turn.started' | 'turn.retrying' | 'turn.completed' | 'turn.failed' | 'turn.interrupted' | 'turn.requeued' | 'turn.taken'
>;

function turnFact(state: SessionState, fact: TurnFact, at: string): readonly Unplaced[] {
  const turn = turnOf(state, fact.turn);
  if (turn === undefined) return [];
  const { id } = turn;
  switch (fact.type) {
    case 'turn.started':
      return turn.phase === 'requested' ? [{ type: 'turn.started', turn: id, at, data: { ref: fact.ref } }] : [];
    case 'turn.retrying':
      return [{ type: 'turn.retrying', turn: id, at, data: { message: fact.message } }];
    case 'turn.requeued':
      return requeued(state, turn.into, state.turns.indexOf(turn), fact.reason, at);
    case 'turn.taken':
      return turn.maybeIn === null || turn.phase === 'running' ? [] : endOfTurn(state, turn, at, { status: 'failed', error: DIED_WITH_IT });
    case 'turn.failed':
      return endOfTurn(state, turn, at, { status: 'failed', error: fact.error }, UNHEARD.has(fact.error.code));
    case 'turn.completed':
      return endOfTurn(state, turn, at, { status: 'completed' });
    case 'turn.interrupted':
      // A turn whose time ran out was interrupted by us: for whoever asked for it, it failed.
      if (turn.overdue !== null) return endOfTurn(state, turn, at, { status: 'failed', error: timeout(turn.overdue) });
      return endOfTurn(
        state,
        turn,
        at,
        fact.reason === undefined ? { status: 'interrupted' } : { status: 'interrupted', reason: fact.reason },
      );
  }
}

/** A message that could not be given to the running turn waits, and those behind it too: they must not overtake it. */
function requeued(state: SessionState, into: string | null, from: number, reason: string, at: string): readonly Unplaced[] {
  return state.turns.slice(from).flatMap((turn): Unplaced[] => {
    if (turn.phase !== 'steering' || turn.into !== into) return [];
    return [{ type: 'turn.queued', turn: turn.id, at, data: { reason } }];
  });
}

function itemFact(state: SessionState, fact: FactOf<'item.started' | 'item.delta' | 'item.completed'>, at: string): readonly Unplaced[] {
  const item = fact.type === 'item.delta' ? fact.item : fact.item.id;
  const known = stateOfItem(state.items, item);
  // A turn that is over may still close what it opened: Codex lets a command run on after an interrupt and reports its end later.
  if (known === 'done') return [];
  if (known === undefined && turnOf(state, fact.turn) === undefined) return [];
  const head = { turn: fact.turn, item, at };
  const taken = takenIn(state, fact, at);
  switch (fact.type) {
    case 'item.started':
      return known === undefined ? [...taken, { type: 'item.started', ...head, data: { item: fact.item } }] : [];
    case 'item.delta':
      return [{ type: 'item.delta', ...head, data: { kind: fact.kind, text: fact.text } }];
    case 'item.completed':
      return [...taken, { type: 'item.completed', ...head, data: { item: fact.item } }];
  }
}

/** Only the message itself, seen in the running turn, proves that the turn has taken it in: an accepted one may still be lost. */
function takenIn(state: SessionState, fact: FactOf<'item.started' | 'item.delta' | 'item.completed'>, at: string): readonly Unplaced[] {
  if (fact.type === 'item.delta' || fact.item.kind !== 'userMessage' || fact.item.turn === undefined) return [];
  const turn = turnOf(state, fact.item.turn);
  if (turn === undefined || turn.id === fact.turn || (turn.phase !== 'steering' && turn.phase !== 'queued')) return [];
  return [{ type: 'turn.steered', turn: turn.id, at, data: { into: fact.turn } }];
}

/** Told once a turn: a runtime that was met again tells once more what it had told before. */
function fileProduced(state: SessionState, fact: FactOf<'file'>, at: string): readonly Unplaced[] {
  const before = state.produced.findIndex(({ path }) => path === fact.path);
  if (turnOf(state, fact.turn) === undefined || state.produced[before]?.turn === fact.turn) return [];
  const item = fact.item === undefined ? {} : { item: fact.item };
  const name = fact.path.split('/').at(-1) ?? fact.path;
  const file = `file_${(before < 0 ? state.produced.length : before) + 1}`;
  const mediaType = fact.mediaType === undefined ? {} : { mediaType: fact.mediaType };
  const bytes = fact.bytes === undefined ? {} : { bytes: fact.bytes };
  return [{ type: 'file.produced', turn: fact.turn, ...item, at, data: { path: fact.path, file, name, ...mediaType, ...bytes } }];
}

function ask(state: SessionState, fact: FactOf<'ask'>, at: string, policy: ApprovalPolicy): readonly Unplaced[] {
  const turn = turnOf(state, fact.turn);
  if (turn === undefined || state.approvals.some((held) => held.ref === fact.ref)) return [];
  const approval: Approval = {
    ...fact.ask,
    id: approvalId(state.id, state.asked + 1),
    session: state.id,
    turn: turn.id,
    status: 'pending',
    askedAt: at,
  };
  const ruling = decidePolicy(policy, approval, state.cwd);
  const deadline = ruling.seconds === undefined ? {} : { deadline: laterThan(at, ruling.seconds * 1000) };
  const item = fact.ask.item === undefined ? {} : { item: fact.ask.item };
  const asked: Unplaced = {
    type: 'approval.asked',
    turn: turn.id,
    ...item,
    at,
    data: { approval: { ...approval, ...deadline }, ref: fact.ref },
  };
  if (ruling.decision === undefined) return [asked];
  const answered = { approval: approval.id, answer: { decision: ruling.decision }, by: 'policy', why: ruling.why };
  return [asked, { type: 'approval.answered', turn: turn.id, ...item, at, data: answered }];
}

/** Only a process that is gone takes its turn along; behind a lost connection the turn may go on, and is looked for when it is back. */
function threadEnded(state: SessionState, fact: FactOf<'ended'>, at: string): readonly Unplaced[] {
  if (fact.how !== 'exited') return [];
  const { message, exitCode, signal, stderrTail } = fact;
  const gone: Unplaced = { type: 'runtime.exited', at, data: { message, exitCode, signal, stderrTail } };
  const active = activeTurn(state);
  if (active === undefined || active.phase !== 'running') return [gone];
  const error: TurnError = { code: 'runtime-exited', message, retryable: true };
  return [gone, ...endOfTurn(state, active, at, { status: 'failed', error }, true)];
}

function noted(state: SessionState, fact: FactOf<'plan' | 'diff' | 'usage' | 'warning' | 'raw'>, at: string): readonly Unplaced[] {
  const known = 'turn' in fact && fact.turn !== undefined && turnOf(state, fact.turn) !== undefined ? { turn: fact.turn } : {};
  switch (fact.type) {
    case 'plan': {
      const explanation = fact.explanation === undefined ? {} : { explanation: fact.explanation };
      return [{ type: 'plan.updated', ...known, at, data: { ...explanation, steps: [...fact.steps] } }];
    }
    case 'diff':
      return [{ type: 'diff.updated', ...known, at, data: { diff: fact.diff } }];
    case 'usage':
      return [{ type: 'usage.reported', ...known, at, data: { total: fact.total, last: fact.last, contextWindow: fact.contextWindow } }];
    case 'warning':
      return [{ type: 'warning.raised', at, data: { message: fact.message } }];
    case 'raw':
      return [{ type: 'agent.raw', ...known, at, data: { method: fact.method, params: fact.params } }];
  }
}
