/** A host that dies between two records of a chain of tasks: the next one says what was not said, once. */

import { expect, test } from 'vitest';
import type { Task } from '../../src/contract/task.js';
import { OWNER } from '../host/rig.js';
import { GOES_ON, type Life, lives } from './lives.js';
import { nth } from './mortal-log.js';
import { agent, by } from './stage.js';

const AGENTS = [agent('a'), agent('b'), agent('c', { atOnce: 4 })];
const USAGE = { inputTokens: 3, cachedInputTokens: 0, outputTokens: 2, reasoningTokens: 0, totalTokens: 5 };

/** A task of `a` that runs, and the conversation in which it does. */
async function parentIn(life: Life): Promise<Task & { speaking: { session: string; turn: string } }> {
  const { id } = await life.send({ to: 'a', input: 'parent' });
  const { session = '', turn = '', ...task } = await life.becomes(id, 'running');
  return { ...task, session, turn, speaking: { session, turn } };
}

/** What the newest conversation says when its turn is done. */
function completes(life: Life, turn = ''): void {
  const usage = { type: 'usage', turn, total: USAGE, last: USAGE, contextWindow: null } as const;
  life.agent.thread.say(usage, { type: 'turn.completed', turn, usage: USAGE });
}

test('two of the same request in the same moment are one task, and its agent has one place less', async () => {
  await using life = lives(AGENTS).begin();
  const command = { to: 'c', input: 'x', commandId: 'k' };
  const [one, two] = await Promise.all([life.send(command), life.send(command)]);
  expect(two).toMatchObject({ id: one.id, status: one.status, position: one.position });
  await life.becomes(one.id, 'running');
  expect(await life.history(one.id)).toEqual(['task.sent', 'task.leased', 'task.started']);
  const [node] = (await life.hub.nodes(OWNER)).items;
  expect(node?.agents.find(({ alias }) => alias === 'c')?.load).toMatchObject({ running: 1, queued: 0 });
});

test('a host that dies when a chain has counted a task that was not sent: its repeat is sent, and counted once', async () => {
  const at = lives(AGENTS);
  const first = at.begin();
  const parent = await parentIn(first);
  first.mortal.dieAt(nth('task.sent'));
  const command = { to: 'b', input: 'child', commandId: 'k' };
  void first.hub.sendTask(command, by('a'), parent.speaking);
  await first.mortal.death;
  await using next = at.begin(GOES_ON);
  // What was never sent takes nothing.
  await next.taskEvent(parent.id, 'task.spent');
  const child = await next.hub.sendTask({ ...command, parent: parent.id }, by('a'));
  expect((await next.hub.task(parent.id, OWNER)).spent).toEqual({ tasks: 2, tokens: 0 });
  const running = await next.becomes(child.id, 'running');
  await next.agent.called('startTurn');
  completes(next, running.turn);
  await next.becomes(child.id, 'replied');
  await next.taskEvent(parent.id, 'task.spent', 2);
  expect((await next.hub.task(parent.id, OWNER)).spent).toEqual({ tasks: 2, tokens: 5 });
});

test('a host that dies when a person has replied: the task that asked goes on', async () => {
  const at = lives(AGENTS);
  const first = at.begin();
  const parent = await parentIn(first);
  const question = await first.hub.sendTask({ to: 'person', input: 'left or right?' }, by('a'), parent.speaking);
  await first.becomes(parent.id, 'waiting');
  first.mortal.dieAt(nth('task.resumed'));
  first.mortal.dieAt(nth('task.spent'));
  await first.hub.replyTask(question.id, { text: 'left' }, OWNER);
  await first.mortal.death;
  await using next = at.begin(GOES_ON);
  expect((await next.becomes(parent.id, 'running')).waiting).toBeUndefined();
  await next.taskEvent(parent.id, 'task.spent');
  expect((await next.history(parent.id)).filter((type) => type === 'task.resumed')).toHaveLength(1);
});

test('a host that dies when a task was called off: what it has sent is called off too', async () => {
  const at = lives(AGENTS);
  const first = at.begin();
  const parent = await parentIn(first);
  const child = await first.hub.sendTask({ to: 'b', input: 'child' }, by('a'), parent.speaking);
  await first.becomes(child.id, 'running');
  first.mortal.dieAt(nth('task.cancelled', 2));
  await first.hub.cancelTask(parent.id, {}, OWNER);
  await first.mortal.death;
  await using next = at.begin(GOES_ON);
  expect(await next.becomes(child.id, 'cancelled')).toMatchObject({ id: child.id });
  expect(await next.agent.called('interrupt', 2)).toMatchObject({ call: 'interrupt' });
});

