/** Tasks that belong to a conversation: it has a session of its own, and remembers. */

import { expect, test } from 'vitest';
import type { Task } from '../../src/contract/task.js';
import { OWNER } from '../host/rig.js';
import { agent, type Stage, stage } from './stage.js';

const A = agent('a');

async function done(s: Stage, n: number, input: string, context?: string): Promise<Task> {
  const { id } = await s.send({ to: 'a', input, session: 'pair', ...(context === undefined ? {} : { context }) });
  const { start } = await s.agent.called('startTurn', n);
  // The thread of a session that has one is there still, so the newest need not be the one that works.
  for (const thread of s.agent.threads) thread.say({ type: 'turn.completed', turn: start.turn, usage: null });
  return await s.becomes(id, 'replied');
}

test('tasks of one context share a session, and those of another one have another', async () => {
  await using s = stage([A]);
  const one = await done(s, 1, 'one', 'red');
  const two = await done(s, 2, 'two', 'blue');
  const three = await done(s, 3, 'three', 'red');
  const plain = await done(s, 4, 'four');
  expect(three).toMatchObject({ context: 'red', session: one.session });
  expect(new Set([one.session, two.session, plain.session]).size).toBe(3);
  const red = await s.hub.listTasks({ context: 'red', limit: 10 }, OWNER);
  expect(red.items.map(({ id }) => id).sort()).toEqual([one.id, three.id].sort());
});
