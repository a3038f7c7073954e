/**
 * A scripted Codex behind a socket, as `app-server --listen` would be: WebSocket on loopback or on a unix socket.
 */

import { createServer } from 'node:http';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';

import { SpoolError } from '../../base/errors.js';
import { CodexPlayer } from './player.js';
import type { CodexFrame, CodexStep } from './steps.js';

/** A listening scripted Codex; disposing breaks all connections. */
export interface ListeningCodex extends AsyncDisposable {
  /** `ws://127.0.0.1:PORT`, or `ws+unix:PATH:/` as the `ws` client wants it. */
  readonly url: string;
  /** What each connection sent, in the order they came. */
  readonly received: readonly (readonly CodexFrame[])[];
}

/** Listens on a free loopback port, or on the unix socket `path`. Every connection plays the same steps from the start. */
export async function listenScriptedCodex(steps: readonly CodexStep[], options: { path?: string } = {}): Promise<ListeningCodex> {
  const server = createServer((_request, response) => void response.writeHead(426).end());
  const sockets = new WebSocketServer({ server });
  const received: (readonly CodexFrame[])[] = [];
  sockets.on('connection', (socket) => received.push(play(socket, steps)));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(SpoolError.from(error)));
    if (options.path === undefined) server.listen(0, '127.0.0.1', resolve);
    else server.listen(options.path, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: options.path === undefined ? `ws://127.0.0.1:${port}` : `ws+unix:${options.path}:/`,
    received,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function play(socket: WebSocket, steps: readonly CodexStep[]): readonly CodexFrame[] {
  const player = new CodexPlayer(steps, {
    send: (text) => socket.send(text),
    stderr: () => undefined,
    stubborn: () => undefined,
    // A process that dies says no goodbye on its sockets.
    exit: () => socket.terminate(),
    close: () => socket.close(),
  });
  socket.on('message', (data) => player.receive(textOf(data)));
  player.start();
  return player.received;
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}
