/** The way to the model's server: connections that are kept, and which headers go over. */

import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { type ProxyVariables, proxyFor, TunnelAgent } from '../../base/proxy.js';

/** How long a connection that nobody uses is kept; servers close theirs after about a minute. */
const IDLE_MS = 30_000;

/** Of one connection only, or the sender's own business with us. */
const NOT_HANDED_ON = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding'],
  ...['upgrade', 'host', 'authorization', 'cookie', 'set-cookie', 'expect'],
]);

const KEPT = { keepAlive: true, timeout: IDLE_MS };

export class Upstream implements Disposable {
  readonly #proxies: ProxyVariables;
  readonly #http = new HttpAgent(KEPT);
  readonly #https = new HttpsAgent(KEPT);
  readonly #tunnels = new Map<string, TunnelAgent>();

  constructor(proxies: ProxyVariables) {
    this.#proxies = proxies;
  }

  /** Throws for what is no address, and for a proxy that cannot be used. The request is not ended yet. */
  request(method: string, url: string, headers: OutgoingHttpHeaders): ClientRequest {
    const address = new URL(url);
    return address.protocol === 'https:'
      ? httpsRequest(address, { method, headers, agent: this.#secureAgent(address.hostname) })
      : httpRequest(address, { method, headers, agent: this.#http });
  }

  [Symbol.dispose](): void {
    for (const agent of [this.#http, this.#https, ...this.#tunnels.values()]) agent.destroy();
  }

  #secureAgent(hostname: string): HttpsAgent {
    const proxy = proxyFor(hostname, this.#proxies);
    if (proxy === undefined) return this.#https;
    const tunnel = this.#tunnels.get(proxy.href) ?? new TunnelAgent(proxy, KEPT);
    this.#tunnels.set(proxy.href, tunnel);
    return tunnel;
  }
}

/** Nobody on the way may compress the answer: what it cost is read from it. */
export function headersUp(from: IncomingHttpHeaders, key: string): OutgoingHttpHeaders {
  return { ...handedOn(from), authorization: `Bearer ${key}`, 'accept-encoding': 'identity' };
}

export function handedOn(from: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = new Set((from.connection ?? '').toLowerCase().split(/\s*,\s*/));
  return Object.fromEntries(Object.entries(from).filter(([name]) => !NOT_HANDED_ON.has(name) && !named.has(name)));
}
