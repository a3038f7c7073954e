/** Decisions about turns that wait: taking one back, giving it another place. Only what has not begun can be moved or taken back. */

import { SpoolError } from '../base/errors.js';
import type { Unplaced } from '../contract/events.js';
import { endOfTurn } from './end-of-turn.js';
import { type OpenTurn, type SessionState, turnOf } from './state.js';

/** Throws `conflict` when the turn is not in the queue (any more), `not-found` when it is not open. */
export function decideCancel(state: SessionState, id: string, by: string, at: string): readonly Unplaced[] {
  const turn = queued(state, id, 'be taken back');
  return endOfTurn(state, turn, at, { status: 'interrupted', reason: `taken back by ${by} before it began` });
}

/** `before` null means the end of the queue. No events when it already stands there. */
export function decideMove(state: SessionState, id: string, before: string | null, by: string, at: string): readonly Unplaced[] {
  queued(state, id, 'be moved');
  if (before !== null) queued(state, before, 'be moved before');
  const order = state.turns.filter((turn) => turn.phase === 'queued').map((turn) => turn.id);
  const follower = order[order.indexOf(id) + 1] ?? null;
  if (before === id || before === follower) return [];
  return [{ type: 'turn.queued', turn: id, at, data: { reason: `moved by ${by}`, before } }];
}

function queued(state: SessionState, id: string, what: string): OpenTurn {
  const turn = turnOf(state, id);
  if (turn === undefined) throw new SpoolError('not-found', `session ${state.id} has no open turn ${id}`);
  if (turn.phase === 'queued') return turn;
  const where = turn.phase === 'steering' || turn.phase === 'steered' ? `was given to the running turn ${turn.into ?? ''}` : 'has begun';
  throw new SpoolError('conflict', `turn ${id} ${where} and can no longer ${what}`, { hint: 'interrupt the running turn to stop it' });
}
