/** The routes of the table as a router: everything between a request that was let in by its Host header and the handler table. */

import { type HttpBindings, RequestError } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { SpoolError } from '../../base/errors.js';
import { httpStatus } from '../../contract/problem.js';
import { type Right, ROUTES, type Route, type RouteId } from '../../contract/routes.js';
import type { Host } from '../../host/face.js';
import type { Logger } from '../../ports/logger.js';
import { callRoute, ROUTE_IDS } from '../call-route.js';
import type { Mount } from '../door.js';
import { ANYBODY, type Guard } from '../guard.js';
import type { Handlers } from '../handlers.js';
import { readJsonBody, withCommandId } from '../json-body.js';
import { problemResponse } from '../problem-response.js';
import { fileAnswer } from './file-answer.js';
import type { Counts } from './metrics.js';
import type { Waits } from './waits.js';

export interface RouterParts {
  readonly host: Host;
  readonly handlers: Handlers;
  readonly guard: Guard;
  readonly mounts: readonly Mount[];
  readonly counts: Counts;
  readonly waits: Waits;
  readonly logger: Logger;
}

type Env = { Bindings: HttpBindings };
type Fetch = (request: Request, env: HttpBindings) => Response | Promise<Response>;

/** Those whose answer may take a while, which is for nobody once the client has left. */
const WAITING: ReadonlySet<RouteId> = new Set(['task', 'leaseTask']);
const TEXT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Never rejects: whatever goes wrong is a problem document. */
export function createRouter(parts: RouterParts): Fetch {
  const app = new Hono<Env>();
  for (const id of ROUTE_IDS) {
    const route = ROUTES[id];
    app.on(route.method, honoPath(route.path), (c) => guarded(parts, id, undefined, () => serve(parts, id, c)));
  }
  for (const [path, methods] of methodsByPath())
    app.all(honoPath(path), (c) => guarded(parts, 'none', undefined, () => wrongMethod(parts, path, methods, c)));
  app.all('*', (c) => elsewhere(parts, c));
  return (request, env) => app.fetch(request, env);
}

/** What is answered when the request itself cannot be read. */
export function requestErrorResponse(error: unknown): Response {
  const told = error instanceof RequestError ? new SpoolError('invalid-input', error.message, { cause: error }) : SpoolError.from(error);
  return problemResponse(told);
}

function honoPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

function methodsByPath(): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const id of ROUTE_IDS) {
    const { method, path } = ROUTES[id];
    methods.set(path, [...(methods.get(path) ?? []), ...(method === 'GET' ? ['GET', 'HEAD'] : [method])]);
  }
  return methods;
}

async function guarded(parts: RouterParts, label: string, mount: Mount | undefined, answer: () => Promise<Response>): Promise<Response> {
  let response: Response;
  try {
    response = await answer();
  } catch (thrown) {
    const error = SpoolError.from(thrown);
    if (httpStatus(error.code) >= 500) parts.logger.error({ err: thrown, route: label }, `a request failed: ${error.message}`);
    response = mount?.refuse?.(error) ?? problemResponse(error);
  }
  parts.counts.request(label, response.status);
  return response;
}

async function serve(parts: RouterParts, id: RouteId, c: Context<Env>): Promise<Response> {
  const route: Route = ROUTES[id];
  const by = route.right === 'open' ? ANYBODY : parts.guard.admit(c.env.incoming, route.right);
  if (route.answer === 'file') return fileAnswer(parts.host, c.req.param(), by, c.req.method === 'HEAD');
  const key = c.req.header('idempotency-key') ?? null;
  const body =
    route.body === undefined ? undefined : withCommandId((await readJsonBody(c.req.raw)) ?? (key === null ? undefined : {}), key);
  using wait = WAITING.has(id) ? parts.waits.open(c.req.raw.signal) : undefined;
  const raw = { params: c.req.param(), query: queryOf(c.req.queries()), body, by, signal: wait?.signal };
  const { status, result } = await callRoute(parts.handlers, id, raw);
  const [type, text] = route.answer === 'text' ? [TEXT_TYPE, String(result)] : ['application/json', JSON.stringify(result)];
  return new Response(text, { status, headers: { 'content-type': type, 'cache-control': 'no-store' } });
}

/** A key that stands there twice stays a list, which no schema of ours takes: better than to pick one. */
function queryOf(queries: Record<string, string[]>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(queries).map(([key, values]) => [key, values.length === 1 ? values[0] : values]));
}

async function wrongMethod(parts: RouterParts, path: string, allow: readonly string[], c: Context<Env>): Promise<Response> {
  if (path !== ROUTES.healthz.path) parts.guard.admit(c.env.incoming, 'tasks');
  throw new SpoolError('method-not-allowed', `${c.req.method} is not a method of ${c.req.path}`, {
    hint: `methods of this path: ${allow.join(', ')}`,
    details: { allow },
  });
}

/** What the table does not know: a mount's, or nobody's. */
async function elsewhere(parts: RouterParts, c: Context<Env>): Promise<Response> {
  const mount = mountOf(parts.mounts, c.req.path);
  return guarded(parts, mount?.prefix ?? 'none', mount, async () => {
    const right = rightOf(mount, c.req.raw);
    const by = right === 'open' ? ANYBODY : parts.guard.admit(c.env.incoming, right);
    const response = await mount?.fetch(c.req.raw, by);
    if (response !== undefined && response !== null) return response;
    // Nobody learns without a token what is there and what is not, save for the files that are open to all.
    if (right === 'open') parts.guard.admit(c.env.incoming, 'tasks');
    throw new SpoolError('not-found', `there is no route ${c.req.method} ${c.req.path}`, { hint: 'GET /openapi.json lists the routes' });
  });
}

function rightOf(mount: Mount | undefined, request: Request): Right {
  const right = mount?.right ?? 'tasks';
  return typeof right === 'function' ? right(request) : right;
}

function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  const fits = mounts.filter(({ prefix }) => prefix === '/' || path === prefix || path.startsWith(`${prefix}/`));
  return fits.sort((a, b) => b.prefix.length - a.prefix.length)[0];
}
