/** Who is found by A2A, by whom, and where. */

import { DefaultAgentCardResolver } from '@a2a-js/sdk/client';
import { expect, test } from 'vitest';
import { OWNER } from '../host/rig.js';
import { clientOf, refused, saying, send } from './a2a-clients.js';
import { HELPER, HIDDEN, open, SECOND } from './a2a-stage.js';

const CARD = '/.well-known/agent-card.json';
const V1 = { 'a2a-version': '1.0' };

test('the card of an agent is read without a token and says what it is for, what it can do and how it is reached', async () => {
  await using h = await open([HELPER, HIDDEN]);
  const { status, headers, json } = await h.ask(`/a2a/helper${CARD}`, { token: null, headers: V1 });
  const url = `${h.server.url}/a2a/helper`;
  expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'application/json' });
  expect(json()).toEqual({
    name: 'helper',
    description: 'answers what it is asked',
    version: '0.0.0',
    supportedInterfaces: [
      { url, protocolBinding: 'JSONRPC', protocolVersion: '1.0' },
      { url, protocolBinding: 'HTTP+JSON', protocolVersion: '1.0' },
      { url, protocolBinding: 'JSONRPC', protocolVersion: '0.3' },
    ],
    capabilities: { streaming: true, pushNotifications: false, extendedAgentCard: false },
    securitySchemes: { bearer: { httpAuthSecurityScheme: { scheme: 'Bearer', description: expect.any(String) as string } } },
    securityRequirements: [{ schemes: { bearer: {} } }],
    defaultInputModes: ['text/plain', 'application/json', 'image/png', 'image/jpeg', 'image/gif', 'image/webp'],
    defaultOutputModes: ['text/plain'],
    skills: [
      { id: 'answering', name: 'Answering', description: 'Answering', tags: ['Answering'] },
      { id: 'good-cooking', name: 'good cooking', description: 'good cooking', tags: ['good cooking'] },
    ],
  });
  expect((await h.ask(`/a2a/helper${CARD}`, { token: null, headers: { ...V1, 'if-none-match': headers['etag'] ?? '' } })).status).toBe(304);
});

test('a client that names no version gets the card of 0.3, which the clients of both read', async () => {
  await using h = await open([HELPER]);
  const old = (await h.ask(`/a2a/helper${CARD}`, { token: null })).json();
  const url = `${h.server.url}/a2a/helper`;
  expect(old).toMatchObject({
    protocolVersion: '0.3.0',
    url,
    preferredTransport: 'JSONRPC',
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    security: [{ bearer: [] }],
  });
  const plain: typeof fetch = (input) => fetch(input);
  const read = await new DefaultAgentCardResolver({ fetchImpl: plain, legacyCompat: { enabled: true } }).resolve(`${url}/`);
  const now = await new DefaultAgentCardResolver().resolve(`${url}/`);
  expect(read.supportedInterfaces).toContainEqual({ url, protocolBinding: 'JSONRPC', protocolVersion: '0.3', tenant: '' });
  expect(now.supportedInterfaces).toHaveLength(3);
  expect(now.securitySchemes['bearer']?.scheme?.$case).toBe('httpAuthSecurityScheme');
});

test('the address in a card is the one by which the client came', async () => {
  await using h = await open([HELPER]);
  const headers = { host: `localhost:${h.server.port}`, 'x-forwarded-proto': 'https' };
  expect((await h.ask(`/a2a/helper${CARD}`, { token: null, headers })).json()).toMatchObject({
    url: `https://localhost:${h.server.port}/a2a/helper`,
  });
});

test('a host with one public agent has its card; with none or several it says where cards are', async () => {
  {
    await using h = await open([HELPER, HIDDEN]);
    const client = await clientOf(h.server.url);
    expect((await client.getAgentCard()).name).toBe('helper');
  }
  {
    await using h = await open([HELPER, SECOND]);
    const { status, json } = await h.ask(CARD, { token: null });
    expect({ status, hint: json()['hint'] }).toEqual({ status: 404, hint: `/a2a/helper${CARD}, /a2a/second${CARD}` });
    expect((await h.ask('/a2a', { token: null })).json()).toEqual({
      agents: [
        { alias: 'helper', role: 'answers what it is asked', card: `${h.server.url}/a2a/helper${CARD}` },
        { alias: 'second', card: `${h.server.url}/a2a/second${CARD}` },
      ],
    });
  }
  await using h = await open([HIDDEN]);
  const none = await h.ask(CARD, { token: null });
  expect([none.status, none.json()['detail']]).toEqual([404, 'no agent of this host is public']);
});

test('an agent from elsewhere is found once it is public, with a skill although it names none', async () => {
  await using h = await open([]);
  await h.hub.admitOutsideAgent({ alias: 'far', tasks: { public: true, role: 'is far away' } }, OWNER);
  await h.hub.admitOutsideAgent({ alias: 'shy', tasks: {} }, OWNER);
  expect((await h.ask(CARD, { token: null, headers: V1 })).json()).toMatchObject({
    name: 'far',
    skills: [{ id: 'far', name: 'far', description: 'is far away' }],
  });
});

test('an agent that is not public is not there, neither for who has no token nor for who has one', async () => {
  await using h = await open([HELPER, HIDDEN]);
  const asks = ['hidden', 'nobody'].flatMap((alias) => [
    h.ask(`/a2a/${alias}${CARD}`, { token: null }),
    h.ask(`/a2a/${alias}`, { method: 'POST', body: { jsonrpc: '2.0', id: 1, method: 'GetTask', params: { id: 'x' } } }),
    h.ask(`/a2a/${alias}/tasks`),
  ]);
  for (const { status, json } of await Promise.all(asks)) {
    expect({ status, detail: json()['detail'] }).toEqual({
      status: 404,
      detail: expect.stringMatching(/no public agent (hidden|nobody)/) as string,
    });
  }
});

test('without a token there is nothing but cards', async () => {
  await using h = await open([HELPER]);
  const calls: [string, string][] = [
    ['POST', '/a2a/helper'],
    ['POST', '/a2a/hidden'],
    ['GET', '/a2a/helper/tasks'],
    ['POST', '/a2a/helper/message:send'],
    ['POST', `/a2a/helper${CARD}`],
    ['GET', '/a2a/helper/.well-known/other'],
    ['GET', '/.well-known/other'],
    ['POST', CARD],
    ['POST', '/a2a'],
  ];
  for (const [method, path] of calls) {
    const { status, headers } = await h.ask(path, { method, token: null });
    expect([path, status, headers['www-authenticate']]).toEqual([path, 401, 'Bearer realm="spool"']);
  }
  const client = await clientOf(`${h.server.url}/a2a/helper/`, 'JSON-RPC 1.0', 'a wrong one');
  expect((await refused(send(client, saying('x')))).message).toContain('401');
  expect((await h.hub.listTasks({ limit: 1 }, OWNER)).items).toEqual([]);
});

test('what is no call is refused with what would be one', async () => {
  await using h = await open([HELPER]);
  const got = await h.ask('/a2a/helper');
  expect([got.status, got.headers['allow']]).toEqual([405, 'POST']);
  expect((await h.ask('/a2a/helper/nothing')).status).toBe(404);
});
