/** The turns of a session as clients see them, folded from its turn events (all other events may be left out). */

import type { Event } from '../contract/events.js';
import type { Turn } from '../contract/session.js';
import type { OpenTurn, SessionState } from './state.js';

/** Folds one more event into the turns so far; the map keeps the order of the requests. */
export function foldTurn(turns: Map<string, Turn>, event: Event): void {
  const id = event.turn;
  if (id === undefined) return;
  if (event.type === 'turn.requested') {
    turns.set(id, {
      id,
      session: event.session,
      status: event.data.disposition === 'started' ? 'running' : 'queued',
      input: event.data.input,
      ...(event.data.action === undefined ? {} : { action: event.data.action }),
      finalText: null,
      error: null,
      usage: null,
      steeredInto: null,
      requestedAt: event.at,
      startedAt: null,
      endedAt: null,
    });
    return;
  }
  const turn = turns.get(id);
  if (turn === undefined) return;
  switch (event.type) {
    case 'turn.queued':
      turns.set(id, { ...turn, status: 'queued' });
      break;
    case 'turn.started':
      turns.set(id, { ...turn, status: 'running', startedAt: event.at });
      break;
    case 'turn.steered':
      turns.set(id, { ...turn, status: 'running', startedAt: event.at, steeredInto: event.data.into });
      break;
    case 'turn.completed':
      end(turns, turn, { status: 'completed', endedAt: event.at, ...resultOf(event.data) });
      break;
    case 'turn.interrupted':
      end(turns, turn, { status: 'interrupted', endedAt: event.at, ...resultOf(event.data) });
      break;
    case 'turn.failed': {
      const { code, message, retryable } = event.data;
      end(turns, turn, { status: 'failed', endedAt: event.at, ...resultOf(event.data), error: { code, message, retryable } });
      break;
    }
    default:
      break;
  }
}

type Result = Pick<Turn, 'finalText' | 'usage' | 'partial'>;
type End = Pick<Turn, 'status' | 'endedAt'> & Result & Partial<Pick<Turn, 'error'>>;

function resultOf({ finalText, usage, partial }: Result): Result {
  return { finalText, usage, ...(partial === undefined ? {} : { partial }) };
}

/** Those that the turn had taken in end with it; its text and usage stay its own. */
function end(turns: Map<string, Turn>, turn: Turn, result: End): void {
  turns.set(turn.id, { ...turn, ...result });
  for (const [id, other] of turns) {
    if (other.steeredInto === turn.id)
      turns.set(id, { ...other, status: result.status, endedAt: result.endedAt, error: result.error ?? null });
  }
}

/** An open turn of the state as clients see it. */
export function turnView(state: SessionState, turn: OpenTurn): Turn {
  return {
    id: turn.id,
    session: state.id,
    status: turn.phase === 'queued' || turn.phase === 'steering' ? 'queued' : 'running',
    input: [...turn.input],
    ...(turn.action === null ? {} : { action: turn.action }),
    finalText: null,
    error: null,
    usage: turn.usage,
    steeredInto: turn.phase === 'steered' ? turn.into : null,
    requestedAt: turn.requestedAt,
    startedAt: turn.startedAt,
    endedAt: null,
  };
}
