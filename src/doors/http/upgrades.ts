/** Requests that ask for another protocol on their socket: WebSockets go to their door, everything else is served as if it had not asked. */

import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { SpoolError } from '../../base/errors.js';
import { httpStatus } from '../../contract/problem.js';
import type { Upgrade } from '../door.js';
import type { Guard } from '../guard.js';
import { refuseUpgrade } from '../problem-response.js';
import type { Counts } from './metrics.js';
import { urlOf } from './sse.js';

export interface UpgradeParts {
  readonly guard: Guard;
  readonly counts: Counts;
  readonly upgrades: readonly Upgrade[];
  readonly stopping: () => boolean;
}

export function serveUpgrades(server: Server, parts: UpgradeParts): void {
  server.on('upgrade', (request, socket, head) => {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      serveWithoutUpgrade(server, request, socket, head);
      return;
    }
    // A socket that breaks has no more to say than that it is closed.
    socket.on('error', () => socket.destroy());
    try {
      admit(request, socket, head, parts);
    } catch (thrown) {
      const error = SpoolError.from(thrown);
      parts.counts.request('none', httpStatus(error.code));
      refuseUpgrade(socket, error);
    }
  });
}

function admit(request: IncomingMessage, socket: Duplex, head: Buffer, { guard, counts, upgrades, stopping }: UpgradeParts): void {
  guard.checkPlace(request.headers);
  const url = urlOf(request);
  const upgrade = upgrades.find(({ path }) => path === url.pathname);
  const by = guard.admit(request, upgrade?.right ?? 'view', url.searchParams.get('access_token'));
  if (upgrade === undefined) throw new SpoolError('not-found', `there is no WebSocket at ${url.pathname}`);
  if (stopping()) throw new SpoolError('unavailable', 'the host is stopping');
  counts.request(upgrade.path, 101);
  upgrade.accept(request, socket, head, by);
}

/**
 * Some clients (Java's, curl --http2) offer `Upgrade: h2c` with every request and expect to be answered all the same. Node hands such
 * a request over half read, so its head is written anew without the offer and given to the server as if it had just come.
 */
function serveWithoutUpgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const lines = [`${request.method ?? 'GET'} ${request.url ?? '/'} HTTP/1.1`];
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    const name = request.rawHeaders[i] ?? '';
    if (!/^(?:upgrade|connection|http2-settings)$/i.test(name)) lines.push(`${name}: ${request.rawHeaders[i + 1] ?? ''}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}
