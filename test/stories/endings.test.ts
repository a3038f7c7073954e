/** How turns of the real Codex end: retried, cut, out of time, interrupted; whatever happens, with a reason and with what was said. */

import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { Client } from '../../src/client/index.js';
import type { Event, EventType } from '../../src/contract/events.js';
import { childStates, eventOf, world } from './rig.js';

type Of<T extends EventType> = Event<T>;

async function eventsOf(client: Client, session: string): Promise<Event[]> {
  return (await client.sessions.events(session, { limit: 10_000 })).events as unknown as Event[];
}

async function run(client: Client, session: string, input: string, body: object = {}) {
  const { turn } = await client.turns.request(session, { input, ...body });
  return await client.wait(session, turn.id);
}

const textOfItem = (events: readonly Event[], item: string | undefined): string =>
  events.flatMap((event) => (event.type === 'item.delta' && event.item === item ? [event.data.text] : [])).join('');

test('an error that Codex retries is told as progress, and the turn completes', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work });
  expect(await run(client, id, '[[cut:3:1]] [[deltas:5:5]]')).toMatchObject({ status: 'completed', finalText: '1 2 3 4 5 ' });
  const events = await eventsOf(client, id);
  expect(events.some((event) => event.type === 'turn.retrying')).toBe(true);
  const { data } = events.find((event): event is Of<'turn.completed'> => event.type === 'turn.completed') ?? { data: undefined };
  // What the cut stream had begun stays as it was; the final text is one whole message.
  expect(textOfItem(events, data?.finalItem)).toBe('1 2 3 4 5 ');
  expect(data).not.toHaveProperty('partial');
});

test('all messages of a turn are kept, and the last one is named as the final one', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work });
  expect(await run(client, id, '[[text:let me look]] [[sh:true]] [[text:all is well]]')).toMatchObject({ finalText: 'all is well' });
  const events = await eventsOf(client, id);
  const messages = events.flatMap((event) =>
    event.type === 'item.completed' && event.data.item.kind === 'agentMessage' ? [event.data.item] : [],
  );
  expect(messages.map((message) => message.text)).toEqual(['let me look', 'all is well']);
  expect(events.at(-1)).toMatchObject({ type: 'turn.completed', data: { finalItem: messages[1]?.id } });
});

test('an error that is not retried fails the turn with its class, and the session takes the next one', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work });
  const classes = {
    '[[http:401]]': { code: 'auth', retryable: false },
    '[[http:429]]': { code: 'quota', retryable: true },
    '[[failed:insufficient_quota]]': { code: 'quota', retryable: false },
    '[[failed:server_is_overloaded]]': { code: 'overloaded', retryable: true },
    '[[failed:context_length_exceeded]]': { code: 'model', retryable: false },
  };
  for (const [input, error] of Object.entries(classes))
    expect(await run(client, id, input), input).toMatchObject({ status: 'failed', error });
  expect(await run(client, id, '[[text:still here]]')).toMatchObject({ status: 'completed', finalText: 'still here' });
});

test('a model that never answers is given up after the silence that the turn allows, and the next turn runs', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work, limits: { idleSeconds: 1 } });
  const failed = await run(client, id, '[[stall:silent]]');
  expect(failed).toMatchObject({ status: 'failed', error: { code: 'timeout', message: 'the turn gave no sign of life for 1 s' } });
  expect(await run(client, id, '[[deltas:30:50]]')).toMatchObject({ status: 'completed' });
});

test('a turn that takes longer than it may is stopped in Codex and fails with what it had said', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work });
  const failed = await run(client, id, '[[deltas:400:50]]', { limits: { turnSeconds: 1 } });
  expect(failed).toMatchObject({
    status: 'failed',
    error: { code: 'timeout' },
    partial: true,
    finalText: expect.stringMatching(/^1 2 3 /),
  });
  expect(await run(client, id, '[[text:next]]')).toMatchObject({ status: 'completed', finalText: 'next' });
});

test('a turn does not age while it waits for an answer', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({
    cwd: w.work,
    permissions: { approvalPolicy: 'untrusted' },
    approvals: { mode: 'ask', deadlineSeconds: 3 },
    limits: { turnSeconds: 2, idleSeconds: 1 },
  });
  expect(await run(client, id, '[[sh:touch never]] [[text:fine]]')).toMatchObject({ status: 'completed', finalText: 'fine' });
  const answered = (await eventsOf(client, id)).find((event) => event.type === 'approval.answered');
  expect(answered?.data).toMatchObject({ by: 'deadline', answer: { decision: 'decline' }, why: 'nobody answered within 3 s' });
});

test('an interrupt keeps the text that had come and says that it is a part, and ends the command that Codex would leave running', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work });
  const talking = await client.turns.request(id, { input: '[[deltas:400:50]]' });
  await eventOf(client, id, (event) => event.type === 'item.delta');
  await client.interrupt(id);
  expect(await client.wait(id, talking.turn.id)).toMatchObject({
    status: 'interrupted',
    partial: true,
    finalText: expect.stringMatching(/^1 /),
  });

  const working = await client.turns.request(id, { input: '[[sh:echo begun; sleep 654321]]' });
  await eventOf(
    client,
    id,
    (event) => event.turn === working.turn.id && event.type === 'item.started' && event.data.item.kind === 'command',
  );
  while ((await sleepers()).length === 0) expect((await client.turns.get(id, working.turn.id)).status).toBe('running');
  await client.interrupt(id);
  expect(await client.wait(id, working.turn.id)).toMatchObject({ status: 'interrupted' });
  await eventOf(
    client,
    id,
    (event) => event.turn === working.turn.id && event.type === 'item.completed' && event.data.item.kind === 'command',
  );
  while ((await sleepers()).length > 0) expect((await client.sessions.get(id)).status).toBe('idle');
});

test('a Codex process that is killed ends its turn at once, with the signal, and what waits behind it runs next', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work });
  const running = await client.turns.request(id, { input: '[[deltas:400:50]]' });
  await eventOf(client, id, (event) => event.type === 'item.delta');
  const waiting = await client.turns.request(id, { input: '[[text:still done]]', mode: 'queue' });
  const [child] = await childStates(w.home.join('spool', 'run', 'codex'));
  process.kill(child?.pid ?? 0, 'SIGKILL');
  expect(await client.wait(id, running.turn.id)).toMatchObject({ status: 'failed', error: { code: 'runtime-exited' }, partial: true });
  expect(await client.wait(id, waiting.turn.id)).toMatchObject({ status: 'completed', finalText: 'still done' });
  expect((await eventsOf(client, id)).find((event) => event.type === 'runtime.exited')?.data).toMatchObject({ signal: 'SIGKILL' });
});

/** Processes of this test's sleep, by what the system says they run. */
async function sleepers(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.startsWith('sleep\u0000654321'));
}
