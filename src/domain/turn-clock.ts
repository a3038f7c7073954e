/**
 * How long the running turn has worked and when it last gave a sign of life. A turn that waits for an answer does not age. Kept as times
 * of events and not by a running clock, so a restart changes nothing.
 */

import type { Event } from '../contract/events.js';
import { activeTurn, pendingApprovals, type SessionState } from './state.js';

export interface TurnClock {
  /** Milliseconds that the turn had worked by `agingSince`. */
  readonly agedMs: number;
  /** When it began to age, again; null while it waits for an answer. */
  readonly agingSince: string | null;
  /** Its last sign of life. */
  readonly heardAt: string;
}

export function startedClock(at: string): TurnClock {
  return { agedMs: 0, agingSince: at, heardAt: at };
}

/** The state after an event, with the running turn's clock moved on. */
export function keepTime(before: SessionState, after: SessionState, event: Event): SessionState {
  const turn = activeTurn(after);
  if (turn === undefined || turn.phase !== 'running' || turn.id !== activeTurn(before)?.id) return after;
  const clock = after.clock;
  if (clock === null) return after;
  const waits = pendingApprovals(after).length > 0;
  const paused = waits === (clock.agingSince === null) ? clock : toggled(clock, waits, event.at);
  const heard = event.turn === turn.id || event.type === 'session.resumed';
  if (!heard && paused === clock) return after;
  return { ...after, clock: heard ? { ...paused, heardAt: event.at } : paused };
}

function toggled(clock: TurnClock, waits: boolean, at: string): TurnClock {
  if (!waits) return { ...clock, agingSince: at };
  const aged = clock.agingSince === null ? 0 : Math.max(0, Date.parse(at) - Date.parse(clock.agingSince));
  return { ...clock, agedMs: clock.agedMs + aged, agingSince: null };
}
