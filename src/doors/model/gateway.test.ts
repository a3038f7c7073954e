import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { SpoolError } from '../../base/errors.js';
import { Stack } from '../../base/stack.js';
import type { Budget } from '../../contract/budget.js';
import type { Logger } from '../../ports/logger.js';
import { ManualClock, tempHome } from '../../testing/index.js';
import { agentToken, startAgentListener } from '../agent-listener.js';
import { type Access, createGateway } from './gateway.js';
import { Ledger } from './ledger.js';

const KEY = 'sk-of-the-host-0123456789';
const TOKEN = agentToken('secret', 'main');

interface Stage extends AsyncDisposable {
  readonly port: number;
  /** What the model's server was asked, newest last. */
  readonly asked: IncomingMessage[];
  readonly connections: () => number;
  readonly ledger: Ledger;
  readonly logged: string[];
  readonly baseUrl: string;
  ask(path?: string, options?: { body?: string; headers?: Record<string, string>; method?: string }): Promise<IncomingMessage>;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function stage(answer: Answer, options: { budget?: Budget; access?: () => Promise<Access> } = {}): Promise<Stage> {
  const stack = new Stack();
  const home = stack.use(await tempHome());
  const asked: IncomingMessage[] = [];
  let connections = 0;
  const server = createServer((message, response) => {
    asked.push(message);
    answer(message, response);
  });
  server.on('connection', () => void connections++);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  stack.defer(() => {
    server.close();
    server.closeAllConnections();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const logged: string[] = [];
  const note = (fields: object, message: string): void => void logged.push(JSON.stringify(fields), message);
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  const ledger = new Ledger({ file: home.join('use.json'), clock: new ManualClock(), logger });
  const accessOf = options.access ?? (async () => ({ key: KEY, baseUrl, budget: options.budget ?? {} }));
  const gateway = stack.use(createGateway({ prefix: '/model/v1', accessOf, ledger, proxies: {}, logger }));
  const listener = stack.use(await startAgentListener({ secret: 'secret', port: 0, mounts: new Map([['/model/v1', gateway.handle]]) }));
  return {
    port: listener.port,
    asked,
    connections: () => connections,
    ledger,
    logged,
    baseUrl,
    async ask(path = '/responses', { body = '{}', headers = {}, method = 'POST' } = {}) {
      const all = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers };
      const out = request({ host: '127.0.0.1', port: listener.port, path: `/model/v1${path}`, method, headers: all, agent: false });
      out.end(method === 'GET' ? undefined : body);
      const [response] = (await once(out, 'response')) as [IncomingMessage];
      return response;
    },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

const COMPLETED = `data: ${JSON.stringify({ type: 'response.completed', response: { usage: { input_tokens: 8, output_tokens: 2 } } })}\n\n`;

function fail(status: number, body: string): Answer {
  return (message, response) => {
    message.resume();
    response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '7' }).end(body);
  };
}

async function refusalOf(response: IncomingMessage): Promise<unknown[]> {
  const { error } = JSON.parse(await text(response)) as { error: { type: string; code: string; message: string } };
  return [response.statusCode, error.type, error.code, error.message];
}

test('the key goes out in the place of the token, with the body and the headers as they were', async () => {
  let body = '';
  await using on = await stage((message, response) => {
    void text(message).then((all) => {
      body = all;
      response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'r1', 'set-cookie': 'a=b' }).end(COMPLETED);
    });
  });
  const headers = { 'x-codex-window-id': 'w1', cookie: 'c=d', connection: 'keep-alive, x-mine', 'x-mine': '1', 'accept-encoding': 'gzip' };
  const response = await on.ask('/responses?stream=true', { body: '{"input":"ü"}', headers });
  expect([response.statusCode, await text(response), response.headers['x-request-id'], response.headers['set-cookie']]).toEqual([
    200,
    COMPLETED,
    'r1',
    undefined,
  ]);
  expect([on.asked[0]?.url, body]).toEqual(['/v1/responses?stream=true', '{"input":"ü"}']);
  const got: IncomingHttpHeaders = on.asked[0]?.headers ?? {};
  expect(got).toMatchObject({
    authorization: `Bearer ${KEY}`,
    'x-codex-window-id': 'w1',
    'accept-encoding': 'identity',
    'content-length': '14',
  });
  expect([got.cookie, got['x-mine'], got.host]).toEqual([undefined, undefined, new URL(on.baseUrl).host]);
});

test('what the model says is here before it has said all, and what it costs is counted', async () => {
  const replies: ServerResponse[] = [];
  await using on = await stage((message, response) => {
    message.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    replies.push(response);
  });
  const response = await on.ask();
  const parts = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  for (const word of ['data: one\n\n', 'data: two\n\n']) {
    replies[0]?.write(word);
    expect(String((await parts.next()).value)).toBe(word);
  }
  replies[0]?.end(COMPLETED);
  expect(String((await parts.next()).value)).toBe(COMPLETED);
  expect((await parts.next()).done).toBe(true);
  expect(on.ledger.enter('main', 'x', { tokensPerDay: 10 })).toContain(': 10 of 10 tokens');
});

test('one connection to the model serves call after call', async () => {
  await using on = await stage((message, response) => {
    message.resume();
    response.end(COMPLETED);
  });
  for (let n = 0; n < 5; n++) await text(await on.ask());
  expect([on.asked.length, on.connections()]).toEqual([5, 1]);
});

