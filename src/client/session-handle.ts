/** A session of a host behind HTTP, in the shape that agent platforms use. */

import { type Backoff, delayOf } from '../base/backoff.js';
import { SpoolError } from '../base/errors.js';
import { follow, pause } from './follow.js';
import { type QuerySession, type SessionHandle, startQuery } from './query.js';
import type { Wire } from './wire.js';

const BACKOFF: Backoff = { firstMs: 100, maxMs: 5_000 };

export function sessionHandle(wire: Wire, id: string): SessionHandle {
  const params = { id };
  const session: QuerySession = {
    id,
    // The only call that is made once: a host that was never there is told at once.
    look: () => wire.call('session', { params }),
    request: (body) => patiently(() => wire.call('requestTurn', { params, body })),
    turn: (turn) => patiently(() => wire.call('turn', { params: { id, turn } })),
    follow: (after, signal) => follow(wire, id, { after, signal }),
    interrupt: (turn) => patiently(() => wire.call('interrupt', { params, body: { turn } })),
    cancel: (turn) => patiently(() => wire.call('cancelTurn', { params: { id, turn } })),
  };
  return { id, query: (input, options) => startQuery(session, input, options) };
}

/** Asks until a host answers. Harmless here: a request has a command id, and the rest may be repeated. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      const { code } = SpoolError.from(error);
      if (code !== 'unavailable' && code !== 'timeout' && code !== 'overloaded') throw error;
      await pause(delayOf(BACKOFF, attempt), undefined);
    }
  }
}
