/** Webhooks in trouble: receivers that are silent, slow, gone or moved, hosts that are started anew, and how much is kept meanwhile. */

import { expect, test } from 'vitest';
import { SpoolError } from '../../src/base/errors.js';
import { memoryLog } from '../../src/log/memory/memory-log.js';
import { openSqliteLog } from '../../src/log/sqlite/sqlite-log.js';
import type { Log } from '../../src/ports/log.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { tempHome } from '../../src/testing/temp-home.js';
import { memoryWebhookStore } from '../../src/testing/webhook-store.js';
import { OWNER } from '../host/rig.js';
import { type Stage, stage } from './stage.js';
import { isSigned, type Reply, receiver } from './webhook-receiver.js';
import { aWhile, becomes, failed, hook, idle, later, task } from './webhook-stage.js';

/** Ends a host that may have requests running: the moment that they are given must pass. */
const end = (s: Stage, clock: ManualClock): Promise<void> => later(clock, s[Symbol.asyncDispose]());

test('a receiver that never answers is given ten seconds, and those behind it are posted meanwhile', async () => {
  const clock = new ManualClock();
  await using to = await receiver(({ event }, before) => (event.type === 'task.sent' && before === 0 ? 'hang' : 204));
  await using s = stage([], { clock });
  const { id } = await hook(s, to);
  const silent = await task(s);
  const { disconnected } = await to.came(1);
  await s.hub.replyTask(silent, { text: 'ok' }, OWNER);
  clock.advance(9_999);
  await becomes(s, id, ({ waiting }) => waiting === 2);
  await aWhile();
  expect(to.posts).toHaveLength(1);
  clock.advance(1);
  await disconnected;
  // The next of the same task waits for the answer, and not for the repeat.
  expect((await to.came(2)).event.type).toBe('task.replied');
  await becomes(s, id, ({ waiting }) => waiting === 1);
  await later(clock, to.came(3));
  await idle(s, id);
  expect(to.posts.map(({ event }) => event.type)).toEqual(['task.sent', 'task.replied', 'task.sent']);
});

test('at most eight requests run at once', async () => {
  const clock = new ManualClock();
  await using to = await receiver(() => 'hang');
  const s = stage([], { clock });
  const { id } = await hook(s, to);
  for (let n = 0; n < 20; n++) await task(s);
  await to.came(8);
  await becomes(s, id, ({ waiting }) => waiting === 20);
  await aWhile();
  expect(to.posts).toHaveLength(8);
  await end(s, clock);
});

test('a connection that is closed without an answer is an attempt that failed', async () => {
  const clock = new ManualClock();
  await using to = await receiver((_, before) => (before === 0 ? 'close' : 204));
  await using s = stage([], { clock });
  const { id } = await hook(s, to);
  await task(s);
  await failed(s, id, to, 1);
  await later(clock, to.came(2));
  await idle(s, id);
});

test('a kept connection that the receiver has closed meanwhile costs no attempt', async () => {
  const clock = new ManualClock();
  await using to = await receiver();
  await using s = stage([], { clock });
  const { id } = await hook(s, to);
  for (let n = 1; n <= 5; n++) {
    await task(s);
    await to.came(n);
    await idle(s, id);
    to.closeIdle();
  }
  // Time has not passed, so nothing was tried again later.
  expect(to.posts).toHaveLength(5);
});

test('an answer whose body never ends is an answer', async () => {
  const clock = new ManualClock();
  await using to = await receiver(() => 'trickle');
  await using s = stage([], { clock });
  const { id } = await hook(s, to);
  await task(s);
  await to.came(1);
  expect(await later(clock, idle(s, id))).toMatchObject({ dead: 0 });
  expect(to.posts).toHaveLength(1);
});

test('a receiver may ask for more time, within bounds', async () => {
  const clock = new ManualClock();
  const answers: Reply[] = [{ status: 429, headers: { 'retry-after': '300' } }, { status: 503, headers: { 'retry-after': '86400' } }, 200];
  await using to = await receiver((_, before) => answers[before] ?? 200);
  await using s = stage([], { clock });
  const { id } = await hook(s, to);
  await task(s);
  for (const [attempt, wait] of [
    [1, 300_000],
    [2, 600_000],
  ] as const) {
    await failed(s, id, to, attempt);
    clock.advance(wait - 1);
    await aWhile();
    expect(to.posts).toHaveLength(attempt);
    clock.advance(1);
    await to.came(attempt + 1);
  }
  await idle(s, id);
});