test('an agent that goes away takes its call with it, and a model that goes away is seen as a torn answer', async () => {
  const replies: ServerResponse[] = [];
  await using on = await stage((message, response) => {
    message.resume();
    response.write('data: one\n\n');
    replies.push(response);
  });
  const left = await on.ask();
  await once(left, 'readable');
  const gone = once(replies[0] as ServerResponse, 'close');
  left.destroy();
  await gone;
  expect(replies[0]?.writableFinished).toBe(false);

  const torn = await on.ask();
  await once(torn, 'readable');
  replies[1]?.destroy();
  await expect(text(torn)).rejects.toThrow('aborted');
});

describe('what Codex must not try again is told with the one status at which it gives up', () => {
  test('a key that is not accepted', async () => {
    await using on = await stage(fail(401, JSON.stringify({ error: { message: `Incorrect API key provided: ${KEY}` } })));
    expect(await refusalOf(await on.ask())).toEqual([
      400,
      'spool',
      'auth',
      `${on.baseUrl} does not accept the key of this host: spool login codex --reconnect`,
    ]);
  });

  test.each([
    [402, 'quota'],
    [403, 'auth'],
    [404, 'model'],
    [302, 'model'],
  ])('status %i', async (status, code) => {
    await using on = await stage(fail(status, JSON.stringify({ error: { message: `not with ${KEY}` } })));
    expect(await refusalOf(await on.ask())).toEqual([400, 'spool', code, `${on.baseUrl} answered ${status}: not with [the key]`]);
  });

  test('no login', async () => {
    const access = async (): Promise<Access> => {
      throw new SpoolError('unauthorized', 'there is no login', { hint: 'spool login codex' });
    };
    await using on = await stage(fail(500, ''), { access });
    expect(await refusalOf(await on.ask())).toEqual([400, 'spool', 'auth', 'there is no login (spool login codex)']);
    expect(on.asked).toEqual([]);
  });

  test('a budget that is used up, before the model is asked', async () => {
    await using on = await stage(fail(500, ''), { budget: { tokensPerDay: 5 } });
    on.ledger.add('main', { input: 5, output: 0 });
    const [status, type, code, message] = await refusalOf(await on.ask());
    expect([status, type, code, message]).toEqual([
      400,
      'spool',
      'quota',
      expect.stringContaining('agent main has used up its budget: 5 of 5 tokens'),
    ]);
    expect(on.asked).toEqual([]);
  });
});

test.each([400, 408, 429, 500, 503])('status %i is handed on as it is, without the key', async (status) => {
  await using on = await stage(fail(status, `{"error":{"message":"no ${KEY}"}}`));
  const response = await on.ask();
  expect([response.statusCode, response.headers['retry-after'], await text(response)]).toEqual([
    status,
    '7',
    '{"error":{"message":"no [the key]"}}',
  ]);
});

test('a model that cannot be reached is told as such', async () => {
  const access = async (): Promise<Access> => ({ key: KEY, baseUrl: 'http://127.0.0.1:1/v1', budget: {} });
  await using on = await stage(fail(500, ''), { access });
  expect(await refusalOf(await on.ask())).toEqual([
    502,
    'spool',
    'overloaded',
    "the model's server cannot be reached at http://127.0.0.1:1/v1 (ECONNREFUSED)",
  ]);
});

test('only the routes of the model are there, and a list of models is free', async () => {
  await using on = await stage(fail(200, '{"data":[]}'), { budget: { turnsPerHour: 1 } });
  for (const [method, path] of [
    ['GET', '/responses'],
    ['POST', '/models'],
    ['POST', '/chat/completions'],
    ['DELETE', '/responses/r1'],
    ['POST', '/responses/../files'],
    ['GET', ''],
  ] as const)
    expect([path, (await on.ask(path, { method })).statusCode]).toEqual([path, 404]);
  expect(on.asked).toEqual([]);
  for (let n = 0; n < 3; n++) expect((await on.ask('/models', { method: 'GET' })).statusCode).toBe(200);
  expect((await on.ask('/responses/compact')).statusCode).toBe(200);
});

test('calls of one turn of Codex count as one turn', async () => {
  await using on = await stage(fail(200, '{}'), { budget: { turnsPerHour: 1 } });
  const of = (metadata: object): Record<string, string> => ({ 'x-codex-turn-metadata': JSON.stringify(metadata) });
  const status = async (headers: Record<string, string>): Promise<number | undefined> =>
    (await on.ask('/responses', { headers })).statusCode;
  expect(await status(of({ thread_id: 't', turn_id: 'a', root_turn_id: 'a' }))).toBe(200);
  expect(await status(of({ thread_id: 'helper', turn_id: 'b', root_turn_id: 'a' }))).toBe(200);
  expect(await status(of({ thread_id: 't', turn_id: 'a' }))).toBe(200);
  expect(await status(of({ thread_id: 't', turn_id: 'c' }))).toBe(400);
  expect(await status({ 'x-codex-turn-metadata': 'null' })).toBe(400);
  expect(await status({})).toBe(400);
});

test('nothing of a key, a token or what was said gets into the log', async () => {
  await using on = await stage(fail(401, `{"error":{"message":"${KEY}"}}`), { budget: { turnsPerHour: 1 } });
  for (let n = 0; n < 2; n++) await text(await on.ask('/responses', { body: '{"input":"a private matter"}' }));
  expect(on.logged.join('\n')).toContain('1 of 1 turns');
  expect(on.logged.join('\n')).not.toMatch(new RegExp(`${KEY}|${TOKEN}|private`));
});
