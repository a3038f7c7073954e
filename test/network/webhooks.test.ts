/** Webhooks over a real HTTP receiver: what is posted, when, how often, and what becomes of what nobody takes. */

import { expect, test } from 'vitest';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { OWNER } from '../host/rig.js';
import { stage } from './stage.js';
import { isSigned, receiver } from './webhook-receiver.js';
import { aWhile, becomes, failed, hook, idle, later, task } from './webhook-stage.js';

test('what happens to a task is posted in its order, as clients see it, signed with the secret that its maker was told', async () => {
  await using to = await receiver();
  await using s = stage([]);
  const { id, secret, ...made } = await hook(s, to);
  expect(made).toMatchObject({ url: to.url, events: ['task.*', 'approval.*'], by: 'owner', dead: 0, waiting: 0 });
  const sent = await task(s, 'which colour?');
  await s.hub.replyTask(sent, { text: 'green' }, OWNER);
  const { events } = await s.hub.events(sent, { after: 0, limit: 100 }, OWNER);
  await to.came(events.length);
  await idle(s, id);
  expect(to.posts.map(({ event: { timestamp: _, ...event } }) => event)).toEqual(events);
  for (const post of to.posts) {
    expect(post.event.timestamp).toBe(post.event.at);
    expect(post).toMatchObject({ id: `${sent}:${post.event.position}`, contentType: 'application/json', path: '/hook' });
    expect(isSigned(post, secret)).toBe(true);
    expect(isSigned({ ...post, body: `${post.body} ` }, secret)).toBe(false);
  }
  expect(await s.hub.webhooks.get(id, OWNER)).not.toHaveProperty('secret');
});

test('a webhook gets nothing from before it was made, and of what comes only what it wants', async () => {
  await using to = await receiver();
  await using s = stage([]);
  await s.hub.admitOutsideAgent({ alias: 'ann' }, OWNER);
  await s.hub.admitOutsideAgent({ alias: 'bob' }, OWNER);
  const old = await task(s);
  await s.hub.replyTask(await task(s), { text: 'before' }, OWNER);
  const { id } = await hook(s, to, { events: ['task.replied', 'task.failed'], agents: ['ann', 'person'] });
  await s.hub.replyTask(old, { text: 'late' }, OWNER);
  const [forAnn, forBob] = [await s.send({ to: 'ann', input: 'x' }), await s.send({ to: 'bob', input: 'x' })];
  for (const { id: one } of [forBob, forAnn]) await s.hub.failTask(one, { message: 'no' }, OWNER);
  await to.came(2);
  await idle(s, id);
  expect(to.posts.map(({ event: { type, task: of } }) => [type, of])).toEqual([
    ['task.replied', old],
    ['task.failed', forAnn.id],
  ]);
});

test('questions of an agent are posted with their answers, without what is secret', async () => {
  await using to = await receiver();
  await using s = stage([{ alias: 'default', runtime: 'mock', codexHome: '/nowhere', online: true }]);
  const { id } = await hook(s, to, { agents: ['default'] });
  const session = await s.host.openSession({}, OWNER);
  const { turn } = await s.host.requestTurn(session.id, { input: 'hi' }, OWNER);
  await s.event(session.id, 'turn.started');
  const questions = [{ id: 'pin', question: 'The PIN?', secret: true }];
  s.agent.thread.say({
    type: 'ask',
    turn: turn.id,
    ref: 'q1',
    ask: { kind: 'userInput', title: 'The PIN?', questions, decisions: ['accept', 'decline'] },
  });
  const asked = await s.event(session.id, 'approval.asked');
  await s.host.answerApproval(asked.data.approval.id, { decision: 'accept', value: { pin: 'xyzzy-4711' } }, OWNER);
  await to.came(2);
  await idle(s, id);
  expect(to.posts.map(({ event: { type, session: of } }) => [type, of])).toEqual([
    ['approval.asked', session.id],
    ['approval.answered', session.id],
  ]);
  expect(JSON.stringify(to.posts)).not.toContain('xyzzy');
});

test('a thousand events are posted once each, those of a task in their order', async () => {
  await using to = await receiver();
  await using s = stage([]);
  const { id } = await hook(s, to);
  const tasks = await Promise.all(Array.from({ length: 20 }, () => task(s)));
  await Promise.all(
    tasks.map(async (one) => {
      for (let n = 0; n < 49; n++) await s.hub.reportProgress(one, { text: `${n}` }, OWNER);
    }),
  );
  await to.came(1000);
  await idle(s, id);
  expect(to.posts).toHaveLength(1000);
  for (const one of tasks) {
    const positions = to.posts.filter(({ event }) => event.task === one).map(({ event }) => event.position);
    expect(positions).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
  }
}, 60_000);

