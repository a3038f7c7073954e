/** The runtime codex-cli-remote-control with the installed Codex binary: other clients attach to its process beside us. */

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { codexUnderTest } from '../../../test/support/codex-under-test.js';
import { systemClock } from '../../base/clock.js';
import type { Agent, AgentThread, Fact } from '../../ports/agent.js';
import { agentAcceptance } from '../../testing/agent-acceptance.js';
import { codexBinary } from '../../testing/codex-binary.js';
import { Client } from '../wire/client.js';
import { handshake } from '../wire/handshake.js';
import { connectWebSocket } from '../wire/websocket.js';

const RUNTIME = 'codex-cli-remote-control';
const open = () => codexUnderTest(codexBinary(), RUNTIME);

agentAcceptance(RUNTIME, open, { describe, test, expect });

async function endpoint(agent: Agent): Promise<{ address: string; token: string; pid: number }> {
  const [status] = await agent.status();
  if (status?.address === undefined || status.tokenFile === undefined || status.pid === null) throw new Error('nothing listens');
  expect((await stat(status.tokenFile)).mode & 0o777).toBe(0o600);
  return { address: status.address, token: await readFile(status.tokenFile, 'utf8'), pid: status.pid };
}

/** Another client of Codex, as its terminal is one. */
async function guest(at: { address: string; token: string }): Promise<Client & AsyncDisposable> {
  const transport = await connectWebSocket({ ...at, clock: systemClock });
  const client = new Client(transport, { clock: systemClock, onNotification: () => undefined, onRequest: () => undefined });
  await handshake(client, { version: '0.0.0', timeoutMs: 10_000, without: [] });
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}

async function until<T extends Fact['type']>(facts: AsyncIterator<Fact>, type: T, heard: Fact[]): Promise<Extract<Fact, { type: T }>> {
  for (;;) {
    const { done, value } = await facts.next();
    if (done === true) throw new Error(`no ${type} came`);
    heard.push(value);
    if (value.type === type) return value as Extract<Fact, { type: T }>;
  }
}

async function statusOf(address: string, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(address, { headers });
  return await new Promise((resolve, reject) => {
    socket.on('open', () => {
      socket.close();
      resolve(101);
    });
    socket.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    socket.on('error', reject);
  });
}

const startOf = (turn: string, text: string): Parameters<AgentThread['startTurn']>[0] => ({
  ...{ turn, input: [{ type: 'text', text }], model: undefined, effort: undefined, outputSchema: undefined },
});

test('the port is on this machine only, the token is wanted, and only its hash is on the command line', async () => {
  await using under = await open();
  await under.agent.open(under.thread);
  const { address, token, pid } = await endpoint(under.agent);
  expect(address).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
  expect(await statusOf(address, { authorization: `Bearer ${token}` })).toBe(101);
  expect(await statusOf(address, {})).toBe(401);
  expect(await statusOf(address, { authorization: 'Bearer wrong' })).toBe(401);
  expect(await statusOf(address, { authorization: `Bearer ${token}`, origin: 'http://127.0.0.1' })).toBe(403);
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8');
  expect(line).toContain(createHash('sha256').update(token).digest('hex'));
  expect(line).not.toContain(token);
  expect(await readFile(`/proc/${pid}/environ`, 'utf8')).not.toContain(token);
});

test("another client's turn in the conversation is told like ours, with what was asked and answered", async () => {
  await using under = await open();
  const thread = await under.agent.open(under.thread);
  const facts = thread.facts[Symbol.asyncIterator]();
  await thread.startTurn(startOf('trn_1', '[[text:one]]'));
  await until(facts, 'turn.completed', []);
  await using other = await guest(await endpoint(under.agent));
  await other.request('thread/resume', { threadId: thread.id });
  await other.request('turn/start', { threadId: thread.id, input: [{ type: 'text', text: '[[text:two]]', text_elements: [] }] });
  const heard: Fact[] = [];
  const begun = await until(facts, 'turn.begun', heard);
  expect(begun.input).toEqual([{ type: 'text', text: '[[text:two]]' }]);
  const { turn } = await until(facts, 'turn.completed', heard);
  expect(turn).toBe(begun.turn);
  expect(heard.findLast((fact) => fact.type === 'item.completed')).toMatchObject({ turn, item: { kind: 'agentMessage', text: 'two' } });
  // It can be stopped as one of ours.
  await other.request('turn/start', { threadId: thread.id, input: [{ type: 'text', text: under.prompts.lasting, text_elements: [] }] });
  const lasting = await until(facts, 'turn.begun', []);
  await thread.interrupt(lasting.turn);
  expect((await until(facts, 'turn.interrupted', [])).turn).toBe(lasting.turn);
  // And ours goes on behind it.
  await thread.startTurn(startOf('trn_2', '[[text:three]]'));
  expect((await until(facts, 'turn.completed', [])).turn).toBe('trn_2');
});

test('both clients hear the same text of a turn while it is written', async () => {
  await using under = await open();
  const thread = await under.agent.open(under.thread);
  const facts = thread.facts[Symbol.asyncIterator]();
  await thread.startTurn(startOf('trn_1', '[[text:one]]'));
  await until(facts, 'turn.completed', []);
  const transport = await connectWebSocket({ ...(await endpoint(under.agent)), clock: systemClock });
  let theirs = '';
  const client = new Client(transport, {
    clock: systemClock,
    onRequest: () => undefined,
    onNotification: ({ method, params }) => {
      if (method === 'item/agentMessage/delta') theirs += params.delta;
    },
  });
  await handshake(client, { version: '0.0.0', timeoutMs: 10_000, without: [] });
  await client.request('thread/resume', { threadId: thread.id });
  await thread.startTurn(startOf('trn_2', '[[deltas:20:1]]'));
  const heard: Fact[] = [];
  await until(facts, 'turn.completed', heard);
  const ours = heard.flatMap((fact) => (fact.type === 'item.delta' ? [fact.text] : [])).join('');
  // What comes behind the answer to a request has been heard by then.
  await client.request('thread/read', { threadId: thread.id, includeTurns: false });
  expect(ours.length).toBeGreaterThan(20);
  expect(theirs).toBe(ours);
  await client.close();
});
