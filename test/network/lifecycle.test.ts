/** What else may happen to a task on its way: failed attempts, questions, deadlines, people who step in. */

import { describe, expect, test } from 'vitest';
import type { Item } from '../../src/contract/item.js';
import { ManualClock } from '../../src/testing/index.js';
import { OWNER } from '../host/rig.js';
import { agent, by, stage } from './stage.js';

const A = agent('a');
const B = agent('b');
const command = (text: string, more: Partial<Extract<Item, { kind: 'command' }>> = {}): Item => ({
  ...{ id: 'c1', kind: 'command', command: text, status: 'completed' },
  ...more,
});
const overloaded = { code: 'overloaded', message: 'too much to do', retryable: true } as const;

describe('An attempt that comes to nothing', () => {
  test('is followed by another as long as nothing was done, and in the end the task fails', async () => {
    const clock = new ManualClock();
    await using s = stage([A], { clock });
    const task = await clock.passUntil(s.send({ to: 'a', input: 'x', attempts: 2 }));
    for (const n of [1, 2]) {
      const { start } = await clock.passUntil(s.agent.called('startTurn', n));
      s.agent.thread.say({ type: 'turn.failed', turn: start.turn, error: overloaded });
    }
    const failed = await clock.passUntil(s.becomes(task.id, 'failed'));
    expect(failed).toMatchObject({
      attempts: 2,
      error: { code: 'attempts', message: expect.stringContaining('too much to do (overloaded)') as string },
    });
    expect((await s.history(task.id)).filter((type) => type === 'task.requeued')).toHaveLength(1);
  });

  test('waits for a person once something was done, and is done again only if that one says so', async () => {
    const clock = new ManualClock();
    await using s = stage([A], { clock });
    const task = await clock.passUntil(s.send({ to: 'a', input: 'x' }));
    const { start } = await clock.passUntil(s.agent.called('startTurn'));
    s.agent.thread.say(
      { type: 'item.completed', turn: start.turn, item: command('git push') },
      { type: 'turn.failed', turn: start.turn, error: overloaded },
    );
    const waiting = await clock.passUntil(s.becomes(task.id, 'waiting'));
    expect(waiting.waiting).toMatchObject({ for: 'decision', effects: ['ran git push'] });
    expect(s.agent.calls.filter(({ call }) => call === 'startTurn')).toHaveLength(1);
    await s.hub.approveTask(task.id, { reason: 'it did not arrive' }, OWNER);
    const again = await clock.passUntil(s.agent.called('startTurn', 2));
    s.agent.thread.say({ type: 'turn.completed', turn: again.start.turn, usage: null });
    expect(await clock.passUntil(s.becomes(task.id, 'replied'))).toMatchObject({ attempts: 2 });
  });

  test('has done nothing where its command was declined, or only reads', async () => {
    const clock = new ManualClock();
    await using s = stage([A], { clock });
    await clock.passUntil(s.send({ to: 'a', input: 'x' }));
    const { start } = await clock.passUntil(s.agent.called('startTurn'));
    s.agent.thread.say(
      { type: 'item.started', turn: start.turn, item: command('git push', { status: 'inProgress' }) },
      { type: 'item.completed', turn: start.turn, item: command('git push', { status: 'declined' }) },
      { type: 'item.completed', turn: start.turn, item: command('cat a.txt', { id: 'c2' }) },
      { type: 'turn.failed', turn: start.turn, error: overloaded },
    );
    await clock.passUntil(s.agent.called('startTurn', 2));
  });

  test('ends the task where trying again would change nothing', async () => {
    await using s = stage([A]);
    const task = await s.send({ to: 'a', input: 'x' });
    const { start } = await s.agent.called('startTurn');
    s.agent.thread.say(
      { type: 'item.completed', turn: start.turn, item: { id: 'm', kind: 'agentMessage', text: 'I tried.' } },
      { type: 'turn.failed', turn: start.turn, error: { code: 'auth', message: 'no login', retryable: false } },
    );
    const failed = await s.becomes(task.id, 'failed');
    expect(failed).toMatchObject({ error: { code: 'turn-failed', message: 'no login (auth)' }, reply: 'I tried.', attempts: 1 });
  });
});

