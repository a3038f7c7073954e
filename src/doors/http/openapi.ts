/** The OpenAPI 3.1 document, made from the route table: nothing about a route is written down twice. */

import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverrideContext,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { ERROR_CODES } from '../../base/errors.js';
import { httpStatus, Problem } from '../../contract/problem.js';
import { ROUTES, type Route, type RouteId } from '../../contract/routes.js';
import { StreamOpened, WsCommand } from '../../contract/stream.js';
import { paramsOf, ROUTE_IDS } from '../call-route.js';

const ABOUT = `The HTTP API of a Spool host.

Everything but /healthz needs \`Authorization: Bearer TOKEN\`. Event streams and WebSockets, for which a browser cannot set headers,
also take \`?access_token=TOKEN\`. Errors are \`application/problem+json\` with a stable \`code\`. An \`Idempotency-Key\` header (or
\`commandId\` in the body) makes a POST safe to repeat: it is done once, and answered the same.

Event streams (SSE): first a frame \`stream.opened\` without an id, whose data is StreamOpened; then one frame an event, with its
position as id, its type as event and the Event as data; a comment every 15 s. \`Last-Event-ID\` wins over \`after\`.

The WebSocket \`/v1/ws\` takes WsCommand as JSON texts and answers each by its id; a subscription sends
\`{"subscription", "type": "stream.opened", "data"}\` and then \`{"subscription", "event"}\` for each event.`;

const SSE_TEXT = 'Frames `id`, `event`, `data`: the first is `stream.opened` (see StreamOpened), each other one holds an Event.';

/** JSON-ready; the same for the same version. */
export function openApiDocument(version: string): Record<string, unknown> {
  const paths: ZodOpenApiPathsObject = {};
  for (const id of ROUTE_IDS) {
    const { path, method } = ROUTES[id];
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation(id, ROUTES[id]) };
  }
  const document = createDocument(
    {
      openapi: '3.1.0',
      info: { title: 'Spool', version, description: ABOUT, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
      servers: [{ url: 'http://127.0.0.1:4319' }],
      security: [{ token: [] }],
      paths,
      components: {
        schemas: { Problem, StreamOpened: StreamOpened.meta({ id: 'StreamOpened' }), WsCommand: WsCommand.meta({ id: 'WsCommand' }) },
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'the owner\'s token lies in the file "token" in the home of the host' },
        },
      },
    },
    { override: openAnswers },
  );
  return { ...document };
}

/** An answer may grow by fields within the same contract, so its schema must not tell a generated client to refuse them. */
function openAnswers({ jsonSchema, io }: ZodOpenApiOverrideContext): void {
  if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
}

function operation(id: RouteId, route: Route): ZodOpenApiOperationObject {
  const params = paramsOf(route.path);
  const header = z.object({ 'idempotency-key': z.string().optional().describe('the same as commandId in the body') });
  const cursor = z.object({ 'last-event-id': z.string().optional().describe('the position to go on behind; wins over `after`') });
  return {
    operationId: id,
    summary: route.summary,
    ...(route.right === 'open' ? { security: [] } : {}),
    requestParams: {
      ...(params.length === 0 ? {} : { path: z.object(Object.fromEntries(params.map((name) => [name, z.string()]))) }),
      ...(route.query === undefined ? {} : { query: route.query }),
      ...(route.body === undefined ? {} : { header }),
      ...(id === 'events' ? { header: cursor } : {}),
    },
    ...(route.body === undefined ? {} : { requestBody: { required: true, content: { 'application/json': { schema: route.body } } } }),
    responses: { [`${route.status}`]: { description: 'done', content: content(id, route) }, ...problems(route) },
  };
}

function content(id: RouteId, route: Route) {
  if (route.answer === 'text') return { 'text/plain': { schema: route.result } };
  if (route.answer === 'file') return { '*/*': { schema: route.result.meta({ format: 'binary' }) } };
  const stream = { 'text/event-stream': { schema: z.string().describe(SSE_TEXT) } };
  if (id === 'allEvents') return stream;
  return { 'application/json': { schema: route.result }, ...(route.answer === 'events' ? stream : {}) };
}

/** The statuses that a route's own kind brings with it; the catalogue of codes stands in the schema of Problem. */
function problems(route: Route): ZodOpenApiResponsesObject {
  const statuses = new Set([403]);
  if (route.right !== 'open') statuses.add(401);
  if (route.query !== undefined || route.body !== undefined) statuses.add(400);
  if (paramsOf(route.path).length > 0) statuses.add(404);
  if (route.body !== undefined) statuses.add(413);
  if (route.method !== 'GET') statuses.add(409);
  const responses = [...statuses].sort().map((status) => {
    const codes = ERROR_CODES.filter((code) => httpStatus(code) === status);
    return [String(status), { description: codes.join(', '), content: { 'application/problem+json': { schema: Problem } } }] as const;
  });
  const other = { description: 'any other problem', content: { 'application/problem+json': { schema: Problem } } };
  return { ...Object.fromEntries(responses), default: other };
}
