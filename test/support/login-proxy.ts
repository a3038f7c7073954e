/** A proxy by which the name of OpenAI's login service leads to the fake one: the only way to send a browser login of Codex there. */

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { FakeIssuer } from './fake-issuer.js';
import { selfSigned } from './self-signed.js';

const HOST = 'auth.openai.com';

export interface LoginProxy extends AsyncDisposable {
  /** What Codex must be told to go this way. */
  readonly env: Readonly<Record<string, string>>;
}

/** `certificate`: where the certificate is written that Codex is to trust. Whatever else is asked for is refused. */
export async function loginProxy(issuer: FakeIssuer, certificate: string): Promise<LoginProxy> {
  const identity = selfSigned(HOST);
  writeFileSync(certificate, identity.cert);
  const service = await listening(createSecure(identity, (request, response) => void issuer.serve(request, response)));
  const proxy = createServer((_, response) => response.writeHead(403).end());
  const sockets = new Set<Socket>();
  proxy.on('connect', ({ url }, from: Socket) => {
    if (url !== `${HOST}:443`) {
      from.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const to = connect(portOf(service), '127.0.0.1', () => {
      from.write('HTTP/1.1 200 OK\r\n\r\n');
      from.pipe(to).pipe(from);
    });
    for (const socket of [from, to]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
    }
  });
  await listening(proxy);
  return {
    env: { HTTPS_PROXY: `http://127.0.0.1:${portOf(proxy)}`, SSL_CERT_FILE: certificate },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      for (const server of [proxy, service]) {
        const closed = once(server, 'close');
        server.close();
        server.closeAllConnections();
        await closed;
      }
    },
  };
}

async function listening<S extends Server>(server: S): Promise<S> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
