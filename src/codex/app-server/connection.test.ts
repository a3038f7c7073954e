import { describe, expect, test } from 'vitest';
import { systemClock } from '../../base/clock.js';
import type { Fact } from '../../ports/agent.js';
import { silentLogger } from '../../ports/logger.js';
import { ManualClock } from '../../testing/manual-clock.js';
import type { Transport, TransportEnd } from '../wire/transport.js';
import type { Child, ChildExit } from './child.js';
import { Connection, type ConnectionParts } from './connection.js';

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

interface Connected {
  readonly connection: Connection;
  readonly server: ScriptedServer;
  /** Grace of each time that the process was stopped; undefined for the usual one. */
  readonly stops: (number | undefined)[];
}

async function connected(exit?: ChildExit, parts: Partial<ConnectionParts> = {}): Promise<Connected> {
  const server = new ScriptedServer();
  const stops: (number | undefined)[] = [];
  const child: Child = {
    pid: 1,
    version: '0.169.0',
    born: 0,
    transport: 'unix',
    outlivesUs: true,
    connect: () => Promise.resolve(server),
    exit: () => Promise.resolve(exit),
    logTail: () => Promise.resolve('last words'),
    stop(graceMs) {
      stops.push(graceMs);
      server.end({ how: 'ended', message: 'Codex closed the connection (1006)' });
      return Promise.resolve();
    },
  };
  const connection = await Connection.greet({
    ...{ home: '/home', child, transport: server, version: '0', clock: systemClock, logger: silentLogger },
    ...parts,
  });
  return { connection, server, stops };
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

describe('an idle process', () => {
  test('is stopped, and its threads are told that they are closed before anything else can be asked of them', async () => {
    const { connection, server, stops } = await connected();
    server.answers.set('thread/loaded/list', { data: ['t1'] });
    server.answers.set('thread/read', { thread: { id: 't1', status: { type: 'idle' } } });
    const thread = connection.attach('t1', 'started', undefined);
    thread.settle(undefined, false);
    expect(await connection.retire('nobody used it')).toBe(true);
    expect([connection.over, connection.threads, stops]).toEqual([true, 0, [undefined]]);
    expect(thread.facts.takeAll()).toMatchObject([{ type: 'ended', how: 'closed', message: expect.stringContaining('nobody used it') }]);
    const start = { turn: 'trn_1', input: [], model: undefined, effort: undefined, outputSchema: undefined };
    await expect(thread.startTurn(start)).rejects.toMatchObject({ code: 'unavailable' });
    expect(server.sent.some(({ method }) => method === 'turn/start')).toBe(false);
  });

  test('stays while a turn runs in it that only Codex knows of, and when Codex does not say', async () => {
    const { connection, server, stops } = await connected();
    server.answers.set('thread/loaded/list', { data: ['foreign'] });
    server.answers.set('thread/read', { thread: { id: 'foreign', status: { type: 'active' } } });
    expect(await connection.retire('idle')).toBe(false);
    server.answers.set('thread/loaded/list', null);
    expect(await connection.retire('idle')).toBe(false);
    expect([connection.over, stops]).toEqual([false, []]);
  });

  test('stays while somebody is in the middle of something', async () => {
    const { connection, server, stops } = await connected();
    server.answers.set('thread/loaded/list', { data: [] });
    const hold = connection.hold();
    expect([connection.rests, await connection.retire('idle')]).toEqual([false, false]);
    hold[Symbol.dispose]();
    hold[Symbol.dispose]();
    const asked = connection.request('model/list', {});
    expect(await connection.retire('idle')).toBe(false);
    server.say({ id: server.sent.at(-1)?.id, result: { data: [], nextCursor: null } });
    await asked;
    expect(stops).toEqual([]);
    expect(await connection.retire('idle')).toBe(true);
  });

  test('stays when somebody comes while Codex is asked whether it is idle', async () => {
    const { connection, server, stops } = await connected();
    const retiring = connection.retire('idle');
    using _hold = connection.hold();
    server.say({ id: server.sent.at(-1)?.id, result: { data: [] } });
    expect(await retiring).toBe(false);
    expect(stops).toEqual([]);
  });

  test('stays for a user who came and went meanwhile', async () => {
    const { connection, server, stops } = await connected();
    const retiring = connection.retire('idle');
    server.say({ method: 'thread/status/changed', params: { threadId: 't9', status: { type: 'idle' } } });
    server.say({ id: server.sent.at(-1)?.id, result: { data: [] } });
    expect(await retiring).toBe(false);
    expect(stops).toEqual([]);
  });
});

test('commands that run on after their turns are counted over all threads of the process', async () => {
  const { connection, server } = await connected();
  server.answers.set('thread/loaded/list', { data: ['t1', 't2'] });
  server.answers.set('thread/backgroundTerminals/list', { data: [{ itemId: 'i' }], nextCursor: null });
  expect(await connection.commandsLeft()).toBe(2);
});

test('a notice reaches each thread once, also one that is opened later or again', async () => {
  const { connection } = await connected();
  const open = (id: string) => {
    const thread = connection.attach(id, 'resumed', undefined);
    thread.settle(undefined, false);
    return thread;
  };
  const first = open('t1');
  expect([connection.announce('old'), connection.announce('old')]).toEqual([true, false]);
  const [second, again] = [open('t2'), open('t1')];
  const warned = [{ type: 'warning', message: 'old' }];
  expect(first.facts.takeAll().filter(({ type }) => type === 'warning')).toEqual(warned);
  expect([second.facts.takeAll(), again.facts.takeAll()]).toEqual([warned, []]);
});

test('a process that is killed because it was dumb has exited for its threads, with the reason', async () => {
  const { connection, stops } = await connected({ exitCode: null, signal: 'SIGKILL' });
  const thread = connection.attach('t1', 'started', undefined);
  await connection.kill('Codex did not answer');
  expect(stops).toEqual([0]);
  expect(await allOf(thread.facts)).toMatchObject([{ type: 'ended', how: 'exited', message: 'Codex did not answer', signal: 'SIGKILL' }]);
});

test('any word is a sign of life, and a request without an answer is reported', async () => {
  const clock = new ManualClock();
  const silences: Connection[] = [];
  const { connection, server } = await connected(undefined, { clock, onSilence: (silent) => silences.push(silent) });
  const asked = connection.answers(1_000);
  clock.advance(1_000);
  expect(await asked).toBe(false);
  const again = connection.answers(1_000);
  server.say({ method: 'configWarning', params: { summary: 'Odd.' } });
  clock.advance(1_000);
  expect(await again).toBe(true);
  const unanswered = connection.request('model/list', {});
  clock.advance(60_000);
  await expect(unanswered).rejects.toMatchObject({ code: 'timeout' });
  expect(silences).toEqual([connection]);
});

test('the end of a turn is reported once the thread has it', async () => {
  const seen: string[] = [];
  const { connection, server } = await connected(undefined, {
    onRest: () => seen.push(...thread.facts.takeAll().map(({ type }) => type)),
  });
  const thread = connection.attach('t1', 'started', undefined);
  thread.settle({ state: 'running', turn: 'trn_1', ref: 'u1', began: 0, announced: true, missed: [] }, true);
  expect(connection.rests).toBe(false);
  server.say({ method: 'turn/completed', params: { threadId: 't1', turn: { id: 'u1', status: 'completed', items: [], error: null } } });
  expect([seen.includes('turn.completed'), connection.rests]).toEqual([true, true]);
});