test('what a task has taken is counted with its end, also when the host dies just then', async () => {
  const at = lives(AGENTS);
  const first = at.begin();
  const parent = await parentIn(first);
  first.mortal.dieAt(({ types }) => types.includes('task.replied'), true);
  completes(first, parent.turn);
  await first.mortal.death;
  await using next = at.begin();
  expect(await next.hub.task(parent.id, OWNER)).toMatchObject({ status: 'replied', spent: { tasks: 1, tokens: 5 } });
});

test('nothing is sent in the course of a task that was called off, although its turn still goes on', async () => {
  await using life = lives(AGENTS).begin({ interrupt: () => new Promise(() => undefined) });
  const parent = await parentIn(life);
  await life.hub.cancelTask(parent.id, {}, OWNER);
  await expect(life.hub.sendTask({ to: 'b', input: 'child' }, by('a'), parent.speaking)).rejects.toMatchObject({ code: 'forbidden' });
});

test('a task that is sent while the one that sends it is called off is called off with it', async () => {
  await using life = lives(AGENTS).begin();
  const parent = await parentIn(life);
  const { held, release } = life.mortal.hold(nth('task.sent'));
  const sending = life.hub.sendTask({ to: 'b', input: 'child' }, by('a'), parent.speaking);
  await held;
  await life.hub.cancelTask(parent.id, {}, OWNER);
  release();
  expect((await life.becomes((await sending).id, 'cancelled')).status).toBe('cancelled');
});

for (const named of [true, false]) {
  test(`a lease whose answer is lost with the host is ${named ? 'given again to who repeats the request' : 'over when its time is, and not lost'}`, async () => {
    const at = lives(AGENTS);
    const first = at.begin();
    await first.hub.admitOutsideAgent({ alias: 'far' }, OWNER);
    const { id } = await first.send({ to: 'far', input: 'x' });
    first.mortal.dieAt(nth('task.leased'), true);
    const asking = { leaseSeconds: 30, ...(named ? { commandId: 'l' } : {}) };
    void first.hub.leaseTask(asking, by('far'));
    await first.mortal.death;
    await using next = at.begin();
    const again = await next.hub.leaseTask({ ...asking, waitSeconds: 0 }, by('far'));
    expect(again.task).toEqual(named ? expect.objectContaining({ id, attempts: 1 }) : null);
    if (named) return;
    const later = next.hub.leaseTask({ leaseSeconds: 30, waitSeconds: 30 }, by('far'));
    at.clock.advance(30_000);
    expect(
      (await at.clock.passUntil(later)).task ?? (await at.clock.passUntil(next.hub.leaseTask({ waitSeconds: 30 }, by('far')))).task,
    ).toMatchObject({ id });
  });
}

test('a task that somebody waits for while its first record is being answered is one and the same', async () => {
  await using life = lives(AGENTS).begin();
  const { held, release } = life.mortal.hold(nth('task.sent'), true);
  const sending = life.send({ to: 'a', input: 'x' });
  await held;
  const ids: string[] = [];
  for await (const { stream } of life.log.streams()) ids.push(stream);
  const waiting = life.hub.waitTask(ids[0] ?? '', { seconds: 60 }, OWNER);
  release();
  const { turn = '' } = await life.becomes((await sending).id, 'running');
  await life.agent.called('startTurn');
  life.agent.thread.say({ type: 'turn.completed', turn, usage: null });
  expect(await waiting).toMatchObject({ status: 'replied', id: ids[0] });
});

test('a host that dies when an agent from elsewhere was called off within a chain: what that has sent is called off too', async () => {
  const at = lives(AGENTS);
  const first = at.begin();
  await first.hub.admitOutsideAgent({ alias: 'far' }, OWNER);
  const parent = await parentIn(first);
  const middle = await first.hub.sendTask({ to: 'far', input: 'go on' }, by('a'), parent.speaking);
  await first.hub.leaseTask({}, by('far'));
  const child = await first.hub.sendTask({ to: 'c', input: 'child' }, by('far'));
  await first.becomes(child.id, 'running');
  // Its own end is told, but no more than that.
  first.mortal.dieAt(nth('task.cancelled', 2));
  await first.hub.cancelTask(middle.id, {}, OWNER);
  await first.mortal.death;
  await using next = at.begin(GOES_ON);
  expect((await next.becomes(child.id, 'cancelled')).status).toBe('cancelled');
});
