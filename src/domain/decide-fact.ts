/**
 * What a fact from the runtime means for a session: the events to record, in order. Facts may come late, twice or for turns that
 * are over; what adds nothing gives no events. Pure, so that every interleaving can be tested as given, when, then.
 */

import type { Approval } from '../contract/approval.js';
import { approvalId } from '../contract/approval.js';
import type { Unplaced } from '../contract/events.js';
import type { Fact } from '../contract/facts.js';
import type { TurnError } from '../contract/session.js';
import { stateOfItem } from './items.js';
import { activeTurn, type OpenTurn, pendingApprovals, type SessionState, turnOf } from './state.js';

/** Facts that the worker adds to those of the runtime. */
export type OwnFact =
  | {
      readonly type: 'thread.opened';
      readonly threadId: string;
      readonly version: string;
      readonly opened: 'started' | 'resumed' | 'replaced';
      readonly gap: boolean;
    }
  | { readonly type: 'turn.steered'; readonly turn: string; readonly into: string }
  | { readonly type: 'turn.requeued'; readonly turn: string; readonly reason: string };

export function eventsOfFact(state: SessionState, fact: Fact | OwnFact, at: string): readonly Unplaced[] {
  switch (fact.type) {
    case 'thread.opened':
      return threadOpened(state, fact, at);
    case 'turn.started':
    case 'turn.retrying':
    case 'turn.completed':
    case 'turn.failed':
    case 'turn.interrupted':
    case 'turn.steered':
    case 'turn.requeued':
      return turnFact(state, fact, at);
    case 'item.started':
    case 'item.delta':
    case 'item.completed':
      return itemFact(state, fact, at);
    case 'ask':
      return ask(state, fact, at);
    case 'ask.closed':
      return pendingApprovals(state)
        .filter((held) => held.ref === fact.ref)
        .map((held) => expired(held.approval, 'the runtime closed the question', at));
    case 'ended':
      return threadEnded(state, fact, at);
    default:
      return noted(state, fact, at);
  }
}

type FactOf<T extends (Fact | OwnFact)['type']> = Extract<Fact | OwnFact, { type: T }>;

function threadOpened(state: SessionState, fact: FactOf<'thread.opened'>, at: string): readonly Unplaced[] {
  const { threadId, version, opened, gap } = fact;
  if (opened === 'started') return [{ type: 'runtime.started', at, data: { runtime: state.runtime, version, threadId } }];
  const fresh = opened === 'replaced';
  const previous = fresh && state.threadId !== null ? { previousThreadId: state.threadId } : {};
  const resumed: Unplaced = { type: 'session.resumed', at, data: { threadId, fresh, gap, ...previous } };
  if (!fresh) return [resumed];
  const message = 'the runtime no longer knew the conversation; it goes on in a new one that does not remember what was said before';
  return [resumed, { type: 'warning.raised', at, data: { message } }];
}

type TurnFact = FactOf<
  'turn.started' | 'turn.retrying' | 'turn.completed' | 'turn.failed' | 'turn.interrupted' | 'turn.steered' | 'turn.requeued'
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
    case 'turn.steered':
      return turn.phase === 'steering' ? [{ type: 'turn.steered', turn: id, at, data: { into: fact.into } }] : [];
    case 'turn.requeued':
      return turn.phase === 'steering' ? [{ type: 'turn.queued', turn: id, at, data: { reason: fact.reason } }] : [];
    case 'turn.failed':
      return endOfTurn(state, turn, at, { status: 'failed', error: fact.error });
    case 'turn.completed':
      return endOfTurn(state, turn, at, { status: 'completed' });
    case 'turn.interrupted':
      return endOfTurn(
        state,
        turn,
        at,
        fact.reason === undefined ? { status: 'interrupted' } : { status: 'interrupted', reason: fact.reason },
      );
  }
}

type End = { status: 'completed' } | { status: 'failed'; error: TurnError } | { status: 'interrupted'; reason?: string };

/** The end of a turn; questions that it still asked can no longer be answered, and say so first. */
function endOfTurn(state: SessionState, turn: OpenTurn, at: string, end: End): readonly Unplaced[] {
  const events: Unplaced[] = pendingApprovals(state)
    .filter((held) => held.approval.turn === turn.id)
    .map((held) => expired(held.approval, `the turn ${end.status === 'completed' ? 'completed' : end.status}`, at));
  const started = turn.phase === 'running';
  const result = { finalText: started ? (state.lastMessage?.text ?? null) : null, usage: turn.usage };
  const head = { turn: turn.id, at };
  if (end.status === 'failed') events.push({ type: 'turn.failed', ...head, data: { ...end.error, ...result } });
  else if (end.status === 'completed') events.push({ type: 'turn.completed', ...head, data: result });
  else events.push({ type: 'turn.interrupted', ...head, data: end.reason === undefined ? result : { ...result, reason: end.reason } });
  return events;
}

function itemFact(state: SessionState, fact: FactOf<'item.started' | 'item.delta' | 'item.completed'>, at: string): readonly Unplaced[] {
  const item = fact.type === 'item.delta' ? fact.item : fact.item.id;
  const known = stateOfItem(state.items, item);
  // A turn that is over may still close what it opened: Codex lets a command run on after an interrupt and reports its end later.
  if (known === 'done') return [];
  if (known === undefined && turnOf(state, fact.turn) === undefined) return [];
  const head = { turn: fact.turn, item, at };
  switch (fact.type) {
    case 'item.started':
      return known === undefined ? [{ type: 'item.started', ...head, data: { item: fact.item } }] : [];
    case 'item.delta':
      return [{ type: 'item.delta', ...head, data: { kind: fact.kind, text: fact.text } }];
    case 'item.completed':
      return [{ type: 'item.completed', ...head, data: { item: fact.item } }];
  }
}

function ask(state: SessionState, fact: FactOf<'ask'>, at: string): readonly Unplaced[] {
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
  const item = fact.ask.item === undefined ? {} : { item: fact.ask.item };
  return [{ type: 'approval.asked', turn: turn.id, ...item, at, data: { approval, ref: fact.ref } }];
}

function expired(approval: Approval, reason: string, at: string): Unplaced {
  const item = approval.item === undefined ? {} : { item: approval.item };
  return { type: 'approval.expired', turn: approval.turn, ...item, at, data: { approval: approval.id, reason } };
}

/** Only a process that is gone takes its turn along; behind a lost connection the turn may go on, and is looked for when it is back. */
function threadEnded(state: SessionState, fact: FactOf<'ended'>, at: string): readonly Unplaced[] {
  if (fact.how !== 'exited') return [];
  const { message, exitCode, signal, stderrTail } = fact;
  const gone: Unplaced = { type: 'runtime.exited', at, data: { message, exitCode, signal, stderrTail } };
  const active = activeTurn(state);
  if (active === undefined || active.phase !== 'running') return [gone];
  const error: TurnError = { code: 'runtime-exited', message, retryable: true };
  return [gone, ...endOfTurn(state, active, at, { status: 'failed', error })];
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
