/** Calls a route by its name with what came over a wire: checks the right, parses by the route's schemas, answers with its status. */

import { SpoolError } from '../base/errors.js';
import { parseWith } from '../base/explain-issues.js';
import { roleMay } from '../contract/rights.js';
import { ROUTES, type Route, type RouteId } from '../contract/routes.js';
import type { Principal } from '../host/face.js';
import type { Handlers } from './handlers.js';

/** A call that nobody has looked at yet. */
export interface RawCall {
  readonly params: Readonly<Record<string, string>>;
  readonly query: unknown;
  readonly body: unknown;
  readonly by: Principal;
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly result: unknown;
}

export const ROUTE_IDS = Object.keys(ROUTES) as readonly RouteId[];

export function isRouteId(text: string): text is RouteId {
  return Object.hasOwn(ROUTES, text);
}

/** Names of the parameters in a route's path. */
export function paramsOf(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
}

/** Rejects with `forbidden`, `invalid-input`, or whatever the handler rejects with. */
export async function callRoute(handlers: Handlers, id: RouteId, raw: RawCall): Promise<Answer> {
  const route: Route = ROUTES[id];
  if (!roleMay(raw.by.role, route.right)) {
    throw new SpoolError('forbidden', `${raw.by.name} (${raw.by.role}) may not ${route.right} here`, {
      hint: 'use a token with a higher role',
    });
  }
  for (const name of paramsOf(route.path)) {
    if ((raw.params[name] ?? '') === '')
      throw new SpoolError('invalid-input', `${name}: found nothing, wanted the ${name} in ${route.path}`);
  }
  const query = route.query === undefined ? undefined : parseWith(route.query, raw.query ?? {}, 'the query');
  const body = route.body === undefined ? undefined : parseWith(route.body, raw.body ?? bodyOfNothing(route.body), 'the body');
  // The one place where the table's schemas meet the handlers' types, which are made from the same table.
  const handler = handlers[id] as (call: RawCall) => unknown;
  return { status: route.status, result: await handler({ params: raw.params, query, body, by: raw.by, signal: raw.signal }) };
}

/** Where nothing has to be said, a call without a body says it. */
function bodyOfNothing(schema: NonNullable<Route['body']>): unknown {
  return schema.safeParse({}).success ? {} : undefined;
}
