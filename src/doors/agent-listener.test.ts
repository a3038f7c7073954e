import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { type AgentHandler, type AgentListener, agentToken, startAgentListener } from './agent-listener.js';

const SECRET = 'a secret that only this test knows';
const whoAmI: AgentHandler = (_request, response, agent) => void response.end(agent);

function start(port = 0, secret = SECRET): Promise<AgentListener> {
  return startAgentListener({ secret, port, mounts: new Map([['/mine', whoAmI]]) });
}

async function ask(
  { port }: AgentListener,
  path: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<[number | undefined, string]> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, headers, agent: false }, resolve).on('error', reject).end();
  });
  return [response.statusCode, await text(response)];
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

test('an agent with its token reaches what is mounted, as itself', async () => {
  await using listener = await start();
  const headers = bearer(agentToken(SECRET, 'main'));
  expect(await ask(listener, '/mine', headers)).toEqual([200, 'main']);
  expect(await ask(listener, '/mine/below?x=1', headers, 'POST')).toEqual([200, 'main']);
  expect(listener.url).toBe(`http://127.0.0.1:${listener.port}`);
});

test('there is nothing else there, whatever the path looks like', async () => {
  await using listener = await start();
  const headers = bearer(agentToken(SECRET, 'main'));
  for (const path of ['/', '/v1/status', '/healthz', '/mineral', '/other/../mine', '//mine', '/MINE', 'http://127.0.0.1/mine', '*'])
    expect([path, (await ask(listener, path, headers))[0]]).toEqual([path, 404]);
});

test('no token, a wrong one, one of another secret, and one agent as another are refused', async () => {
  await using listener = await start();
  const main = agentToken(SECRET, 'main');
  const wrong = ['', 'x', main.slice(0, -1), `${main}A`, agentToken('another', 'main'), main.replace('_main_', '_other_'), 'spool_main_'];
  for (const token of wrong) expect([token, (await ask(listener, '/mine', bearer(token)))[0]]).toEqual([token, 401]);
  expect((await ask(listener, '/mine', {}))[0]).toBe(401);
  expect((await ask(listener, '/mine', { authorization: `Basic ${main}` }))[0]).toBe(401);
  const [, body] = await ask(listener, '/mine', bearer(wrong[4] ?? ''));
  expect(body).not.toContain(wrong[4]);
});

test('a name that was pointed here and a page in a browser are refused, even with the token', async () => {
  await using listener = await start();
  const headers = bearer(agentToken(SECRET, 'main'));
  expect((await ask(listener, '/mine', { ...headers, host: `rebound.example:${listener.port}` }))[0]).toBe(403);
  expect((await ask(listener, '/mine', { ...headers, host: '127.0.0.1:1' }))[0]).toBe(403);
  expect((await ask(listener, '/mine', { ...headers, origin: listener.url }))[0]).toBe(403);
  expect((await ask(listener, '/mine', { ...headers, origin: 'null' }))[0]).toBe(403);
});

test('who asks for another protocol gets none', async () => {
  await using listener = await start();
  const upgrade = {
    connection: 'upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'sec-websocket-version': '13',
  };
  expect((await ask(listener, '/mine', upgrade))[0]).toBe(401);
  expect(await ask(listener, '/mine', { ...upgrade, ...bearer(agentToken(SECRET, 'main')) })).toEqual([200, 'main']);
});

test('a port that is taken is told, and one that was given back can be had again', async () => {
  const first = await start();
  await expect(start(first.port)).rejects.toMatchObject({ code: 'port-in-use' });
  await first[Symbol.asyncDispose]();
  await first[Symbol.asyncDispose]();
  await using again = await start(first.port);
  expect(again.port).toBe(first.port);
});
