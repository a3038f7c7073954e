/** A review that the host begins by itself: real host, real Codex, and what the reviewer's model is shown. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Event } from '../../src/contract/events.js';
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