test('redirects are not followed', async () => {
  await using elsewhere = await receiver();
  await using to = await receiver(() => ({ status: 307, headers: { location: elsewhere.url } }));
  const clock = new ManualClock();
  await using s = stage([], { clock });
  const { id } = await hook(s, to);
  await task(s);
  await failed(s, id, to, 1);
  expect((await s.hub.webhooks.get(id, OWNER)).lastError?.message).toBe('answered 307, and redirects are not followed');
  expect(elsewhere.posts).toHaveLength(0);
});

test('410 stops a webhook visibly, also for the next host; redelivering lets it go on where it stopped', async () => {
  const [clock, log, webhookStore] = [new ManualClock(), memoryLog(), memoryWebhookStore()];
  await using to = await receiver(() => 410);
  const first = stage([], { clock, log, webhookStore });
  const { id } = await hook(first, to);
  const sent = await task(first);
  await becomes(first, id, ({ stopped }) => stopped !== undefined);
  await first.hub.reportProgress(sent, { text: 'meanwhile' }, OWNER);
  await end(first, clock);

  await using second = stage([], { clock, log, webhookStore });
  expect(await second.hub.webhooks.get(id, OWNER)).toMatchObject({ stopped: { reason: expect.stringContaining('410') as string } });
  await second.hub.replyTask(sent, { text: 'done' }, OWNER);
  to.reply = () => 204;
  expect(to.posts).toHaveLength(1);
  expect(await second.hub.webhooks.redeliver(id, {}, OWNER)).not.toHaveProperty('stopped');
  await to.came(4);
  await idle(second, id);
  expect(to.posts.slice(1).map(({ event }) => event.type)).toEqual(['task.sent', 'task.progressed', 'task.replied']);
});

test('what runs when the host stops is given a moment, and what is taken then does not come again', async () => {
  const [clock, log, webhookStore] = [new ManualClock(), memoryLog(), memoryWebhookStore()];
  let answer: (reply: Reply) => void = () => undefined;
  const slow = new Promise<Reply>((resolve) => {
    answer = resolve;
  });
  await using to = await receiver(() => slow);
  const first = stage([], { clock, log, webhookStore });
  const { id } = await hook(first, to);
  await task(first);
  await to.came(1);
  const stopped = first[Symbol.asyncDispose]();
  await aWhile();
  clock.advance(1_999);
  await aWhile();
  answer(204);
  await stopped;
  await using second = stage([], { clock, log, webhookStore });
  await task(second, 'the next');
  await to.came(2);
  await idle(second, id);
  expect(new Set(to.posts.map((post) => post.id)).size).toBe(2);
  expect(to.posts).toHaveLength(2);
});

test('a dead letter that cannot be written down is not lost', async () => {
  const [clock, log] = [new ManualClock(), memoryLog()];
  let full = true;
  const small: Log = {
    append: (stream, record, expected) =>
      full && record.events.some(({ type }) => type === 'webhook.gave-up')
        ? Promise.reject(new SpoolError('storage-full', 'the disk is full'))
        : log.append(stream, record, expected),
    read: (query) => log.read(query),
    follow: (query) => log.follow(query),
    head: (stream) => log.head(stream),
    find: (stream, commandId) => log.find(stream, commandId),
    streams: () => log.streams(),
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  };
  await using to = await receiver(() => 500);
  await using s = stage([], { clock, log: small });
  const { id } = await hook(s, to);
  await task(s);
  await later(clock, to.came(8));
  expect(await s.hub.webhooks.get(id, OWNER)).toMatchObject({ dead: 0, waiting: 1 });
  full = false;
  expect(
    await later(
      clock,
      becomes(s, id, ({ dead }) => dead === 1),
    ),
  ).toMatchObject({ waiting: 0 });
});

test('a webhook that is removed posts nothing more, and what runs is cut off', async () => {
  const [clock, log, webhookStore] = [new ManualClock(), memoryLog(), memoryWebhookStore()];
  await using to = await receiver(() => 'hang');
  const s = stage([], { clock, log, webhookStore });
  const { id } = await hook(s, to);
  const sent = await task(s);
  const { disconnected } = await to.came(1);
  expect(await s.hub.webhooks.remove(id, OWNER)).toMatchObject({ id });
  await disconnected;
  await s.hub.replyTask(sent, { text: 'ok' }, OWNER);
  expect(await s.hub.webhooks.list(OWNER)).toEqual({ items: [], next: null });
  for (const call of [
    () => s.hub.webhooks.get(id, OWNER),
    () => s.hub.webhooks.remove(id, OWNER),
    () => s.hub.webhooks.redeliver(id, {}, OWNER),
  ]) {
    await expect(call()).rejects.toMatchObject({ code: 'not-found' });
  }
  expect(webhookStore.load(id)).toBeUndefined();
  await end(s, clock);
  await using next = stage([], { clock, log, webhookStore });
  const other = await hook(next, to, { events: ['task.sent'] });
  to.reply = () => 204;
  await task(next);
  await to.came(2);
  await idle(next, other.id);
  expect(to.posts).toHaveLength(2);
  expect((await next.hub.webhooks.list(OWNER)).items.map((one) => one.id)).toEqual([other.id]);
});

