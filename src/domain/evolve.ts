/**
 * evolve: the state after one more event. Total over all event types and blind to everything but its two arguments, so replaying
 * a log always ends in the same state. It never refuses: what is in the log has happened.
 */

import type { Event } from '../contract/events.js';
import { addUsage } from '../contract/item.js';
import type { TurnError } from '../contract/session.js';
import { beginItem, finishItem, itemsOfNextTurn, NO_ITEMS } from './items.js';
import { countWork, NO_REVIEWS } from './review-loop.js';
import { activeTurn, type OpenTurn, type SessionState, STATE_FORMAT } from './state.js';
import { keepTime, startedClock } from './turn-clock.js';

/** The state after the first event of a stream, which is always `session.opened`. */
export function initial(event: Event<'session.opened'>): SessionState {
  const { agent, runtime, cwd, title, model, effort, permissions, approvals, limits, tools, forkedFrom, reviewOf, threadId } = event.data;
  return {
    format: STATE_FORMAT,
    id: event.session,
    agent,
    runtime,
    cwd,
    title,
    model,
    effort,
    serviceTier: null,
    permissions,
    policy: approvals ?? null,
    limits: limits ?? null,
    tools: tools ?? [],
    forkedFrom: forkedFrom ?? null,
    reviewOf: reviewOf ?? null,
    reviews: NO_REVIEWS,
    defaults: { model: null, effort: null },
    overridden: false,
    threadId: threadId ?? null,
    hadTurns: threadId !== undefined,
    adopted: threadId !== undefined,
    turns: [],
    lastTurn: null,
    items: NO_ITEMS,
    lastMessage: null,
    approvals: [],
    asked: 0,
    usage: null,
    usageBefore: null,
    clock: null,
    produced: [],
    archived: false,
    failure: null,
    position: event.position,
    createdAt: event.at,
    updatedAt: event.at,
  };
}

export function evolve(before: SessionState, event: Event): SessionState {
  return keepTime(before, countWork(before, step(before, event), event), event);
}

function step(before: SessionState, event: Event): SessionState {
  const state: SessionState = { ...before, position: event.position, updatedAt: event.at };
  switch (event.type) {
    case 'session.opened':
      return initial(event);
    case 'session.renamed':
      return { ...state, title: event.data.title };
    case 'session.resumed':
      if (!event.data.fresh) return { ...state, threadId: event.data.threadId, adopted: false };
      return { ...state, threadId: event.data.threadId, hadTurns: false, adopted: false, usageBefore: state.usage };
    case 'session.archived':
      return { ...state, archived: true };
    case 'session.failed':
      return { ...state, failure: event.data.message };
    case 'runtime.started':
      return {
        ...state,
        threadId: event.data.threadId,
        hadTurns: false,
        defaults: { model: event.data.model ?? null, effort: event.data.effort ?? null },
      };
    case 'item.started':
    case 'item.delta':
    case 'item.completed':
      return evolveItem(state, event);
    case 'approval.asked':
    case 'approval.answered':
    case 'approval.expired':
      return evolveApproval(state, event);
    case 'usage.reported':
      return evolveUsage(state, event);
    case 'file.produced':
      return { ...state, produced: produced(state.produced, event) };
    case 'items.consumed':
    case 'items.restored':
    case 'plan.updated':
    case 'diff.updated':
    case 'runtime.exited':
    case 'warning.raised':
    case 'agent.raw':
    case 'review.requested':
    case 'review.started':
    case 'review.failed':
    case 'terminal.attached':
    case 'terminal.detached':
    case 'terminal.acted':
      return state;
    default:
      return evolveTurn(state, event);
  }
}

type TurnEvent = Extract<Event, { type: `turn.${string}` }>;

function evolveTurn(state: SessionState, event: TurnEvent): SessionState {
  const id = event.turn;
  if (id === undefined) return state;
  switch (event.type) {
    case 'turn.requested':
      return { ...state, turns: [...state.turns, requested(state, id, event)] };
    case 'turn.queued':
      return startNext(
        placed(change(state, id, { phase: 'queued', into: null, maybeIn: event.data.maybeIn ?? null }), id, event.data.before),
      );
    case 'turn.started':
      return {
        ...settings(change(state, id, { phase: 'running', ref: event.data.ref, startedAt: event.at }), id),
        hadTurns: true,
        lastMessage: null,
        items: itemsOfNextTurn(state.items),
        clock: startedClock(event.at),
      };
    case 'turn.steered':
      return change(state, id, { phase: 'steered', into: event.data.into, startedAt: event.at });
    case 'turn.interrupting':
      return change(state, id, {
        interrupting: true,
        interruptingAt: event.at,
        overdue: event.data.reason ?? null,
      });
    case 'turn.retrying':
      return state;
    case 'turn.completed':
      return ended(state, id, 'completed', null);
    case 'turn.failed':
      return ended(state, id, 'failed', { code: event.data.code, message: event.data.message, retryable: event.data.retryable });
    case 'turn.interrupted':
      return ended(state, id, 'interrupted', null);
  }
}

