/** What Codex can do besides answering: compaction, reviews, names, its list of models, answers by a schema. */

import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { Client } from '../../src/client/index.js';
import type { Event } from '../../src/contract/events.js';
import { eventOf, world } from './rig.js';

async function run(client: Client, session: string, input: string, body: object = {}) {
  const { turn } = await client.turns.request(session, { input, ...body });
  return await client.wait(session, turn.id);
}

const eventsOf = async (client: Client, session: string): Promise<Event[]> =>
  (await client.sessions.events(session, { limit: 10_000 })).events as unknown as Event[];

test('a compaction is a turn: it waits behind others, can be followed, and the conversation goes on after it', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work });
  await run(client, id, '[[text:to be remembered]]');
  const running = await client.turns.request(id, { input: '[[deltas:10:30]]' });
  const compact = await client.sessions.compact(id);
  expect(compact).toMatchObject({ disposition: 'queued', turn: { action: { type: 'compact' }, input: [] } });
  expect(await client.wait(id, running.turn.id)).toMatchObject({ status: 'completed' });
  expect(await client.wait(id, compact.turn.id)).toMatchObject({ status: 'completed', action: { type: 'compact' } });
  const kinds = (await eventsOf(client, id)).flatMap((event) =>
    event.type === 'item.completed' && event.turn === compact.turn.id ? [event.data.item] : [],
  );
  expect(kinds).toMatchObject([{ kind: 'other', type: 'contextCompaction' }]);
  expect(await run(client, id, '[[text:after]]')).toMatchObject({ status: 'completed', finalText: 'after' });
});

test('a message is not put into a compaction: it waits for its end', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work });
  await run(client, id, '[[text:something]]');
  const compact = await client.sessions.compact(id);
  const next = await client.turns.request(id, { input: '[[text:mine]]' });
  expect(next.disposition).toBe('queued');
  expect(await client.wait(id, compact.turn.id)).toMatchObject({ status: 'completed' });
  expect(await client.wait(id, next.turn.id)).toMatchObject({ status: 'completed', finalText: 'mine', steeredInto: null });
});

test('a review is a turn with the review as its text, and can be interrupted like any other', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work });
  const verdict = { findings: [], overall_correctness: 'ok', overall_explanation: 'looks right', overall_confidence_score: 0.5 };
  const { turn } = await client.sessions.review(id, {
    target: { type: 'custom', instructions: `look [[text:${JSON.stringify(verdict)}]]` },
  });
  expect(await client.wait(id, turn.id)).toMatchObject({ status: 'completed', finalText: expect.stringContaining('looks right') });
  expect(await client.sessions.get(id)).toMatchObject({ status: 'idle', currentTurn: null });

  const long = await client.sessions.review(id, { target: { type: 'custom', instructions: '[[deltas:400:50]]' } });
  await eventOf(client, id, (event) => event.turn === long.turn.id && event.type === 'item.started');
  await client.interrupt(id);
  expect(await client.wait(id, long.turn.id)).toMatchObject({ status: 'interrupted' });
  expect(await run(client, id, '[[text:after]]')).toMatchObject({ status: 'completed', finalText: 'after' });
});

test('a session that is renamed or archived is so in Codex’s own lists too', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work });
  await run(client, id, '[[text:hi]]');
  const { threadId } = await client.sessions.get(id);
  expect(await client.sessions.update(id, { title: 'the flaky test' })).toMatchObject({ title: 'the flaky test' });
  expect(await client.sessions.archive(id)).toMatchObject({ status: 'archived' });
  await expect(client.turns.request(id, { input: 'more' })).rejects.toMatchObject({ code: 'conflict' });
  const archived = async (): Promise<boolean> => {
    const names = await readdir(w.home.join('codex', 'archived_sessions')).catch(() => []);
    return names.some((name) => name.includes(threadId ?? ''));
  };
  while (!(await archived())) expect((await client.sessions.get(id)).status).toBe('archived');
});

test('the models of an agent are listed with the efforts that each takes', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { items } = await client.agents.models('default');
  expect(items.filter((model) => model.default)).toHaveLength(1);
  for (const model of items) expect(model.efforts).toContain(model.defaultEffort);
  await expect(client.agents.models('nobody')).rejects.toMatchObject({ code: 'not-found' });
  const simple = items.find((model) => !model.efforts.includes('xhigh') || !model.efforts.includes('none'));
  const effort = simple?.efforts.includes('none') === true ? 'xhigh' : 'none';
  const { id } = await client.sessions.open({ cwd: w.work });
  await expect(client.turns.request(id, { input: 'hi', model: simple?.id, effort })).rejects.toMatchObject({
    code: 'invalid-input',
    message: `the model ${simple?.id} does not take the effort ${effort}`,
    hint: `it takes: ${simple?.efforts.join(', ')}`,
  });
  expect((await client.turns.list(id)).items).toEqual([]);
});

test('a schema for the final message reaches the model, for this turn only', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work });
  const outputSchema = { type: 'object', properties: { answer: { type: 'number' } }, required: ['answer'], additionalProperties: false };
  expect(await run(client, id, '[[text:{"answer":42}]]', { outputSchema })).toMatchObject({ finalText: '{"answer":42}' });
  expect(w.model.requests.at(-1)?.body['text']).toMatchObject({ format: { type: 'json_schema', schema: outputSchema } });
  await run(client, id, '[[text:plain]]');
  expect(w.model.requests.at(-1)?.body['text']).not.toHaveProperty('format');
});

test('a command that the sandbox denies at once is told too, although Codex says nothing of it', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work, permissions: { profile: ':workspace', approvalPolicy: 'never' } });
  await run(client, id, '[[sh:touch /etc/nope]] [[sh:true]] [[text:done]]');
  const items = (await eventsOf(client, id)).flatMap((event) => (event.type === 'item.completed' ? [event.data.item] : []));
  expect(items).toMatchObject([
    { kind: 'userMessage' },
    // On a slow machine the denial comes late enough for Codex to tell it itself.
    {
      kind: 'command',
      command: expect.stringContaining('touch /etc/nope'),
      status: 'failed',
      exitCode: 1,
      output: expect.stringMatching(/Read-only file system/),
    },
    { kind: 'command', status: 'completed', exitCode: 0 },
    { kind: 'agentMessage', text: 'done' },
  ]);
});

test('tokens are counted for each turn and for the whole session', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work });
  const one = await run(client, id, '[[text:one]]');
  const two = await run(client, id, '[[sh:true]] [[text:two]]');
  const { usage } = await client.sessions.get(id);
  expect(two.usage?.totalTokens).toBeGreaterThan(one.usage?.totalTokens ?? Number.NaN);
  expect(usage?.totalTokens).toBe((one.usage?.totalTokens ?? 0) + (two.usage?.totalTokens ?? 0));
});
