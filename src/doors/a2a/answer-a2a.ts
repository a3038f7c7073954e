/** Answers what comes in by A2A: cards to anybody, everything else by way of the hub, as whoever asks. */

import { createHash } from 'node:crypto';
import { A2A_VERSION_HEADER, AgentCard } from '@a2a-js/sdk';
import { SpoolError } from '../../base/errors.js';
import type { Principal } from '../../host/face.js';
import type { DoorParts } from '../door.js';
import { cardOf, oldCardOf } from './card.js';
import { HubHandler } from './hub-handler.js';
import { answerJsonRpc, type StreamAnswer } from './json-rpc.js';
import { A2A_PATH, CARD, WELL_KNOWN } from './paths.js';
import { type Place, placeOf } from './place.js';
import { type PublicAgent, publicAgents } from './public-agents.js';
import { answerRest } from './rest.js';
import { sseResponse } from './sse.js';

export interface A2aService extends Disposable {
  /** Null when there is nothing at this path. Rejects with `not-found` for an agent that is not public. */
  fetch(request: Request, by: Principal): Promise<Response | null>;
}

type Parts = Pick<DoorParts, 'host' | 'hub' | 'clock'>;

export function a2aService(parts: Parts): A2aService {
  const stop = new AbortController();
  return {
    fetch: (request, by) => answer(parts, placeOf(request), request, by, stop.signal),
    [Symbol.dispose]: () => stop.abort(),
  };
}

async function answer(parts: Parts, place: Place, request: Request, by: Principal, stopping: AbortSignal): Promise<Response | null> {
  const { host, hub } = parts;
  const base = baseOf(request);
  switch (place.kind) {
    case 'nothing':
      return null;
    case 'list': {
      const agents = publicAgents(host, hub).map(({ alias, role }) => ({ alias, role, card: `${base}${cardPath(alias)}` }));
      return plain({ agents }, request);
    }
    case 'host-card':
      return card(request, theOne(publicAgents(host, hub)), base, host.version);
    case 'card':
      return card(request, find(parts, place.alias), base, host.version);
    case 'call':
      return call(parts, request, { agent: find(parts, place.alias), rest: place.rest, base }, by, stopping);
  }
}

interface Called {
  readonly agent: PublicAgent;
  readonly rest: string;
  readonly base: string;
}

async function call({ host, hub, clock }: Parts, request: Request, { agent, rest, base }: Called, by: Principal, stopping: AbortSignal) {
  const signal = AbortSignal.any([request.signal, stopping]);
  const handler = new HubHandler({ host, hub, agent, by, signal, card: cardOf(agent, urlOf(agent, base), host.version) });
  const stream: StreamAnswer = (frames) => sseResponse(frames, clock);
  if (rest !== '') return answerRest(request, rest, handler, stream);
  if (request.method === 'POST') return answerJsonRpc(request, handler, stream);
  throw new SpoolError('method-not-allowed', `${request.method} is not a method of ${A2A_PATH}/${agent.alias}`, {
    hint: `POST a call of JSON-RPC; the card is at ${cardPath(agent.alias)}`,
    details: { allow: ['POST'] },
  });
}

/** Not there and not public are the same to who asks. */
function find({ host, hub }: Parts, alias: string): PublicAgent {
  const found = publicAgents(host, hub).find((one) => one.alias === alias);
  if (found !== undefined) return found;
  throw new SpoolError('not-found', `there is no public agent ${alias}`, {
    hint: `GET ${A2A_PATH} lists those that there are; an agent is public once its "tasks" say "public": true`,
  });
}

/** A card tells of one agent, so a host with several has none of its own. */
function theOne(agents: readonly PublicAgent[]): PublicAgent {
  const [only] = agents;
  if (only !== undefined && agents.length === 1) return only;
  const found =
    only === undefined ? 'no agent of this host is public' : `${agents.length} agents of this host are public, each with its own card`;
  const hint =
    only === undefined ? 'an agent is public once its "tasks" say "public": true' : agents.map(({ alias }) => cardPath(alias)).join(', ');
  throw new SpoolError('not-found', found, { hint });
}

function cardPath(alias: string): string {
  return `${A2A_PATH}/${alias}${WELL_KNOWN}/${CARD}`;
}

function urlOf({ alias }: PublicAgent, base: string): string {
  return `${base}${A2A_PATH}/${alias}`;
}

/** Where the client has reached us. The name was checked; behind a proxy that ends TLS the scheme is what the proxy says. */
function baseOf(request: Request): string {
  const { protocol, host } = new URL(request.url);
  return request.headers.get('x-forwarded-proto') === 'https' ? `https://${host}` : `${protocol}//${host}`;
}

function card(request: Request, agent: PublicAgent, base: string, version: string): Response {
  const url = urlOf(agent, base);
  const asked = request.headers.get(A2A_VERSION_HEADER)?.trim() ?? '';
  const old = asked === '' || asked.startsWith('0.');
  return plain(old ? oldCardOf(agent, url, version) : AgentCard.toJSON(cardOf(agent, url, version)), request);
}

function plain(value: unknown, request: Request): Response {
  const text = JSON.stringify(value);
  const etag = `"${createHash('sha256').update(text).digest('base64url')}"`;
  const headers = { etag, 'cache-control': 'no-cache', vary: `${A2A_VERSION_HEADER}, Host, X-Forwarded-Proto` };
  if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers });
  return new Response(text, { headers: { ...headers, 'content-type': 'application/json' } });
}
