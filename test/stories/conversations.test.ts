/** A conversation outlives everything that serves it; and where it cannot, that is said. Real Codex, offline model. */

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stopPid } from '../../src/base/process.js';
import type { Client } from '../../src/client/index.js';
import type { Event, EventType } from '../../src/contract/events.js';
import { childStates, eventOf, type World, world } from './rig.js';

async function run(client: Client, session: string, input: string) {
  const { turn } = await client.turns.request(session, { input });
  return await client.wait(session, turn.id);
}

async function dataOf(client: Client, session: string, type: EventType): Promise<unknown[]> {
  const { events } = await client.sessions.events(session, { limit: 10_000 });
  return (events as unknown as Event[]).filter((event) => event.type === type).map((event) => event.data);
}

async function killChildren(w: World): Promise<void> {
  for (const { pid, processStart } of await childStates(w.home.join('spool', 'run', 'codex')))
    await stopPid(pid, processStart, { graceMs: 0 });
}

const modelWasTold = (w: World, text: string): boolean => JSON.stringify(w.model.requests.at(-1)?.body.input).includes(text);

test('host and Codex both killed in mid-turn: the turn fails with a reason, and the conversation goes on with what it knew', async () => {
  await using w = await world();
  const first = await w.serve();
  const { id } = await first.client.sessions.open({ cwd: w.work });
  await run(first.client, id, 'the word is heron [[text:noted]]');
  const { threadId } = await first.client.sessions.get(id);
  const lost = await first.client.turns.request(id, { input: '[[deltas:400:50]]' });
  await eventOf(first.client, id, (event) => event.turn === lost.turn.id && event.type === 'item.delta');
  await first.kill('SIGKILL');
  await killChildren(w);

  const { client } = await w.serve();
  expect(await client.wait(id, lost.turn.id)).toMatchObject({
    status: 'failed',
    error: { code: 'runtime-exited', retryable: true },
    partial: true,
  });
  expect(await run(client, id, '[[text:still here]]')).toMatchObject({ status: 'completed', finalText: 'still here' });
  expect((await client.sessions.get(id)).threadId).toBe(threadId);
  expect(modelWasTold(w, 'the word is heron')).toBe(true);
});

test('a conversation that Codex has lost goes on in a new one, and the session says so', async () => {
  await using w = await world();
  const first = await w.serve();
  const { id } = await first.client.sessions.open({ cwd: w.work });
  await run(first.client, id, 'the word is heron [[text:noted]]');
  const { threadId, usage } = await first.client.sessions.get(id);
  await first.kill('SIGTERM');
  await killChildren(w);
  for (const name of await readdir(w.home.join('codex'))) {
    if (name === 'sessions' || name.includes('.sqlite')) await rm(join(w.home.join('codex'), name), { recursive: true });
  }

  const { client } = await w.serve();
  expect(await run(client, id, '[[text:hello]]')).toMatchObject({ status: 'completed' });
  expect(await dataOf(client, id, 'session.resumed')).toMatchObject([{ fresh: true, previousThreadId: threadId }]);
  expect(await dataOf(client, id, 'warning.raised')).toContainEqual({ message: expect.stringMatching(/does not remember/) });
  expect(modelWasTold(w, 'the word is heron')).toBe(false);
  const after = await client.sessions.get(id);
  expect(after.threadId).not.toBe(threadId);
  expect(after.usage?.totalTokens).toBeGreaterThan(usage?.totalTokens ?? Number.NaN);
});

test('a session that never had a turn survives a restart without a word', async () => {
  await using w = await world();
  const first = await w.serve();
  const { id } = await first.client.sessions.open({ cwd: w.work });
  await eventOf(first.client, id, (event) => event.type === 'runtime.started');
  await first.kill('SIGKILL');
  await killChildren(w);
  const { client } = await w.serve();
  expect(await run(client, id, '[[text:hello]]')).toMatchObject({ status: 'completed', finalText: 'hello' });
  expect(await dataOf(client, id, 'warning.raised')).not.toContainEqual({ message: expect.stringMatching(/remember/) });
});
