/** What it means that a time has run out. Looked at again when it is taken: the answer or the end may have come a moment before. */

import type { Unplaced } from '../contract/events.js';
import type { TurnError } from '../contract/session.js';
import type { Due } from './due.js';
import { endOfTurn } from './end-of-turn.js';
import { refusalOf } from './policy.js';
import { activeTurn, pendingApprovals, type SessionState, turnOf } from './state.js';

/** Events are signed with this name where somebody has to be named. */
const DEADLINE = 'deadline';

export function eventsOfDue(state: SessionState, due: Due, at: string): readonly Unplaced[] {
  switch (due.what) {
    case 'approval':
      return unanswered(state, due.approval, at);
    case 'queue': {
      const turn = turnOf(state, due.turn);
      if (turn?.phase !== 'queued') return [];
      return endOfTurn(state, turn, at, {
        status: 'failed',
        error: timeout(`it waited in the queue for ${due.seconds} s and never began`),
      });
    }
    case 'turn':
      if (state.clock?.agingSince !== due.since) return [];
      return overdue(state, due.turn, `the turn took longer than its limit of ${due.seconds} s`, at);
    case 'idle':
      if (state.clock?.heardAt !== due.since) return [];
      return overdue(state, due.turn, `the turn gave no sign of life for ${due.seconds} s`, at);
    case 'interrupt': {
      const turn = turnOf(state, due.turn);
      if (turn === undefined || turn.interruptingAt === null) return [];
      const reason = 'the runtime did not confirm that the turn was stopped';
      if (turn.overdue === null) return endOfTurn(state, turn, at, { status: 'interrupted', reason });
      return endOfTurn(state, turn, at, { status: 'failed', error: timeout(`${turn.overdue}; ${reason}`) });
    }
  }
}

export function timeout(message: string): TurnError {
  return { code: 'timeout', message, retryable: true };
}

function overdue(state: SessionState, id: string, reason: string, at: string): readonly Unplaced[] {
  const turn = activeTurn(state);
  if (turn?.id !== id || turn.interrupting) return [];
  return [{ type: 'turn.interrupting', turn: id, at, data: { by: DEADLINE, reason } }];
}

function unanswered(state: SessionState, id: string, at: string): readonly Unplaced[] {
  const held = pendingApprovals(state).find(({ approval }) => approval.id === id);
  if (held === undefined) return [];
  const { decisions, turn, item, askedAt } = held.approval;
  const waited = Math.round((Date.parse(at) - Date.parse(askedAt)) / 1000);
  const why = `nobody answered within ${waited} s`;
  const of = item === undefined ? { turn } : { turn, item };
  return [{ type: 'approval.answered', ...of, at, data: { approval: id, answer: { decision: refusalOf(decisions) }, by: DEADLINE, why } }];
}
