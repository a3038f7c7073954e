import { expect, test } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.js';
import { ManualTransport } from '../../testing/manual-transport.js';
import { Client, type ServerNotification, type ServerRequest } from './client.js';
import { handshake } from './handshake.js';
import { type Tap, tapped } from './tap.js';

function setUp(tap?: Tap) {
  const transport = new ManualTransport();
  const notifications: ServerNotification[] = [];
  const requests: ServerRequest[] = [];
  const unknown: [string, unknown][] = [];
  const client = new Client(tap === undefined ? transport : tapped(transport, tap), {
    clock: new ManualClock(),
    onNotification: (notification) => notifications.push(notification),
    onRequest: (request) => requests.push(request),
    onUnknown: (method, params) => unknown.push([method, params]),
  });
  return { transport, client, notifications, requests, unknown };
}

test('a request takes the params of its method and gives its result', async () => {
  const { transport, client } = setUp();
  const seen: string[] = [];
  const answer = client.request('thread/loaded/list', {}, { onResult: ({ data }) => seen.push(...data) });
  // @ts-expect-error a turn needs a thread
  void client.request('turn/start', { input: [] });
  transport.say({ id: 1, result: { data: ['T1'], nextCursor: null } });
  const { data } = await answer;
  expect(data).toEqual(['T1']);
  expect(seen).toEqual(data);
});

test('known notifications and requests are told apart by their method, and unknown ones go elsewhere', () => {
  const { transport, notifications, requests, unknown } = setUp();
  transport.say(
    { method: 'turn/started', params: { threadId: 'T', turn: { id: 'U' } }, emittedAtMs: 3 },
    { method: 'thread/dreamed', params: { threadId: 'T' } },
    { id: 0, method: 'item/fileChange/requestApproval', params: { threadId: 'T' } },
    { id: 1, method: 'item/dream/requestApproval', params: { threadId: 'T' } },
  );
  expect(notifications).toEqual([{ method: 'turn/started', params: { threadId: 'T', turn: { id: 'U' } }, emittedAtMs: 3 }]);
  expect(unknown).toEqual([
    ['thread/dreamed', { threadId: 'T' }],
    ['item/dream/requestApproval', { threadId: 'T' }],
  ]);
  const request = requests[0];
  if (request?.method === 'item/fileChange/requestApproval') request.result({ decision: 'accept' });
  expect(transport.sent).toEqual([
    { id: 1, error: { code: -32601, message: 'this client does not know item/dream/requestApproval' } },
    { id: 0, result: { decision: 'accept' } },
  ]);
});

test('the handshake says who we are, then that we are ready, and learns version and home', async () => {
  const { transport, client } = setUp();
  const info = handshake(client, { version: '1.2.3' });
  transport.say({ id: 1, result: { userAgent: 'spool/0.169.0 (Debian 12.0.0; x86_64) unknown (spool; 1.2.3)', codexHome: '/home/c' } });
  expect(await info).toEqual({ version: '0.169.0', codexHome: '/home/c' });
  expect(transport.sent).toEqual([
    {
      id: 1,
      method: 'initialize',
      params: {
        clientInfo: { name: 'spool', title: 'Spool', version: '1.2.3' },
        capabilities: { experimentalApi: true, requestAttestation: false, optOutNotificationMethods: [] },
      },
    },
    { method: 'initialized' },
  ]);
});

test('a connection that was greeted before is carried on with, and any other refusal is an error', async () => {
  const { transport, client } = setUp();
  const again = handshake(client, { version: '1.2.3' });
  transport.say({ id: 1, error: { code: -32600, message: 'Already initialized' } });
  expect(await again).toEqual({ version: undefined, codexHome: undefined });
  expect(transport.sent.at(-1)).toEqual({ method: 'initialized' });
  const refused = handshake(client, { version: '1.2.3' });
  transport.say({ id: 2, error: { code: -32600, message: 'go away' } });
  await expect(refused).rejects.toMatchObject({ code: 'runtime-failed', message: 'go away', details: { method: 'initialize' } });
});

test('a tap sees both ways as they are', async () => {
  const seen: [string, string][] = [];
  const { transport, client } = setUp((direction, text) => seen.push([direction, text]));
  const answer = client.request('thread/loaded/list', {});
  transport.say('{"id":1, "result":{}}', 'noise');
  await answer;
  expect(seen).toEqual([
    ['sent', '{"id":1,"method":"thread/loaded/list","params":{}}'],
    ['received', '{"id":1, "result":{}}'],
    ['received', 'noise'],
  ]);
});