describe('Time', () => {
  test('a task that nobody begins in time is expired, and was never begun', async () => {
    const clock = new ManualClock();
    await using s = stage([A], { clock });
    await clock.passUntil(s.send({ to: 'a', input: 'first' }));
    const second = await clock.passUntil(s.send({ to: 'a', input: 'second', queueSeconds: 5 }));
    clock.advance(5000);
    expect(await clock.passUntil(s.becomes(second.id, 'expired'))).toMatchObject({ expired: 'queue', attempts: 0 });
  });

  test('a task that has begun in time has all the time for its work, up to its own deadline, which stops the turn', async () => {
    const clock = new ManualClock();
    await using s = stage([A], { clock });
    const task = await clock.passUntil(s.send({ to: 'a', input: 'x', queueSeconds: 5, deadlineSeconds: 60 }));
    const { start } = await clock.passUntil(s.agent.called('startTurn'));
    s.agent.thread.say({ type: 'item.delta', turn: start.turn, item: 'm', kind: 'text', text: 'half' });
    const { at } = await clock.passUntil(s.taskEvent(task.id, 'task.progressed'));
    clock.advance(Date.parse(task.createdAt) + 59_000 - Date.parse(at));
    expect((await s.hub.task(task.id, OWNER)).status).toBe('running');
    clock.advance(1000);
    const expired = await clock.passUntil(s.becomes(task.id, 'expired'));
    expect(expired).toMatchObject({ expired: 'deadline', reply: 'half' });
    expect(await clock.passUntil(s.agent.called('interrupt'))).toMatchObject({ turn: start.turn });
  });

  test('what a task sends on has no more time than itself', async () => {
    await using s = stage([A, B]);
    const first = await s.send({ to: 'a', input: 'x', deadlineSeconds: 60 });
    const { session, turn } = await s.becomes(first.id, 'running');
    const child = await s.hub.sendTask({ to: 'b', input: 'y', deadlineSeconds: 3600 }, by('a'), { session, turn });
    expect(child.deadline).toBe(first.deadline);
  });
});

