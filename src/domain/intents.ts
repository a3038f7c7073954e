/**
 * Intents: what a session's state asks of the world right now. They are derived, never stored: after a crash the same state gives
 * the same intents, and an intent is gone once its outcome is recorded.
 */

import type { ApprovalAnswer } from '../contract/approval.js';
import { activeTurn, type OpenTurn, type SessionState } from './state.js';

export type Intent =
  /** Have the runtime begin this turn. */
  | { readonly type: 'start'; readonly turn: OpenTurn }
  /** A turn runs: listen to it. */
  | { readonly type: 'listen'; readonly turn: OpenTurn }
  | { readonly type: 'steer'; readonly turn: OpenTurn; readonly into: string }
  | { readonly type: 'interrupt'; readonly turn: OpenTurn }
  | { readonly type: 'answer'; readonly ref: string; readonly answer: ApprovalAnswer };

export function intentsOf(state: SessionState): readonly Intent[] {
  const active = activeTurn(state);
  if (active === undefined) return [];
  if (active.phase === 'requested') {
    const start: Intent = { type: 'start', turn: active };
    return active.interrupting ? [start, { type: 'interrupt', turn: active }] : [start];
  }
  const intents: Intent[] = [{ type: 'listen', turn: active }];
  for (const turn of state.turns) {
    if (turn.phase === 'steering' && turn.into === active.id) intents.push({ type: 'steer', turn, into: active.id });
  }
  for (const held of state.approvals) {
    if (held.answer !== null) intents.push({ type: 'answer', ref: held.ref, answer: held.answer });
  }
  if (active.interrupting) intents.push({ type: 'interrupt', turn: active });
  return intents;
}
