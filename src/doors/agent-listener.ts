/**
 * The door for the agents' own processes: a server on loopback, apart from the host's API, where a process shows the token of its agent
 * and reaches what was mounted for agents, and nothing else. The tokens follow from one secret, so that a process which outlives the host
 * comes back with the one it has.
 */

import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SpoolError } from '../base/errors.js';
import { sendProblem } from './problem-response.js';

/** Answers a request of the agent of this alias. Must not throw. */
export type AgentHandler = (request: IncomingMessage, response: ServerResponse, agent: string) => void;

/** Where agents come in; nothing listens before the first one is admitted. */
export interface AgentAccess extends AsyncDisposable {
  /** Address (`http://127.0.0.1:PORT`, without a path) and token for one agent; starts the listener. */
  admit(alias: string): Promise<{ readonly url: string; readonly token: string }>;
  /** Hands requests for `prefix` and everything below it to `handle`. To be called before an agent can ask. */
  mount(prefix: string, handle: AgentHandler): void;
}

export interface AgentListenerParts {
  /** What the tokens are made with; whoever has it can speak as any agent. */
  readonly secret: string;
  /** The port to take, where it is free; 0 for any. */
  readonly port: number;
  /** By prefix; asked at each request, so that it may still be filled. */
  readonly mounts: ReadonlyMap<string, AgentHandler>;
}

export interface AgentListener extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

const HOST = '127.0.0.1';
/** Longer than Codex keeps an idle connection (90 s): one that is closed under a request that is just being sent is an error there. */
const KEEP_CONNECTION_MS = 120_000;
const TOKEN = /^bearer +spool_([a-z0-9-]+)_([\w-]+) *$/i;

/** The token by which the agent of this alias is known to whoever has the secret. */
export function agentToken(secret: string, alias: string): string {
  return `spool_${alias}_${signature(secret, alias)}`;
}

/** Starts to listen. Rejects with `port-in-use` when another program has the port. */
export async function startAgentListener({ secret, port, mounts }: AgentListenerParts): Promise<AgentListener> {
  const server = createServer({ keepAliveTimeout: KEEP_CONNECTION_MS }, (request, response) => {
    try {
      checkPlace(request, addressOf(server).port);
      const agent = agentOf(request.headers.authorization, secret);
      handlerFor(request, mounts)(request, response, agent);
    } catch (error) {
      sendProblem(response, SpoolError.from(error));
    }
  });
  await listen(server, port);
  const taken = addressOf(server).port;
  return {
    port: taken,
    url: `http://${HOST}:${taken}`,
    // Answers that run are torn, not ended: whoever waits for one asks again when the host is back.
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(SpoolError.from(error)));
    server.listen({ host: HOST, port }, resolve);
  });
}

function addressOf(server: Server): AddressInfo {
  return server.address() as AddressInfo;
}

/** A page in a browser must not get here, also not by a name that was pointed at this machine. */
function checkPlace({ headers }: IncomingMessage, port: number): void {
  if (headers.host !== `${HOST}:${port}` && headers.host !== `localhost:${port}`) {
    throw new SpoolError('forbidden', `the Host header ${JSON.stringify(headers.host ?? '')} does not name this address`);
  }
  if (headers.origin !== undefined) throw new SpoolError('forbidden', 'this address is not for web pages');
}

function agentOf(authorization: string | undefined, secret: string): string {
  const [, alias, signed] = TOKEN.exec(authorization ?? '') ?? [];
  if (alias !== undefined && signed !== undefined && isSame(signed, signature(secret, alias))) return alias;
  throw new SpoolError('unauthorized', 'this address is for the agents of this host, and the token is none of theirs');
}

function signature(secret: string, alias: string): string {
  return createHmac('sha256', secret).update(alias).digest('base64url');
}

function isSame(one: string, other: string): boolean {
  const bytes = Buffer.from(one);
  const others = Buffer.from(other);
  return bytes.length === others.length && timingSafeEqual(bytes, others);
}

function handlerFor({ method, url = '' }: IncomingMessage, mounts: AgentListenerParts['mounts']): AgentHandler {
  const path = url.split('?', 1)[0] ?? '';
  for (const [prefix, handle] of mounts) if (path === prefix || path.startsWith(`${prefix}/`)) return handle;
  throw new SpoolError('not-found', `agents have nothing to ask for at ${method} ${path}`);
}
