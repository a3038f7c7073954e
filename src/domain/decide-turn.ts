/** Decisions about turns that clients ask for: start, steer, queue or refuse; and the wish to interrupt. */

import { SpoolError } from '../base/errors.js';
import type { Unplaced } from '../contract/events.js';
import { inputItems, type RequestTurn, type TurnAction } from '../contract/session.js';
import type { Disposition, TurnMode } from '../contract/words.js';
import { activeTurn, type OpenTurn, type SessionState } from './state.js';

export interface TurnWish {
  /** The id that the turn will have. */
  readonly turn: string;
  readonly command: RequestTurn;
  readonly by: string;
  /** Whether the session's runtime can take input into a running turn. */
  readonly canSteer: boolean;
}

export function decideTurn(state: SessionState, wish: TurnWish, at: string): { events: readonly Unplaced[]; disposition: Disposition } {
  refuseClosed(state);
  const { turn, command, by } = wish;
  const mode = command.mode ?? 'auto';
  const disposition = dispositionOf(state, wish, mode);
  const requested: Unplaced = {
    type: 'turn.requested',
    turn,
    at,
    data: {
      input: inputItems(command.input),
      mode,
      disposition,
      ...(command.model === undefined ? {} : { model: command.model }),
      ...(command.effort === undefined ? {} : { effort: command.effort }),
      ...(command.outputSchema === undefined ? {} : { outputSchema: command.outputSchema }),
      ...(command.serviceTier === undefined ? {} : { serviceTier: command.serviceTier }),
      ...(command.sticky === undefined ? {} : { sticky: command.sticky }),
      ...(command.limits === undefined ? {} : { limits: command.limits }),
      by,
    },
  };
  if (disposition !== 'queued') return { events: [requested], disposition };
  return { events: [requested, { type: 'turn.queued', turn, at, data: {} }], disposition };
}

/** Work that no running turn can take in: it begins at once or waits its turn. */
export function decideAction(
  state: SessionState,
  wish: { readonly turn: string; readonly action: TurnAction; readonly by: string },
  at: string,
): { events: readonly Unplaced[]; disposition: Disposition } {
  refuseClosed(state);
  const { turn, action, by } = wish;
  const disposition = activeTurn(state) === undefined ? 'started' : 'queued';
  const requested: Unplaced = { type: 'turn.requested', turn, at, data: { input: [], mode: 'queue', disposition, action, by } };
  if (disposition === 'started') return { events: [requested], disposition };
  return { events: [requested, { type: 'turn.queued', turn, at, data: {} }], disposition };
}

function refuseClosed(state: SessionState): void {
  if (state.archived) {
    throw new SpoolError('conflict', `session ${state.id} is archived and takes no more turns`, { hint: 'open a new session' });
  }
  if (state.failure !== null) {
    throw new SpoolError('conflict', `session ${state.id} has failed: ${state.failure}`, { hint: 'open a new session' });
  }
}

function dispositionOf(state: SessionState, wish: TurnWish, mode: TurnMode): Disposition {
  const active = activeTurn(state);
  if (active === undefined) {
    if (mode !== 'steer') return 'started';
    throw new SpoolError('conflict', `session ${state.id} has no running turn to steer`, {
      hint: 'use mode "auto" to start a turn when none runs',
    });
  }
  switch (mode) {
    case 'reject':
      throw new SpoolError('conflict', `session ${state.id} is busy with turn ${active.id}`, {
        hint: 'wait for its end, or use mode "queue" or "auto"',
        details: { turn: active.id },
      });
    case 'queue':
      return 'queued';
    case 'steer':
      if (wish.canSteer) return 'steered';
      throw new SpoolError('unsupported', `the runtime ${state.runtime} cannot take input into a running turn`, {
        hint: 'use mode "queue"',
      });
    case 'auto':
      return fitsInto(active, wish) && !somebodyWaits(state) ? 'steered' : 'queued';
  }
}

/** A message that was to be steered and has to wait after all must not be overtaken by the next one. */
function somebodyWaits(state: SessionState): boolean {
  return state.turns.some((turn) => turn.phase === 'queued' && turn.mode === 'auto');
}

/** What a running turn cannot take in: another model, effort or output schema, and anything once it is being interrupted or does other work. */
function fitsInto(active: OpenTurn, wish: TurnWish): boolean {
  const { model, effort, serviceTier, outputSchema } = wish.command;
  const own = model !== undefined || effort !== undefined || serviceTier !== undefined || outputSchema !== undefined;
  return wish.canSteer && !active.interrupting && active.action === null && !own;
}

/** The wish to interrupt the active turn, or only a certain one. No events when it is not active or the wish is already recorded. */
export function decideInterrupt(
  state: SessionState,
  only: string | undefined,
  by: string,
  at: string,
): { events: readonly Unplaced[]; turn: OpenTurn | null } {
  const active = activeTurn(state);
  if (active === undefined || (only !== undefined && only !== active.id)) return { events: [], turn: null };
  if (active.interrupting) return { events: [], turn: active };
  return { events: [{ type: 'turn.interrupting', turn: active.id, at, data: { by } }], turn: active };
}
