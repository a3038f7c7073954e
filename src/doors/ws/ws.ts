/** WS /v1/ws: the events of any number of sessions, and every route of the table, on one socket. */

import type { WebSocket } from 'ws';
import type { Principal } from '../../host/face.js';
import type { Door, DoorParts } from '../door.js';
import { LiveSocket } from '../live-socket.js';
import { SocketRoom } from '../socket-room.js';
import { Conversation } from './conversation.js';

export const WS_PATH = '/v1/ws';

/** The server that it is given to disposes it. */
export function wsDoor(parts: DoorParts): Door {
  const room = new SocketRoom();
  const opened = (socket: WebSocket, by: Principal): void => {
    const live = new LiveSocket(socket, parts.clock);
    const conversation = new Conversation(parts, live, by, () => socket.resume());
    socket.on('message', (data, isBinary) => {
      // Reading stops while commands wait: who asks more than it takes answers holds up itself.
      if (!conversation.take(isBinary ? null : String(data))) socket.pause();
    });
  };
  return {
    mounts: [],
    upgrades: [
      { path: WS_PATH, right: 'view', accept: (request, socket, head, by) => room.accept(request, socket, head, (ws) => opened(ws, by)) },
    ],
    [Symbol.asyncDispose]: () => room[Symbol.asyncDispose](),
  };
}
