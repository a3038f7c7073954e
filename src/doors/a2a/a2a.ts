/**
 * The way in for clients of the Agent2Agent protocol: `/a2a/{alias}` for each agent that is public, with its card below it, and the card of
 * the host where exactly one is. What speaks the protocol is loaded with the first request.
 */

import { SpoolError } from '../../base/errors.js';
import { lazily } from '../../base/lazily.js';
import type { Door, DoorParts, Mount } from '../door.js';
import { A2A_PATH, WELL_KNOWN } from './paths.js';
import { placeOf } from './place.js';

/** The server that it is given to disposes it. */
export function a2aDoor(parts: DoorParts): Door {
  const service = lazily(async () => (await import('./answer-a2a.js')).a2aService(parts));
  let closed = false;
  const fetch: Mount['fetch'] = async (request, by) => {
    if (closed) throw new SpoolError('unavailable', 'the host is stopping');
    return await (await service.get()).fetch(request, by);
  };
  return {
    mounts: [
      { prefix: WELL_KNOWN, right: 'open', fetch },
      { prefix: A2A_PATH, right: (request) => (placeOf(request).kind === 'call' ? 'work' : 'open'), fetch },
    ],
    upgrades: [],
    async [Symbol.asyncDispose]() {
      closed = true;
      (await service.current)?.[Symbol.dispose]();
    },
  };
}
