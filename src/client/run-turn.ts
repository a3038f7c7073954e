/** Waiting for a turn's end, and running one from request to end, both on top of following the session. */

import { SpoolError } from '../base/errors.js';
import type { Event } from '../contract/events.js';
import type { RouteBody } from '../contract/routes.js';
import type { Turn, TurnAccepted } from '../contract/session.js';
import { type FollowOptions, follow } from './follow.js';
import type { Wire } from './wire.js';

/** What a wait may be told; see FollowOptions. */
export type WaitOptions = Omit<FollowOptions, 'after' | 'onOpened'>;

/** Whether an event is the end of a turn. */
export function isTurnEnd(event: Event): boolean {
  return event.type === 'turn.completed' || event.type === 'turn.failed' || event.type === 'turn.interrupted';
}

/** The turn once it has ended. Rejects with `cancelled` when `signal` is aborted before. */
export async function waitForTurn(wire: Wire, session: string, turn: string, options: WaitOptions = {}): Promise<Turn> {
  const { signal } = options;
  const read = (): Promise<Turn> => wire.call('turn', { params: { id: session, turn }, signal });
  // The position is taken before the turn is looked at, so that an end in between is found behind it.
  const { position } = await wire.call('session', { params: { id: session }, signal });
  const now = await read();
  if (now.endedAt !== null) return now;
  for await (const event of follow(wire, session, { ...options, after: position })) {
    if (!isTurnEnd(event)) continue;
    // Any end may be this one's: a turn that was steered into another ends with that one.
    const then = await read();
    if (then.endedAt !== null) return then;
  }
  throw new SpoolError('cancelled', `stopped waiting for turn ${turn}`);
}

/**
 * Asks for a turn and gives the session's events until it has ended, those of other turns left out. The ended turn is what the
 * generator returns. `signal` stops the watching, not the turn.
 */
export async function* runTurn(
  wire: Wire,
  session: string,
  body: RouteBody<'requestTurn'>,
  options: WaitOptions = {},
): AsyncGenerator<Event, Turn> {
  const { signal } = options;
  return yield* watchTurn(wire, session, await wire.call('requestTurn', { params: { id: session }, body, signal }), options);
}

/** The same for a turn that has been accepted already, as of a review. */
export async function* watchTurn(
  wire: Wire,
  session: string,
  { turn, position }: TurnAccepted,
  options: WaitOptions = {},
): AsyncGenerator<Event, Turn> {
  const { signal } = options;
  let carrier = turn.id;
  for await (const event of follow(wire, session, { ...options, after: position - 1 })) {
    if (event.type === 'turn.steered' && event.turn === turn.id) carrier = event.data.into;
    const ours = event.turn === undefined || event.turn === turn.id || event.turn === carrier;
    if (ours) yield event;
    if (isTurnEnd(event) && (event.turn === turn.id || event.turn === carrier)) {
      return await wire.call('turn', { params: { id: session, turn: turn.id }, signal });
    }
  }
  throw new SpoolError('cancelled', `stopped watching turn ${turn.id}; it goes on`);
}