test('what is not taken is tried again later and later with the same id, and holds up nothing', async () => {
  const clock = new ManualClock();
  await using to = await receiver((_, before) => (before < 3 ? 500 : 200));
  await using s = stage([], { clock });
  const { id, secret } = await hook(s, to);
  await task(s);
  for (const [attempts, wait] of [
    [1, 10_000],
    [2, 20_000],
    [3, 40_000],
  ] as const) {
    await failed(s, id, to, attempts);
    // Jitter takes half of it at most.
    clock.advance(wait / 2 - 1);
    await aWhile();
    expect(to.posts).toHaveLength(attempts);
    clock.advance(wait / 2 + 1);
  }
  await to.came(4);
  const { lastError, lastDeliveredAt } = await idle(s, id);
  expect({ lastError, lastDeliveredAt }).toEqual({ lastError: undefined, lastDeliveredAt: new Date(clock.now()).toISOString() });
  expect(new Set(to.posts.map((post) => post.id)).size).toBe(1);
  expect(to.posts.every((post) => isSigned(post, secret))).toBe(true);
  expect(new Set(to.posts.map(({ timestamp }) => timestamp)).size).toBe(4);
});

test('one that is tried again does not hold up those behind it, not even of its own task', async () => {
  const clock = new ManualClock();
  await using to = await receiver(({ event }) => (event.position === 2 ? 503 : 204));
  await using s = stage([], { clock });
  const { id } = await hook(s, to);
  const sent = await task(s);
  for (const text of ['a', 'b', 'c']) await s.hub.reportProgress(sent, { text }, OWNER);
  await to.came(4);
  expect(await becomes(s, id, ({ waiting }) => waiting === 1)).toMatchObject({ dead: 0 });
  expect(to.posts.map(({ event }) => event.position)).toEqual([1, 2, 3, 4]);
});

test('after six attempts it is a dead letter, which can be read and posted again', async () => {
  const clock = new ManualClock();
  await using to = await receiver(() => 500);
  await using s = stage([], { clock });
  const { id } = await hook(s, to);
  const sent = await task(s);
  for (let attempts = 1; attempts < 6; attempts++) {
    await failed(s, id, to, attempts);
    clock.advance(160_000);
  }
  expect(await becomes(s, id, ({ dead }) => dead === 1)).toMatchObject({ waiting: 0, dead: 1, lastError: { message: 'answered 500' } });
  expect(to.posts).toHaveLength(6);
  const letters = await s.hub.webhooks.deadLetters(id, { limit: 10 }, OWNER);
  expect(letters).toMatchObject({
    items: [{ id: `${sent}:1`, attempts: 6, error: 'answered 500', event: { type: 'task.sent', task: sent } }],
    next: null,
  });
  expect(letters.items[0]?.event).toEqual(to.posts[0]?.event);

  to.reply = () => 200;
  await expect(s.hub.webhooks.redeliver(id, { id: 'tsk_x:1' }, OWNER)).rejects.toMatchObject({ code: 'not-found' });
  expect(await s.hub.webhooks.redeliver(id, { id: `${sent}:1`, commandId: 'again' }, OWNER)).toMatchObject({ dead: 0 });
  expect((await to.came(7)).id).toBe(`${sent}:1`);
  await idle(s, id);
  await s.hub.webhooks.redeliver(id, { id: `${sent}:1`, commandId: 'again' }, OWNER);
  await s.hub.webhooks.redeliver(id, {}, OWNER);
  await task(s, 'the next');
  await to.came(8);
  await idle(s, id);
  expect(to.posts).toHaveLength(8);
  expect(await s.hub.webhooks.deadLetters(id, { limit: 10 }, OWNER)).toEqual({ items: [], next: null });
});

test('dead letters come page by page, all of them are posted again at once, and what is given up anew is dead anew', async () => {
  const clock = new ManualClock();
  await using to = await receiver(() => 500);
  await using s = stage([], { clock });
  const { id } = await hook(s, to, { events: ['task.sent'] });
  const tasks: string[] = [];
  for (let n = 0; n < 5; n++) tasks.push(await task(s));
  const allDead = (): Promise<unknown> =>
    later(
      clock,
      becomes(s, id, ({ waiting, dead }) => waiting === 0 && dead === 5),
    );
  await allDead();
  const first = await s.hub.webhooks.deadLetters(id, { limit: 3 }, OWNER);
  const second = await s.hub.webhooks.deadLetters(id, { limit: 3, cursor: first.next ?? '' }, OWNER);
  expect([first.items.length, second.items.length, second.next]).toEqual([3, 2, null]);
  expect([...first.items, ...second.items].map((letter) => letter.id).sort()).toEqual(tasks.map((one) => `${one}:1`).sort());
  expect(await s.hub.webhooks.redeliver(id, {}, OWNER)).toMatchObject({ dead: 0 });
  await to.came(31);
  await allDead();
  expect(to.posts).toHaveLength(60);
  expect(await s.hub.webhooks.get(id, OWNER)).toMatchObject({ dead: 5, waiting: 0 });
  expect((await s.hub.webhooks.deadLetters(id, { limit: 9 }, OWNER)).items).toHaveLength(5);
}, 60_000);
