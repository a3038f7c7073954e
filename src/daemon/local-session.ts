/** Sessions of a host inside this program, in the shape that agent platforms use: the same queries as over HTTP, without it. */

import { type QuerySession, type SessionHandle, startQuery } from '../client/query.js';
import { parseEvent } from '../contract/event-text.js';
import type { Event } from '../contract/events.js';
import type { Host, Principal } from '../host/face.js';

export function localSession(host: Host, id: string, by: Principal): SessionHandle {
  const session: QuerySession = {
    id,
    look: () => host.session(id, by),
    request: (command) => host.requestTurn(id, command, by),
    turn: (turn) => host.turn(id, turn, by),
    follow: (after, signal) => eventsOf(host, id, after, signal, by),
    interrupt: (turn) => host.interrupt(id, { turn }, by),
    cancel: (turn) => host.cancelTurn(id, turn, by),
  };
  return { id, query: (input, options) => startQuery(session, input, options) };
}

async function* eventsOf(host: Host, session: string, after: number, signal: AbortSignal, by: Principal): AsyncGenerator<Event, void> {
  for await (const record of host.follow({ session, after, signal }, by)) {
    for (const { position, body } of record.events) yield parseEvent(session, position, body);
  }
}