function requested(state: SessionState, id: string, event: Event<'turn.requested'>): OpenTurn {
  const { disposition, mode, input, model, effort, serviceTier, sticky, outputSchema, action, limits } = event.data;
  const phase = { started: 'requested', queued: 'queued', steered: 'steering' } as const;
  return {
    id,
    phase: phase[disposition],
    mode,
    input,
    model: model ?? null,
    effort: effort ?? null,
    serviceTier: serviceTier ?? null,
    sticky: sticky ?? false,
    outputSchema: outputSchema ?? null,
    action: action ?? null,
    limits: limits ?? null,
    requestedAt: event.at,
    startedAt: null,
    ref: null,
    into: disposition === 'steered' ? (activeTurn(state)?.id ?? null) : null,
    maybeIn: null,
    interrupting: false,
    interruptingAt: null,
    overdue: null,
    usage: null,
  };
}

/** What a turn says of model, effort and tier stays when it was to stay; otherwise the next turn takes it back. */
function settings(state: SessionState, id: string): SessionState {
  const turn = state.turns.find((one) => one.id === id);
  if (turn === undefined) return state;
  const { model, effort, serviceTier, sticky } = turn;
  if (!sticky) return { ...state, overridden: model !== null || effort !== null || serviceTier !== null };
  const kept = { model: model ?? state.model, effort: effort ?? state.effort, serviceTier: serviceTier ?? state.serviceTier };
  return { ...state, ...kept, overridden: false };
}

/** Gives a turn another place: right before another one, or at the end. */
function placed(state: SessionState, id: string, before: string | null | undefined): SessionState {
  const turn = state.turns.find((one) => one.id === id);
  if (before === undefined || turn === undefined) return state;
  const others = state.turns.filter((one) => one.id !== id);
  const at = before === null ? -1 : others.findIndex((one) => one.id === before);
  return { ...state, turns: at < 0 ? [...others, turn] : [...others.slice(0, at), turn, ...others.slice(at)] };
}

function change(state: SessionState, id: string, part: Partial<OpenTurn>): SessionState {
  return { ...state, turns: state.turns.map((turn) => (turn.id === id ? { ...turn, ...part } : turn)) };
}

/** Ends a turn and with it those that it had taken in; a turn that only waited to be taken in goes to the queue. */
function ended(state: SessionState, id: string, status: 'completed' | 'failed' | 'interrupted', error: TurnError | null): SessionState {
  const turns = state.turns
    .filter((turn) => turn.id !== id && !(turn.phase === 'steered' && turn.into === id))
    .map((turn) => (turn.phase === 'steering' && turn.into === id ? { ...turn, phase: 'queued' as const, into: null } : turn));
  return startNext({
    ...state,
    turns,
    lastTurn: { id, status, error },
    clock: null,
    approvals: state.approvals.filter((held) => held.approval.turn !== id),
  });
}

/** The first of the queue is next as soon as nothing is active. */
function startNext(state: SessionState): SessionState {
  if (activeTurn(state) !== undefined) return state;
  const next = state.turns.find((turn) => turn.phase === 'queued');
  return next === undefined ? state : change(state, next.id, { phase: 'requested' });
}

function evolveItem(state: SessionState, event: Event<'item.started' | 'item.delta' | 'item.completed'>): SessionState {
  const { item, turn } = event;
  if (item === undefined || turn === undefined) return state;
  switch (event.type) {
    case 'item.delta': {
      if (event.data.kind !== 'text') return state;
      const before = state.lastMessage?.item === item ? state.lastMessage.text : '';
      return { ...state, lastMessage: { item, text: before + event.data.text } };
    }
    case 'item.started':
      return { ...state, items: beginItem(state.items, item, turn, event.data.item.kind) };
    case 'item.completed': {
      const items = finishItem(state.items, item);
      const message = event.data.item;
      return message.kind === 'agentMessage' ? { ...state, items, lastMessage: { item, text: message.text } } : { ...state, items };
    }
  }
}

function evolveApproval(state: SessionState, event: Event<'approval.asked' | 'approval.answered' | 'approval.expired'>): SessionState {
  switch (event.type) {
    case 'approval.asked':
      return {
        ...state,
        asked: state.asked + 1,
        approvals: [...state.approvals, { approval: event.data.approval, ref: event.data.ref, answer: null }],
      };
    case 'approval.answered':
      return {
        ...state,
        approvals: state.approvals.map((held) =>
          held.approval.id === event.data.approval ? { ...held, answer: event.data.answer } : held,
        ),
      };
    case 'approval.expired':
      return { ...state, approvals: state.approvals.filter((held) => held.approval.id !== event.data.approval) };
  }
}

/** A file keeps its place, and with it its number, when a later turn writes it anew. */
function produced(before: SessionState['produced'], event: Event<'file.produced'>): SessionState['produced'] {
  const file = { path: event.data.path, turn: event.turn ?? null };
  const at = before.findIndex(({ path }) => path === file.path);
  return at < 0 ? [...before, file] : before.with(at, file);
}

function evolveUsage(state: SessionState, event: Event<'usage.reported'>): SessionState {
  const { total, last } = event.data;
  const turns = state.turns.map((turn) => (turn.id === event.turn ? { ...turn, usage: addUsage(turn.usage, last) } : turn));
  return { ...state, usage: addUsage(state.usageBefore, total), turns };
}
