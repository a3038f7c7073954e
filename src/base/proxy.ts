/** The way to a server through a proxy, as the variables that everybody knows say it: the same way that Codex takes by itself. */

import { type ClientRequestArgs, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect } from 'node:tls';
import { SpoolError } from './errors.js';

export type ProxyVariables = Readonly<Record<string, string | undefined>>;

/** The proxy for https addresses; undefined where there is none, or none for this name. Throws `unsupported` for one of another kind. */
export function proxyFor(hostname: string, env: ProxyVariables): URL | undefined {
  const named = setIn(env, 'HTTPS_PROXY') ?? setIn(env, 'ALL_PROXY');
  if (named === undefined || isExcepted(hostname, setIn(env, 'NO_PROXY') ?? '')) return undefined;
  const address = named.includes('://') ? named : `http://${named}`;
  if (/^https?:/i.test(address) && URL.canParse(address)) return new URL(address);
  throw new SpoolError('unsupported', 'the proxy that HTTPS_PROXY or ALL_PROXY names is none that speaks HTTP', {
    hint: 'name one that does, or put the name of the server into NO_PROXY',
  });
}

function setIn(env: ProxyVariables, name: string): string | undefined {
  return env[name] || env[name.toLowerCase()] || undefined;
}

function isExcepted(hostname: string, list: string): boolean {
  return list.split(',').some((entry) => {
    const name = entry
      .trim()
      .replace(/^\*?\./, '')
      .toLowerCase();
    return name === '*' || (name !== '' && (hostname === name || hostname.endsWith(`.${name}`)));
  });
}

/** Opens its connections as tunnels: the proxy sees where they lead, and nothing of what is said. */
export class TunnelAgent extends HttpsAgent {
  readonly #proxy: URL;

  constructor(proxy: URL, options: ConstructorParameters<typeof HttpsAgent>[0]) {
    super(options);
    this.#proxy = proxy;
  }

  override createConnection(options: ClientRequestArgs, done?: (error: Error | null, stream: Duplex) => void): undefined {
    const { hostname, port, protocol } = this.#proxy;
    const host = options.host ?? 'localhost';
    const target = `${host.includes(':') ? `[${host}]` : host}:${options.port ?? 443}`;
    const secure = protocol === 'https:';
    const asking = (secure ? httpsRequest : httpRequest)({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (secure ? 443 : 80) : port,
      method: 'CONNECT',
      path: target,
      agent: false,
      headers: { host: target, ...loginAt(this.#proxy) },
    });
    asking.once('connect', ({ statusCode }, socket) => {
      if (statusCode === 200) {
        // What the agent was told of certificates counts behind the tunnel.
        done?.(null, connect({ ...(options as ConnectionOptions), socket, servername: host }));
        return;
      }
      socket.destroy();
      done?.(new Error(`the proxy ${hostname} answered ${statusCode}`), socket);
    });
    // Its type wants a socket with every error.
    asking.once('error', (error) => done?.(error, new Socket()));
    asking.end();
    return undefined;
  }
}

function loginAt({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const said = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(said).toString('base64')}` };
}
