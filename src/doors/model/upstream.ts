/** The way to the model's server: connections that are kept, and which headers go over. */

import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** How long a connection that nobody uses is kept; servers close theirs after about a minute. */
const IDLE_MS = 30_000;

/** Of one connection only, or the sender's own business with us. */
const NOT_HANDED_ON = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding'],
  ...['upgrade', 'host', 'authorization', 'cookie', 'set-cookie', 'expect'],
]);

export class Upstream implements Disposable {
  readonly #http = new HttpAgent({ keepAlive: true, timeout: IDLE_MS });
  readonly #https = new HttpsAgent({ keepAlive: true, timeout: IDLE_MS });

  /** Throws for what is no address. The request is not ended yet. */
  request(method: string, url: string, headers: OutgoingHttpHeaders): ClientRequest {
    const address = new URL(url);
    return address.protocol === 'https:'
      ? httpsRequest(address, { method, headers, agent: this.#https })
      : httpRequest(address, { method, headers, agent: this.#http });
  }

  [Symbol.dispose](): void {
    this.#http.destroy();
    this.#https.destroy();
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