/** Two hosts, one after the other, over the same home. */
const homes: readonly (readonly [string, () => Promise<{ open: () => Promise<Log> } & AsyncDisposable>])[] = [
  [
    'a log in memory',
    async () => {
      const log = memoryLog();
      return { open: async () => log, [Symbol.asyncDispose]: () => log[Symbol.asyncDispose]() };
    },
  ],
  [
    'SQLite',
    async () => {
      const home = await tempHome();
      let log: Log | undefined;
      return {
        async open() {
          await log?.[Symbol.asyncDispose]();
          log = await openSqliteLog({ directory: home.join('log') });
          return log;
        },
        async [Symbol.asyncDispose]() {
          await log?.[Symbol.asyncDispose]();
          await home[Symbol.asyncDispose]();
        },
      };
    },
  ],
];

test.each(homes)(
  'what was not taken is posted by the next host, with the same ids and in the same round of attempts: %s',
  async (_, make) => {
    const [clock, webhookStore] = [new ManualClock(), memoryWebhookStore()];
    await using home = await make();
    await using to = await receiver(({ event }) => (event.type === 'task.sent' ? 500 : 204));
    const first = stage([], { clock, log: await home.open(), webhookStore });
    const { id, secret } = await hook(first, to);
    const sent = await task(first);
    await failed(first, id, to, 1);
    await first.hub.reportProgress(sent, { text: 'taken' }, OWNER);
    await to.came(2);
    await becomes(first, id, ({ waiting }) => waiting === 1);
    to.reply = () => 'hang';
    await first.hub.reportProgress(sent, { text: 'cut off' }, OWNER);
    await to.came(3);
    await end(first, clock);

    to.reply = ({ event }) => (event.type === 'task.sent' ? 500 : 204);
    await using second = stage([], { clock, log: await home.open(), webhookStore });
    expect((await to.came(4)).id).toBe(`${sent}:3`);
    expect(
      await later(
        clock,
        becomes(second, id, ({ dead }) => dead === 1),
      ),
    ).toMatchObject({ waiting: 0 });
    // What was taken did not come again; what was refused came six times, of which once before.
    expect(to.posts.filter((post) => post.id === `${sent}:2`)).toHaveLength(1);
    expect(to.posts.filter((post) => post.id === `${sent}:1`)).toHaveLength(6);
    expect(to.posts.every((post) => isSigned(post, secret))).toBe(true);
  },
);

test('without the cache of how far it had come, all since the webhook was made comes again; and dead letters are not doubled', async () => {
  const [clock, log] = [new ManualClock(), memoryLog()];
  await using to = await receiver(({ event }) => (event.position === 1 ? 500 : 204));
  const first = stage([], { clock, log });
  await task(first, 'before');
  const { id } = await hook(first, to);
  const sent = await task(first);
  await first.hub.replyTask(sent, { text: 'ok' }, OWNER);
  await later(
    clock,
    becomes(first, id, ({ dead, waiting }) => dead === 1 && waiting === 0),
  );
  expect(to.posts).toHaveLength(7);
  await end(first, clock);

  await using second = stage([], { clock, log });
  await later(clock, to.came(14));
  expect(await idle(second, id)).toMatchObject({ dead: 1 });
  expect([...new Set(to.posts.map((post) => post.id))].sort()).toEqual([`${sent}:1`, `${sent}:2`]);
});

test('a receiver that is down for long costs little: only so much is read ahead, and the rest waits in the log', async () => {
  const [clock, log, webhookStore] = [new ManualClock(), memoryLog(), memoryWebhookStore()];
  await using to = await receiver(() => 500);
  await using s = stage([], { clock, log, webhookStore });
  const { id } = await hook(s, to, { events: ['task.progressed'] });
  const sent = await task(s);
  for (let n = 0; n < 1500; n++) await s.hub.reportProgress(sent, { text: `${n}` }, OWNER);
  await to.came(1000);
  await becomes(s, id, ({ waiting }) => waiting === 1000);
  expect(to.posts).toHaveLength(1000);
  to.reply = () => 204;
  await later(clock, to.came(2500));
  await later(clock, idle(s, id));
  expect(new Set(to.posts.map((post) => post.id)).size).toBe(1500);
  expect(await s.hub.webhooks.get(id, OWNER)).toMatchObject({ dead: 0 });
}, 60_000);
