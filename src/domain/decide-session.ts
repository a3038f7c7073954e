/** Decisions about a session itself: opening and archiving. Like every decision: state and command in, events out or an error. */

import { SpoolError } from '../base/errors.js';
import type { EventData, Unplaced } from '../contract/events.js';
import { activeTurn, type SessionState } from './state.js';

export function decideOpen(data: EventData<'session.opened'>, at: string): readonly [Unplaced<'session.opened'>] {
  return [{ type: 'session.opened', at, data }];
}

/** No events when it has this title already. */
export function decideRename(state: SessionState, title: string, at: string): readonly Unplaced[] {
  return state.title === title ? [] : [{ type: 'session.renamed', at, data: { title } }];
}

/** Throws `conflict` unless the session rests and may still be worked with. */
export function refuseAtWork(state: SessionState): void {
  if (state.archived) throw new SpoolError('conflict', `session ${state.id} is archived`, { hint: 'what it has said stays as it is' });
  if (state.turns.length === 0) return;
  throw new SpoolError('conflict', `session ${state.id} has an open turn`, { hint: 'wait for its end, or interrupt it, and try again' });
}

/** Archiving twice is fine; a session with open turns must first be interrupted or waited for. */
export function decideArchive(state: SessionState, by: string, at: string): readonly Unplaced[] {
  if (state.archived) return [];
  if (activeTurn(state) !== undefined) {
    throw new SpoolError('conflict', `session ${state.id} has a running turn`, {
      hint: 'interrupt it or wait for its end, then archive the session',
    });
  }
  return [{ type: 'session.archived', at, data: { by } }];
}
