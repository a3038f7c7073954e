/** The sockets of one WebSocket door: takes them over from the server, keeps the list, closes them at the end. */

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { MESSAGE_LIMIT } from './live-socket.js';

/** Going away, as RFC 6455 numbers it: the client may come again. */
export const GOING_AWAY = 1001;

export class SocketRoom implements AsyncDisposable {
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_LIMIT, perMessageDeflate: false, clientTracking: true });

  accept(request: IncomingMessage, socket: Duplex, head: Buffer, opened: (socket: WebSocket) => void): void {
    this.#server.handleUpgrade(request, socket, head, opened);
  }

  get size(): number {
    return this.#server.clients.size;
  }

  /** Asks every client to go; the server tears the sockets of those that do not. Resolves when all are closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    const open = [...this.#server.clients];
    const closed = open.map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())));
    for (const socket of open) socket.close(GOING_AWAY, 'the host is stopping');
    this.#server.close();
    await Promise.all(closed);
  }
}
