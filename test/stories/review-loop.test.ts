/** A review that the host begins by itself: real host, real Codex, and what the reviewer's model is shown. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Event } from '../../src/contract/events.js';
import { OWNER, openHost, type ReviewRequest } from '../../src/index.js';
import { eventOf, world } from './rig.js';

const isStart = (event: Event): event is Event<'review.started'> => event.type === 'review.started';

test('after so many commands the work is shown to a reviewer in a session of its own, which writes into the memory', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const memory = w.home.join('memory');
  const prompt = 'What is worth keeping? [[sh:echo kept > notes.md]]';
  const permissions = { profile: ':workspace', approvalPolicy: 'never' } as const;
  await client.agents.create({ alias: 'builder', permissions, memory, reviewLoop: { afterToolCalls: 2, prompt } });
  const { id } = await client.sessions.open({ agent: 'builder', cwd: w.work, title: 'Sums' });
  for (const sum of ['20+3', '40+5']) {
    const { turn } = await client.turns.request(id, { input: `[[sh:echo "sum: $((${sum}))"]] [[text:I added.]]` });
    expect((await client.wait(id, turn.id)).status).toBe('completed');
  }

  const started = await eventOf(client, id, isStart);
  const review = await client.sessions.get(started.data.session ?? '');
  expect(review).toMatchObject({ agent: 'builder', cwd: memory, title: 'Review of Sums', reviewOf: { session: id } });
  const [turn] = (await client.turns.list(review.id, { limit: 10 })).items;
  expect((await client.wait(review.id, turn?.id ?? '')).status).toBe('completed');

  const asked = w.model.requests.find((request) => request.prompt.startsWith('What is worth keeping?'));
  expect(asked?.prompt).toContain(`The memory of the agent builder is the folder ${memory}`);
  for (const words of ['sum: 23', 'sum: 45', 'I added.']) expect(asked?.prompt).toContain(words);
  expect(readFileSync(`${memory}/notes.md`, 'utf8')).toBe('kept\n');

  // The reviewer has run more commands than the loop waits for, and is not reviewed for it.
  const { items } = await client.sessions.list({ limit: 10 });
  expect(items.map((session) => session.id).toSorted()).toEqual([id, review.id].toSorted());
});

test('a program with a host in it is handed the review, with the conversation as the log tells it', async () => {
  await using w = await world();
  const given: ReviewRequest[] = [];
  let handed = (): void => undefined;
  const wasHanded = new Promise<void>((resolve) => (handed = resolve));
  const onReview = (review: ReviewRequest): void => {
    given.push(review);
    handed();
  };
  await using host = await openHost({ env: w.env, keepRunningTurns: false, onReview });
  const memory = w.home.join('memory');
  await host.createAgent({ alias: 'builder', memory, reviewLoop: { afterTurns: 1, agent: 'default' } }, OWNER);
  const { id } = await host.openSession({ agent: 'builder', cwd: w.work }, OWNER);
  await host.requestTurn(id, { input: '[[sh:echo hi]] [[text:I said hi.]]' }, OWNER);
  await wasHanded;
  const { items } = await host.messages(id, { after: 0, limit: 100 }, OWNER);
  expect(items.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant']);
  expect(given).toMatchObject([
    { session: id, agent: 'builder', reviewer: 'default', toolCalls: 1, turns: 1, messages: items, memory, skills: [] },
  ]);
});
