/**
 * The codexd face: the routes and the envelope that conductors already speak, over the same sessions. Nothing of its own is kept, and
 * there is no one-shot execution here.
 */

import { SpoolError } from '../../base/errors.js';
import { httpStatus } from '../../contract/problem.js';
import type { Principal } from '../../host/face.js';
import type { Door, DoorParts } from '../door.js';
import { readJsonBody, withCommandId } from '../json-body.js';
import { SocketRoom } from '../socket-room.js';
import { sendEvents } from './events.js';
import { openBody, recordOf, statusOf, turnBody } from './records.js';

const PREFIX = '/v1/codexd';
const LIST_LIMIT = 100;

interface Asked {
  readonly parts: DoorParts;
  readonly request: Request;
  readonly by: Principal;
  /** What stands in the place of `{id}`. */
  readonly id: string;
}

interface Action {
  readonly method: 'GET' | 'POST';
  readonly path: RegExp;
  readonly status: number;
  answer(asked: Asked): Promise<unknown>;
}

/** Rights beyond looking are asked for by the host itself. */
const ACTIONS: readonly Action[] = [
  { method: 'GET', path: /^\/status$/, status: 200, answer: async ({ parts }) => statusOf(await parts.host.status()) },
  { method: 'GET', path: /^\/sessions$/, status: 200, answer: listSessions },
  { method: 'POST', path: /^\/sessions$/, status: 201, answer: openSession },
  { method: 'GET', path: /^\/sessions\/([^/]+)$/, status: 200, answer: readSession },
  { method: 'POST', path: /^\/turn$/, status: 202, answer: requestTurn },
];

/** The server that it is given to disposes it. */
export function codexdDoor(parts: DoorParts): Door {
  const room = new SocketRoom();
  return {
    mounts: [{ prefix: PREFIX, right: 'view', refuse, fetch: (request, by) => answer(parts, request, by) }],
    upgrades: [
      {
        path: `${PREFIX}/events`,
        right: 'view',
        accept: (request, socket, head, by) =>
          room.accept(request, socket, head, (ws) => void sendEvents(parts, ws, sessionIn(request.url), by)),
      },
    ],
    [Symbol.asyncDispose]: () => room[Symbol.asyncDispose](),
  };
}

async function answer(parts: DoorParts, request: Request, by: Principal): Promise<Response | null> {
  const path = new URL(request.url).pathname.slice(PREFIX.length);
  const there = ACTIONS.filter((action) => action.path.test(path));
  if (there.length === 0) return null;
  // HEAD is GET without the body, which the server leaves out.
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const action = there.find((one) => one.method === method);
  if (action === undefined) throw wrongMethod(request, there);
  const id = decoded(action.path.exec(path)?.[1] ?? '');
  return envelope(action.status, { ok: true, data: await action.answer({ parts, request, by, id }) });
}

async function listSessions({ parts: { host }, by }: Asked): Promise<unknown> {
  const { items } = await host.listSessions({ limit: LIST_LIMIT }, by);
  return { sessions: await Promise.all(items.map((session) => recordOf(host, session, by))) };
}

async function openSession({ parts: { host }, request, by }: Asked): Promise<unknown> {
  const command = openBody(await bodyOf(request, {}));
  return recordOf(host, await host.openSession(command, by), by);
}

async function readSession({ parts: { host }, by, id }: Asked): Promise<unknown> {
  return recordOf(host, await host.session(id, by), by);
}

async function requestTurn({ parts: { host }, request, by }: Asked): Promise<unknown> {
  const { sessionId, command } = turnBody(await bodyOf(request, undefined));
  const { turn } = await host.requestTurn(sessionId, command, by);
  return { accepted: true, sessionId, turnId: turn.id };
}

async function bodyOf(request: Request, absent: unknown): Promise<unknown> {
  return withCommandId((await readJsonBody(request)) ?? absent, request.headers.get('idempotency-key'));
}

function refuse(error: SpoolError): Response {
  const { code, message, hint, details } = error;
  const headers: Record<string, string> = {};
  if (code === 'unauthorized') headers['www-authenticate'] = 'Bearer realm="spool"';
  if (Array.isArray(details?.['allow'])) headers['allow'] = details['allow'].join(', ');
  return envelope(httpStatus(code), { ok: false, error: code, message, ...(hint === undefined ? {} : { hint }) }, headers);
}

function envelope(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...headers, 'content-type': 'application/json', 'cache-control': 'no-store' },
  });
}

function wrongMethod(request: Request, there: readonly Action[]): SpoolError {
  const allow = there.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return new SpoolError('method-not-allowed', `${request.method} is not a method of ${new URL(request.url).pathname}`, {
    details: { allow },
  });
}

function sessionIn(url: string | undefined): string | undefined {
  return new URLSearchParams(/\?(.*)$/s.exec(url ?? '')?.[1] ?? '').get('sessionId') ?? undefined;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
