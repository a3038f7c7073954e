/** Tasks from sending to their end, by agents of this host that follow a script. */

import { expect, test } from 'vitest';
import { OWNER } from '../host/rig.js';
import { agent, by, stage } from './stage.js';

const A = agent('a');
const B = agent('b');

test('a task is sent, runs as a turn in a session of its own, and its reply closes it', async () => {
  await using s = stage([A]);
  const task = await s.send({ to: 'a', input: 'count the stars' });
  expect(task).toMatchObject({ to: 'a', from: 'owner', status: 'leased', attempts: 1, chain: ['owner', 'a'], root: task.id });
  const { start } = await s.agent.called('startTurn');
  expect(start.input).toEqual([{ type: 'text', text: 'count the stars' }]);
  const running = await s.becomes(task.id, 'running');
  expect(await s.host.session(running.session ?? '', OWNER)).toMatchObject({ agent: 'a', title: 'task from owner' });
  s.agent.thread.say(
    { type: 'item.completed', turn: start.turn, item: { id: 'm1', kind: 'agentMessage', text: 'I look up.' } },
    { type: 'item.completed', turn: start.turn, item: { id: 'm2', kind: 'agentMessage', text: 'Seven.' } },
    { type: 'turn.completed', turn: start.turn, usage: null },
  );
  // All that was said, not only what was said last.
  expect(await s.becomes(task.id, 'replied')).toMatchObject({ reply: 'I look up.\n\nSeven.', attemptsLeft: 0 });
  expect(await s.history(task.id)).toEqual(['task.sent', 'task.leased', 'task.started', 'task.replied']);
});

test('an agent works on one task at a time, in the order in which they were sent', async () => {
  await using s = stage([A]);
  const first = await s.send({ to: 'a', input: 'one' });
  const second = await s.send({ to: 'a', input: 'two' });
  expect(second.status).toBe('queued');
  const { start } = await s.agent.called('startTurn');
  s.agent.thread.say({ type: 'turn.completed', turn: start.turn, usage: null });
  await s.becomes(first.id, 'replied');
  await s.becomes(second.id, 'running');
});

test('a repeated request is answered alike, and the task is there once', async () => {
  await using s = stage([A]);
  const one = await s.send({ to: 'a', input: 'once', commandId: 'k' });
  const two = await s.send({ to: 'a', input: 'once', commandId: 'k' });
  expect(two.id).toBe(one.id);
  expect((await s.hub.listTasks({ limit: 10 }, OWNER)).items).toHaveLength(1);
  await expect(s.send({ to: 'a', input: 'other', commandId: 'k' })).rejects.toMatchObject({ code: 'conflict' });
});

test('an unknown alias is an error that names the one that was meant', async () => {
  await using s = stage([agent('reviewer'), A]);
  await expect(s.send({ to: 'reviewr', input: 'x' })).rejects.toMatchObject({
    code: 'not-found',
    hint: expect.stringContaining('did you mean reviewer?') as string,
  });
});

test('a task that would come back to who sent it is refused with the chain shown, and that is kept', async () => {
  await using s = stage([A, B]);
  const first = await s.send({ to: 'b', input: 'help' }, by('a'));
  await s.becomes(first.id, 'running');
  const back = s.send({ to: 'a', input: 'help you', parent: first.id }, by('b'));
  await expect(back).rejects.toMatchObject({ code: 'forbidden', message: expect.stringContaining('a → b → a') as string });
  const refused = await back.catch((error: { details: { task: string } }) => error.details.task);
  expect(await s.hub.task(refused as string, OWNER)).toMatchObject({ status: 'failed', error: { code: 'refused' } });
});
