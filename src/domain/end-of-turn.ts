/** The end of a turn as events: what it still asked can no longer be answered, what it was to take in goes back to the queue. */

import type { Approval } from '../contract/approval.js';
import type { Unplaced } from '../contract/events.js';
import type { TurnError } from '../contract/session.js';
import { stateOfItem } from './items.js';
import { type OpenTurn, pendingApprovals, type SessionState } from './state.js';

export type End = { status: 'completed' } | { status: 'failed'; error: TurnError } | { status: 'interrupted'; reason?: string };

/**
 * Said before the end itself, so that nobody who sees the end finds a question or a message hanging from it. `silent`: the runtime died,
 * and what it had taken in by then may never have been told.
 */
export function endOfTurn(state: SessionState, turn: OpenTurn, at: string, end: End, silent = false): readonly Unplaced[] {
  const events: Unplaced[] = pendingApprovals(state)
    .filter((held) => held.approval.turn === turn.id)
    .map((held) => expired(held.approval, `the turn ${end.status === 'completed' ? 'completed' : end.status}`, at));
  for (const other of state.turns) {
    if (other.phase !== 'steering' || other.into !== turn.id) continue;
    const reason = 'the running turn ended before it took the message in';
    const maybeIn = silent && turn.ref !== null ? { maybeIn: turn.ref } : {};
    events.push({ type: 'turn.queued', turn: other.id, at, data: { reason, ...maybeIn } });
  }
  const result = { ...finalText(turn.phase === 'running' ? state : undefined), usage: turn.usage };
  const head = { turn: turn.id, at };
  if (end.status === 'failed') events.push({ type: 'turn.failed', ...head, data: { ...end.error, ...result } });
  else if (end.status === 'completed') events.push({ type: 'turn.completed', ...head, data: result });
  else events.push({ type: 'turn.interrupted', ...head, data: end.reason === undefined ? result : { ...result, reason: end.reason } });
  return events;
}

function finalText(state: SessionState | undefined): { finalText: string | null; finalItem?: string; partial?: true } {
  const last = state?.lastMessage;
  if (state === undefined || last === null || last === undefined) return { finalText: null };
  const ended = stateOfItem(state.items, last.item) === 'done';
  return { finalText: last.text, finalItem: last.item, ...(ended ? {} : { partial: true }) };
}

export function expired(approval: Approval, reason: string, at: string): Unplaced {
  const item = approval.item === undefined ? {} : { item: approval.item };
  return { type: 'approval.expired', turn: approval.turn, ...item, at, data: { approval: approval.id, reason } };
}
