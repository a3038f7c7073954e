/** HTTP+JSON, as version 1.0 has it: the same as by JSON-RPC, with a path for each method. */

import {
  A2A_CONTENT_TYPE,
  ListTasksResponse,
  SendMessageRequest,
  SendMessageResponse,
  StreamResponse,
  Task,
  taskStateFromJSON,
} from '@a2a-js/sdk';
import { RequestMalformedError, restStatusFor, toRestErrorBody } from '@a2a-js/sdk/errors';
import { SpoolError } from '../../base/errors.js';
import { readJsonBody } from '../json-body.js';
import { protocolError } from './errors.js';
import type { HubHandler } from './hub-handler.js';
import { type StreamAnswer, versionOf } from './json-rpc.js';
import { dataFrame, errorFrame } from './sse.js';

interface RestCall {
  readonly request: Request;
  readonly handler: HubHandler;
  readonly stream: StreamAnswer;
  readonly query: URLSearchParams;
  readonly id: string;
}

type Answers = (call: RestCall) => Promise<Response>;

const TASK = /^tasks\/([^/:]+)(?::([a-z]+))?$/;
const PUSH = /^tasks\/[^/:]+\/pushNotificationConfigs(?:\/[^/]+)?$/;

const subscribe: Answers = ({ handler, stream, id }) => streamed(handler.resubscribe({ id, tenant: '' }), stream);
const noPush: Answers = ({ handler }) => handler.listTaskPushNotificationConfigs();

const PLAIN: Readonly<Record<string, Answers>> = {
  'POST message:send': async ({ request, handler }) => {
    const value = await handler.sendMessage(await messageIn(request));
    return json(SendMessageResponse.toJSON({ payload: { $case: 'task', value } }));
  },
  'POST message:stream': async ({ request, handler, stream }) => streamed(handler.sendMessageStream(await messageIn(request)), stream),
  'GET tasks': listTasks,
  'GET extendedAgentCard': async ({ handler }) => json(await handler.getAuthenticatedExtendedAgentCard()),
};

const OF_A_TASK: Readonly<Record<string, Answers>> = {
  'GET ': async ({ handler, id, query }) =>
    json(Task.toJSON(await handler.getTask({ id, tenant: '', ...given('historyLength', numberIn(query, 'historyLength')) }))),
  'POST cancel': async ({ handler, id }) => json(Task.toJSON(await handler.cancelTask({ id, tenant: '', metadata: undefined }))),
  'GET subscribe': subscribe,
  'POST subscribe': subscribe,
};

/** `path` is what follows the agent's own. Null when there is nothing there. */
export async function answerRest(request: Request, path: string, handler: HubHandler, stream: StreamAnswer): Promise<Response | null> {
  const [, id = '', verb = ''] = TASK.exec(path) ?? [];
  const answers = PUSH.test(path) ? noPush : id === '' ? PLAIN[`${request.method} ${path}`] : OF_A_TASK[`${request.method} ${verb}`];
  if (answers === undefined) return null;
  try {
    versionOf(request, '1.0', ['1.0']);
    return await answers({ request, handler, stream, query: new URL(request.url).searchParams, id });
  } catch (thrown) {
    const error = protocolError(thrown);
    const status = restStatusFor(error);
    return json(toRestErrorBody(error, status), status);
  }
}

async function messageIn(request: Request): Promise<SendMessageRequest> {
  const body = await readJsonBody(request);
  if (typeof body === 'object' && body !== null) return SendMessageRequest.fromJSON(body);
  throw new SpoolError('invalid-input', 'the body: found nothing, wanted an object with a message');
}

async function listTasks({ handler, query }: RestCall): Promise<Response> {
  const state = query.get('status') ?? '';
  const after = query.get('statusTimestampAfter') ?? '';
  const answer = await handler.listTasks({
    tenant: '',
    contextId: query.get('contextId') ?? '',
    status: taskStateFromJSON(state === '' ? 0 : state),
    pageToken: query.get('pageToken') ?? '',
    statusTimestampAfter: after === '' ? undefined : after,
    includeArtifacts: query.get('includeArtifacts') === 'true',
    ...given('pageSize', numberIn(query, 'pageSize')),
    ...given('historyLength', numberIn(query, 'historyLength')),
  });
  // What is empty is left out, and a list that says how long it is should say so of an empty one too.
  const { nextPageToken, pageSize, totalSize } = answer;
  return json({ tasks: [], ...(ListTasksResponse.toJSON(answer) as object), nextPageToken, pageSize, totalSize });
}

async function streamed(events: AsyncIterable<StreamResponse>, stream: StreamAnswer): Promise<Response> {
  const rest = framesOf(events);
  const first = await rest.next();
  return stream({
    first,
    rest,
    failure: (thrown) => {
      const error = protocolError(thrown);
      return errorFrame(toRestErrorBody(error, restStatusFor(error)));
    },
  });
}

async function* framesOf(events: AsyncIterable<StreamResponse>): AsyncGenerator<string, void> {
  for await (const event of events) yield dataFrame(StreamResponse.toJSON(event));
}

function numberIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? '';
  if (text === '') return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw new RequestMalformedError(`${name}: found ${JSON.stringify(text)}, wanted a whole number from 0`);
}

function given<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]: V });
}

function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), { status, headers: { 'content-type': A2A_CONTENT_TYPE, 'cache-control': 'no-store' } });
}
