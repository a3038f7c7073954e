/** What runs out of time next in a session, and when. Derived from the state like intents are, so a deadline survives every restart. */

import type { ResolvedLimits } from '../contract/limits.js';
import { isWorking } from './items.js';
import { activeTurn, type OpenTurn, pendingApprovals, type SessionState } from './state.js';

export type Due =
  /** A question that nobody has answered. */
  | { readonly what: 'approval'; readonly at: number; readonly approval: string }
  /** A turn that has waited too long for its start. */
  | { readonly what: 'queue'; readonly at: number; readonly turn: string; readonly seconds: number }
  /** The running turn has worked for too long. */
  | { readonly what: 'turn'; readonly at: number; readonly turn: string; readonly seconds: number; readonly since: string }
  /** The running turn gives no sign of life. */
  | { readonly what: 'idle'; readonly at: number; readonly turn: string; readonly seconds: number; readonly since: string }
  /** The runtime was asked to stop the turn and has not said that it did. */
  | { readonly what: 'interrupt'; readonly at: number; readonly turn: string };

/** How long a runtime may take to confirm that a turn is stopped, before the turn is ended without it. */
export const INTERRUPT_GRACE_MS = 15_000;

/** The soonest; undefined when nothing can run out. `limits` gives those of a turn. */
export function nextDue(state: SessionState, limits: (turn: OpenTurn) => ResolvedLimits): Due | undefined {
  let soonest: Due | undefined;
  const consider = (due: Due | undefined): void => {
    if (due !== undefined && (soonest === undefined || due.at < soonest.at)) soonest = due;
  };
  for (const { approval } of pendingApprovals(state)) {
    if (approval.deadline !== undefined) consider({ what: 'approval', at: Date.parse(approval.deadline), approval: approval.id });
  }
  for (const turn of state.turns) {
    if (turn.phase !== 'queued') continue;
    const { queueSeconds: seconds } = limits(turn);
    if (seconds !== null) consider({ what: 'queue', at: Date.parse(turn.requestedAt) + seconds * 1000, turn: turn.id, seconds });
  }
  const active = activeTurn(state);
  if (active?.phase === 'running') for (const due of ofRunning(state, active, limits(active))) consider(due);
  return soonest;
}

function ofRunning(state: SessionState, turn: OpenTurn, limits: ResolvedLimits): Due[] {
  if (turn.interruptingAt !== null) return [{ what: 'interrupt', at: Date.parse(turn.interruptingAt) + INTERRUPT_GRACE_MS, turn: turn.id }];
  const { clock } = state;
  if (clock === null || clock.agingSince === null) return [];
  const dues: Due[] = [];
  const { turnSeconds, idleSeconds } = limits;
  if (turnSeconds !== null) {
    dues.push({
      what: 'turn',
      at: Date.parse(clock.agingSince) + turnSeconds * 1000 - clock.agedMs,
      turn: turn.id,
      seconds: turnSeconds,
      since: clock.agingSince,
    });
  }
  // While a command or a tool works it is not the model that is silent; a command that never ends is for the turn's deadline.
  if (idleSeconds !== null && !isWorking(state.items, turn.id)) {
    dues.push({
      what: 'idle',
      at: Date.parse(clock.heardAt) + idleSeconds * 1000,
      turn: turn.id,
      seconds: idleSeconds,
      since: clock.heardAt,
    });
  }
  return dues;
}