describe('People', () => {
  test('call a task off, and all that it has sent; its turn is stopped', async () => {
    await using s = stage([A, B]);
    const first = await s.send({ to: 'a', input: 'x' });
    const { session, turn = '' } = await s.becomes(first.id, 'running');
    const child = await s.hub.sendTask({ to: 'b', input: 'y' }, by('a'), { session, turn });
    const { start } = await s.agent.called('startTurn', 2);
    await s.hub.cancelTask(first.id, { reason: 'not needed' }, OWNER);
    expect(await s.becomes(child.id, 'cancelled')).toMatchObject({ status: 'cancelled' });
    const stopped = [(await s.agent.called('interrupt')).turn, (await s.agent.called('interrupt', 2)).turn];
    expect(stopped.sort()).toEqual([turn, start.turn].sort());
    await expect(s.hub.replyTask(first.id, { text: 'late' }, OWNER)).rejects.toMatchObject({
      code: 'conflict',
      message: `task ${first.id} has ended: cancelled`,
    });
  });

  test('hold a task before it begins, and let it go', async () => {
    await using s = stage([A]);
    const task = await s.send({ to: 'a', input: 'x', hold: true });
    expect(task).toMatchObject({ status: 'waiting', waiting: { for: 'release' }, attempts: 0 });
    await s.hub.approveTask(task.id, {}, OWNER);
    await s.becomes(task.id, 'running');
    await expect(s.hub.holdTask(task.id, {}, OWNER)).rejects.toMatchObject({ code: 'conflict', hint: 'cancel it instead' });
    await expect(s.hub.approveTask(task.id, {}, OWNER)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('let each task of an agent go first, where its configuration says so', async () => {
    await using s = stage([A, agent('b', { hold: true })]);
    expect((await s.send({ to: 'b', input: 'x' }, by('a'))).status).toBe('waiting');
    expect((await s.send({ to: 'b', input: 'x' })).status).not.toBe('waiting');
  });

  test('are asked by an agent with a task for them, and its own task waits as long', async () => {
    await using s = stage([A]);
    const task = await s.send({ to: 'a', input: 'x' });
    const { session, turn } = await s.becomes(task.id, 'running');
    const question = await s.hub.sendTask({ to: 'person', input: 'left or right?' }, by('a'), { session, turn });
    expect(question).toMatchObject({ status: 'queued', note: 'it waits until a person replies', parent: task.id });
    expect((await s.becomes(task.id, 'waiting')).waiting).toMatchObject({ for: 'person', id: question.id, reason: 'left or right?' });
    expect(await s.hub.replyTask(question.id, { text: 'left' }, OWNER)).toMatchObject({ status: 'replied', reply: 'left' });
    expect((await s.becomes(task.id, 'running')).waiting).toBeUndefined();
  });

  test('answer what an agent asks for a permission, and the task says that it waits for that', async () => {
    await using s = stage([A]);
    const task = await s.send({ to: 'a', input: 'x' });
    const { start } = await s.agent.called('startTurn');
    s.agent.thread.say(
      { type: 'turn.started', turn: start.turn, ref: 'r' },
      {
        type: 'ask',
        turn: start.turn,
        ref: 'q',
        ask: { kind: 'command', title: 'run git push?', command: 'git push', decisions: ['accept', 'decline'] },
      },
    );
    const { waiting } = await s.becomes(task.id, 'waiting');
    expect(waiting).toMatchObject({ for: 'approval', reason: 'run git push?' });
    await s.host.answerApproval(waiting?.id ?? '', { decision: 'accept' }, OWNER);
    await s.becomes(task.id, 'running');
  });

  test('who answer one of two questions are shown the other one', async () => {
    await using s = stage([A]);
    const task = await s.send({ to: 'a', input: 'x' });
    const { start } = await s.agent.called('startTurn');
    s.agent.thread.say({ type: 'turn.started', turn: start.turn, ref: 'r' });
    for (const title of ['run one?', 'run two?']) {
      s.agent.thread.say({
        type: 'ask',
        turn: start.turn,
        ref: title,
        ask: { kind: 'command', title, command: 'x', decisions: ['accept', 'decline'] },
      });
    }
    const second = (await s.taskEvent(task.id, 'task.waiting', 2)).data;
    expect(second.reason).toBe('run two?');
    await s.host.answerApproval(second.id ?? '', { decision: 'accept' }, OWNER);
    const { data } = await s.taskEvent(task.id, 'task.waiting', 3);
    expect(data.reason).toBe('run one?');
    await s.host.answerApproval(data.id ?? '', { decision: 'accept' }, OWNER);
    await s.taskEvent(task.id, 'task.resumed');
  });
});

describe('Replies', () => {
  test('by the agent itself close the task at once, and the end of its turn adds nothing', async () => {
    await using s = stage([A]);
    const task = await s.send({ to: 'a', input: 'x' });
    const { turn = '' } = await s.becomes(task.id, 'running');
    expect(await s.hub.replyTask(task.id, { text: 'done' }, by('a'))).toMatchObject({ status: 'replied', reply: 'done' });
    const next = await s.send({ to: 'a', input: 'y' });
    // Its agent is busy until the turn is over.
    expect(next.status).toBe('queued');
    s.agent.thread.say(
      { type: 'item.completed', turn, item: { id: 'm', kind: 'agentMessage', text: 'bye' } },
      { type: 'turn.completed', turn, usage: null },
    );
    await s.becomes(next.id, 'running');
    expect((await s.history(task.id)).filter((type) => type === 'task.replied')).toHaveLength(1);
    expect((await s.hub.task(task.id, OWNER)).reply).toBe('done');
  });

  test('in parts are one reply in the end', async () => {
    await using s = stage([A]);
    const task = await s.send({ to: 'a', input: 'x' });
    await s.becomes(task.id, 'running');
    await s.hub.replyTask(task.id, { text: 'one, ', final: false }, by('a'));
    await s.hub.replyTask(task.id, { text: 'two', final: false, commandId: 'k' }, by('a'));
    await s.hub.replyTask(task.id, { text: 'two', final: false, commandId: 'k' }, by('a'));
    expect(await s.hub.reportProgress(task.id, { text: ', three', final: true }, by('a'))).toMatchObject({
      status: 'replied',
      reply: 'one, two, three',
    });
  });

  test('are waited for as long as one wants', async () => {
    const clock = new ManualClock();
    await using s = stage([A], { clock });
    const task = await clock.passUntil(s.send({ to: 'a', input: 'x' }));
    await clock.passUntil(s.becomes(task.id, 'running'));
    const before = clock.now();
    expect((await clock.passUntil(s.hub.waitTask(task.id, { seconds: 2 }, OWNER))).status).toBe('running');
    expect(clock.now() - before).toBeGreaterThanOrEqual(2000);
    const long = s.hub.waitTask(task.id, { seconds: 60 }, OWNER);
    await s.hub.replyTask(task.id, { text: 'yes' }, OWNER);
    expect((await long).status).toBe('replied');
  });
});

describe('Progress', () => {
  test('comes every 200 ms or after 1 KB, and the reply is whole', async () => {
    const clock = new ManualClock();
    await using s = stage([A], { clock });
    const task = await clock.passUntil(s.send({ to: 'a', input: 'x' }));
    const { start } = await clock.passUntil(s.agent.called('startTurn'));
    const { turn } = start;
    const texts: string[] = [];
    const delta = (text: string) => s.agent.thread.say({ type: 'item.delta', turn, item: 'm', kind: 'text', text });
    s.agent.thread.say(
      { type: 'turn.started', turn, ref: 'r' },
      { type: 'item.started', turn, item: { id: 'm', kind: 'agentMessage', text: '' } },
    );
    delta('slowly ');
    delta('slowly ');
    texts.push((await clock.passUntil(s.taskEvent(task.id, 'task.progressed'))).data.text);
    expect(clock.now() - Date.UTC(2026, 0, 1)).toBeGreaterThanOrEqual(200);
    const before = clock.now();
    delta('x'.repeat(3000));
    texts.push((await s.taskEvent(task.id, 'task.progressed', 2)).data.text);
    // That much does not wait.
    expect(clock.now()).toBe(before);
    expect(texts).toEqual(['slowly slowly ', 'x'.repeat(3000)]);
    const whole = texts.join('');
    s.agent.thread.say(
      { type: 'item.completed', turn, item: { id: 'm', kind: 'agentMessage', text: whole } },
      { type: 'turn.completed', turn, usage: null },
    );
    expect((await clock.passUntil(s.becomes(task.id, 'replied'))).reply).toBe(whole);
  });
});
