import { expect, test } from 'vitest';
import { systemClock } from '../../base/clock.js';
import type { Fact } from '../../ports/agent.js';
import { silentLogger } from '../../ports/logger.js';
import type { Transport, TransportEnd } from '../wire/transport.js';
import type { Child, ChildExit } from './child.js';
import { Connection } from './connection.js';

interface Sent {
  readonly id?: number;
  readonly method?: string;
  readonly result?: unknown;
}

/** A server that greets, answers with what `answers` holds for a method, and says what the test lets it say. */
class ScriptedServer implements Transport {
  readonly sent: Sent[] = [];
  readonly answers = new Map<string, unknown>([['initialize', { userAgent: 'spool/0.169.0 (Linux)', codexHome: '/home' }]]);
  readonly closed: Promise<TransportEnd>;
  #listener: (text: string) => void = () => undefined;
  #end: (end: TransportEnd) => void = () => undefined;

  constructor() {
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  send(text: string): void {
    const message = JSON.parse(text) as Sent;
    this.sent.push(message);
    if (message.method !== undefined && this.answers.has(message.method)) {
      queueMicrotask(() => this.say({ id: message.id, result: this.answers.get(message.method ?? '') }));
    }
  }

  receive(listener: (text: string) => void): void {
    this.#listener = listener;
  }

  say(message: object): void {
    this.#listener(JSON.stringify(message));
  }

  end(end: TransportEnd): void {
    this.#end(end);
  }

  close(): Promise<void> {
    this.end({ how: 'closed', message: 'we closed the connection' });
    return Promise.resolve();
  }
}

async function connected(exit?: ChildExit): Promise<{ connection: Connection; server: ScriptedServer }> {
  const server = new ScriptedServer();
  const child: Child = {
    pid: 1,
    version: '0.169.0',
    born: 0,
    transport: 'unix',
    outlivesUs: true,
    connect: () => Promise.resolve(server),
    exit: () => Promise.resolve(exit),
    logTail: () => Promise.resolve('last words'),
    stop: () => Promise.resolve(),
  };
  const parts = { home: '/home', child, transport: server, version: '0', clock: systemClock, logger: silentLogger };
  return { connection: await Connection.greet(parts), server };
}

async function allOf(facts: AsyncIterable<Fact>): Promise<Fact[]> {
  const all: Fact[] = [];
  for await (const fact of facts) all.push(fact);
  return all;
}

test('a lost connection to a living process is told as disconnected, so that the thread is opened again', async () => {
  const { connection, server } = await connected();
  const thread = connection.attach('t1', 'started', undefined);
  server.end({ how: 'ended', message: 'Codex closed the connection (1006)' });
  expect(await allOf(thread.facts)).toMatchObject([{ type: 'ended', how: 'disconnected', message: 'Codex closed the connection (1006)' }]);
  await connection.ended;
  expect([connection.over, connection.threads]).toEqual([true, 0]);
});

test('a process that is gone is told as exited, with its last words', async () => {
  const { connection, server } = await connected({ exitCode: 3, signal: null });
  const thread = connection.attach('t1', 'started', undefined);
  server.end({ how: 'ended', message: 'gone' });
  expect(await allOf(thread.facts)).toMatchObject([
    { type: 'ended', how: 'exited', message: 'Codex exited with status 3', exitCode: 3, stderrTail: 'last words' },
  ]);
});

test('a question of a sub-agent is asked in the session that it works for, and nothing else of it comes out there', async () => {
  const { connection, server } = await connected();
  const thread = connection.attach('t1', 'started', undefined);
  thread.settle({ state: 'running', turn: 'trn_1', ref: 'u1', began: 0, announced: true, missed: [] }, true);
  server.say({ method: 'thread/started', params: { thread: { id: 't2', parentThreadId: 't1' } } });
  server.say({ method: 'item/agentMessage/delta', params: { threadId: 't2', turnId: 'u2', itemId: 'm', delta: 'x' } });
  const params = { threadId: 't2', turnId: 'u2', itemId: 'call_1', command: 'ls', cwd: '/' };
  server.say({ id: 0, method: 'item/commandExecution/requestApproval', params });
  const facts = thread.facts.takeAll();
  expect(facts).toMatchObject([{ type: 'ask', turn: 'trn_1', ask: { kind: 'command', command: 'ls' } }]);
  const [ask] = facts;
  if (ask?.type !== 'ask') throw new Error('nothing was asked');
  await thread.answer(ask.ref, { decision: 'decline' });
  expect(server.sent.at(-1)).toEqual({ id: 0, result: { decision: 'decline' } });
});

test('requests that name no thread are answered at once, and news of the process reach all threads', async () => {
  const { connection, server } = await connected();
  const thread = connection.attach('t1', 'started', undefined);
  thread.settle(undefined, false);
  server.say({ id: 7, method: 'attestation/generate', params: {} });
  expect(server.sent.at(-1)).toMatchObject({ id: 7, error: { code: -32000 } });
  server.say({ method: 'configWarning', params: { summary: 'Odd.', details: 'Very.' } });
  expect(thread.facts.takeAll()).toEqual([{ type: 'warning', message: 'Odd. Very.' }]);
});

test('a running turn in a thread that nobody holds keeps the process busy', async () => {
  const { connection, server } = await connected();
  server.answers.set('thread/loaded/list', { data: ['t9'], nextCursor: null });
  server.answers.set('thread/read', { thread: { id: 't9', status: { type: 'active', activeFlags: [] } } });
  expect(await connection.busy()).toBe(true);
  server.answers.set('thread/read', { thread: { id: 't9', status: { type: 'idle' } } });
  expect(await connection.busy()).toBe(false);
});
