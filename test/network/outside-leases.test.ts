/** Leases of agents from elsewhere: who gets what, for how long, and what becomes of a task that is not brought home. */

import { describe, expect, test } from 'vitest';
import { SpoolError } from '../../src/base/errors.js';
import { ManualClock } from '../../src/testing/index.js';
import { OWNER } from '../host/rig.js';
import { outsideStage, SCOUT, tappedLog } from './outside-stage.js';

describe('Asking for a task', () => {
  test('gives what was sent first, and only as much at once as the agent does at once', async () => {
    await using s = await outsideStage();
    const first = await s.send({ to: 'scout', input: 'one' });
    const second = await s.send({ to: 'scout', input: 'two' });
    expect(await s.leased({ leaseSeconds: 30 })).toMatchObject({
      ...{ id: first.id, status: 'leased', leasedBy: 'scout', attempts: 1, attemptsLeft: 2 },
      leaseUntil: expect.any(String) as string,
    });
    expect(await s.lease()).toBeNull();
    await s.hub.replyTask(first.id, { text: 'done' }, SCOUT);
    expect(await s.leased()).toMatchObject({ id: second.id });
    expect(await s.history(first.id)).toEqual(['task.sent', 'task.leased', 'task.replied']);
  });

  test('waits for one that is still to come, and whoever asked first gets it first', async () => {
    await using s = await outsideStage({}, { scout: { atOnce: 2 } });
    const one = s.lease({ waitSeconds: 30 });
    const two = s.lease({ waitSeconds: 30 });
    const first = await s.send({ to: 'scout', input: 'one' });
    const second = await s.send({ to: 'scout', input: 'two' });
    expect([(await one)?.id, (await two)?.id]).toEqual([first.id, second.id]);
  });

  test('ends with nothing once it has waited for so long', async () => {
    const clock = new ManualClock();
    await using s = await outsideStage({ clock });
    const asked = s.lease({ waitSeconds: 30 });
    await clock.armed();
    expect(await clock.passUntil(asked)).toBeNull();
    await s.send({ to: 'scout', input: 'x' });
    expect(await s.leased()).toMatchObject({ attempts: 1 });
  });

  test('gives two processes of one alias each a task of its own', async () => {
    await using s = await outsideStage({}, { scout: { atOnce: 4 } });
    const asked = [1, 2, 3, 4].map(() => s.lease({ waitSeconds: 30 }));
    const sent = await Promise.all([1, 2, 3, 4].map((n) => s.send({ to: 'scout', input: `${n}` })));
    const got = (await Promise.all(asked)).map((task) => task?.id);
    expect(got.sort()).toEqual(sent.map(({ id }) => id).sort());
  });

  test('goes on waiting when the task was called off in the moment in which it was to be leased', async () => {
    let got: Promise<unknown> = Promise.resolve();
    const before = async (): Promise<void> => {
      // While the cancellation is being written the task is still in the queue.
      got = s.lease({ waitSeconds: 30 });
      await s.lease({}, undefined, 'other');
    };
    await using s = await outsideStage({ log: tappedLog('task.cancelled', { before }) }, { scout: {}, other: {} });
    const { id } = await s.send({ to: 'scout', input: 'x' });
    await s.hub.cancelTask(id, {}, OWNER);
    const next = await s.send({ to: 'scout', input: 'y' });
    expect(await got).toMatchObject({ id: next.id });
  });

  test('is answered by a task also when the disk was full for a moment', async () => {
    const clock = new ManualClock();
    let full = 2;
    const before = (): void => {
      if (full-- > 0) throw new SpoolError('storage-full', 'no room');
    };
    await using s = await outsideStage({ clock, log: tappedLog('task.leased', { before }) });
    const asked = s.lease({ waitSeconds: 30 });
    const sent = await s.send({ to: 'scout', input: 'x' });
    expect((await clock.passUntil(asked))?.id).toBe(sent.id);
  });
});

describe('Somebody who has asked and left', () => {
  test('is given nothing: the task goes to whoever asks next', async () => {
    await using s = await outsideStage();
    const left = new AbortController();
    const gone = s.lease({ waitSeconds: 30 }, left.signal);
    left.abort();
    expect(await gone).toBeNull();
    const stays = s.lease({ waitSeconds: 30 });
    const sent = await s.send({ to: 'scout', input: 'x' });
    expect(await stays).toMatchObject({ id: sent.id, attempts: 1 });
  });

  test('just before the lease is written has no lease written for it', async () => {
    const left = new AbortController();
    // The task is taken out of the queue by then, and nothing is decided yet.
    await using s = await outsideStage({ log: tappedLog('task.leased', { find: () => left.abort() }) });
    const sent = await s.send({ to: 'scout', input: 'x', attempts: 1 });
    expect(await s.lease({ waitSeconds: 30, commandId: 'k' }, left.signal)).toBeNull();
    expect(left.signal.aborted).toBe(true);
    expect(await s.leased()).toMatchObject({ id: sent.id, attempts: 1, attemptsLeft: 0 });
    expect(await s.history(sent.id)).toEqual(['task.sent', 'task.leased']);
  });

  test('while the lease is written gives it back at once, and the attempt does not count', async () => {
    const left = new AbortController();
    await using s = await outsideStage({ log: tappedLog('task.leased', { after: () => left.abort() }) });
    const sent = await s.send({ to: 'scout', input: 'x', attempts: 1 });
    const gone = s.lease({ waitSeconds: 30 }, left.signal);
    const stays = s.lease({ waitSeconds: 30 });
    expect(await gone).toBeNull();
    expect(await stays).toMatchObject({ id: sent.id, attempts: 2, attemptsLeft: 0 });
    expect(await s.history(sent.id)).toEqual(['task.sent', 'task.leased', 'task.requeued', 'task.leased']);
    // One attempt was allowed, and this one is it.
    await s.hub.failTask(sent.id, { message: 'no', retryable: true }, SCOUT);
    expect(await s.becomes(sent.id, 'failed')).toMatchObject({ error: { code: 'attempts' } });
  });
});

describe('A request that is repeated because its answer was lost', () => {
  test('gets the task that was leased for it, and no second one', async () => {
    await using s = await outsideStage({}, { scout: { atOnce: 2 } });
    const [first, second] = [await s.send({ to: 'scout', input: 'one' }), await s.send({ to: 'scout', input: 'two' })];
    expect(await s.leased({ commandId: 'k' })).toMatchObject({ id: first.id });
    expect(await s.leased({ commandId: 'k' })).toMatchObject({ id: first.id, attempts: 1 });
    expect(await s.leased({ commandId: 'l' })).toMatchObject({ id: second.id });
    // What was leased for it has ended: the name may be used again.
    await s.hub.replyTask(first.id, { text: 'done' }, SCOUT);
    const third = await s.send({ to: 'scout', input: 'three' });
    expect(await s.leased({ commandId: 'k' })).toMatchObject({ id: third.id });
  });

  test('takes the place of the one before, whose connection may be gone without a word', async () => {
    await using s = await outsideStage();
    const before = s.lease({ waitSeconds: 30, commandId: 'k' });
    const repeat = s.lease({ waitSeconds: 30, commandId: 'k' });
    expect(await before).toBeNull();
    const sent = await s.send({ to: 'scout', input: 'x' });
    expect((await repeat)?.id).toBe(sent.id);
  });

  test('gets what is just being leased for the one before', async () => {
    let repeat: Promise<unknown> = Promise.resolve();
    const before = (): void => {
      repeat = s.lease({ waitSeconds: 30, commandId: 'k' });
    };
    await using s = await outsideStage({ log: tappedLog('task.leased', { before }) });
    const sent = await s.send({ to: 'scout', input: 'x' });
    expect(await s.leased({ commandId: 'k' })).toMatchObject({ id: sent.id });
    expect(await repeat).toMatchObject({ id: sent.id, attempts: 1 });
  });
});

describe('A lease', () => {
  test('that runs out puts the task into the queue again, and in the end it has failed', async () => {
    const clock = new ManualClock();
    await using s = await outsideStage({ clock });
    const { id } = await s.send({ to: 'scout', input: 'x', attempts: 2 });
    await s.leased({ leaseSeconds: 20 });
    clock.advance(19_999);
    expect((await s.hub.task(id, OWNER)).status).toBe('leased');
    clock.advance(1);
    expect(await s.becomes(id, 'queued')).not.toHaveProperty('leasedBy');
    expect(await clock.passUntil(s.lease({ waitSeconds: 30, leaseSeconds: 20 }))).toMatchObject({ id, attempts: 2, attemptsLeft: 0 });
    clock.advance(20_000);
    expect(await s.becomes(id, 'failed')).toMatchObject({
      error: { code: 'attempts', message: expect.stringContaining('scout was not heard of until') as string },
    });
  });

  test('goes on with each word about the work, by the time that it was taken for', async () => {
    const clock = new ManualClock();
    await using s = await outsideStage({ clock });
    const { id } = await s.send({ to: 'scout', input: 'x' });
    await s.leased({ leaseSeconds: 20 });
    for (let n = 0; n < 5; n++) {
      clock.advance(15_000);
      await s.hub.reportProgress(id, { text: n === 0 ? 'on it' : '', attempt: 1 }, SCOUT);
    }
    expect(await s.hub.task(id, OWNER)).toMatchObject({ status: 'running', attempts: 1, progress: { text: 'on it' } });
    clock.advance(20_000);
    await s.becomes(id, 'queued');
  });

  test('that runs out after something was done waits for a person, who may have it done again', async () => {
    const clock = new ManualClock();
    await using s = await outsideStage({ clock });
    const { id } = await s.send({ to: 'scout', input: 'x' });
    await s.leased({ leaseSeconds: 20 });
    await s.hub.reportProgress(id, { text: 'the mail is out', effect: true }, SCOUT);
    clock.advance(20_000);
    expect(await s.becomes(id, 'waiting')).toMatchObject({ waiting: { for: 'decision', effects: ['what the agent has reported'] } });
    expect(await s.lease()).toBeNull();
    const late = s.hub.reportProgress(id, { text: 'and the next one' }, SCOUT);
    await expect(late).rejects.toMatchObject({ code: 'conflict', details: { task: { id, status: 'waiting' } } });
    await s.hub.approveTask(id, {}, OWNER);
    expect(await clock.passUntil(s.lease({ waitSeconds: 30 }))).toMatchObject({ id, attempts: 2 });
  });

  test('that is over can still be replied to as long as nobody has begun anew, also where a person is to decide', async () => {
    const clock = new ManualClock();
    await using s = await outsideStage({ clock }, { scout: { atOnce: 2 } });
    const [one, two] = [await s.send({ to: 'scout', input: 'one' }), await s.send({ to: 'scout', input: 'two' })];
    await s.leased({ leaseSeconds: 20 });
    await s.leased({ leaseSeconds: 20 });
    await s.hub.reportProgress(two.id, { effect: true }, SCOUT);
    clock.advance(20_000);
    await s.becomes(one.id, 'queued');
    await s.becomes(two.id, 'waiting');
    await s.hub.replyTask(one.id, { text: 'late', attempt: 1 }, SCOUT);
    await s.hub.replyTask(two.id, { text: 'later', attempt: 1 }, SCOUT);
    expect(await s.hub.task(one.id, OWNER)).toMatchObject({ status: 'replied', reply: 'late', attempts: 1 });
    expect(await s.hub.task(two.id, OWNER)).toMatchObject({ status: 'replied', reply: 'later' });
    expect(await s.lease()).toBeNull();
  });

  test('of an attempt that somebody else has begun anew is told so, with the task', async () => {
    const clock = new ManualClock();
    await using s = await outsideStage({ clock });
    const { id } = await s.send({ to: 'scout', input: 'x' });
    await s.leased({ leaseSeconds: 20 });
    clock.advance(20_000);
    await clock.passUntil(s.lease({ waitSeconds: 30 }));
    for (const say of [
      s.hub.replyTask(id, { text: 'late', attempt: 1 }, SCOUT),
      s.hub.reportProgress(id, { text: 'late', attempt: 1 }, SCOUT),
      s.hub.failTask(id, { message: 'late', attempt: 1 }, SCOUT),
      s.hub.failTask(id, { message: 'late', handBack: true, attempt: 1 }, SCOUT),
    ]) {
      await expect(say).rejects.toMatchObject({ code: 'conflict', details: { task: { id, status: 'leased', attempts: 2 } } });
    }
    await s.hub.replyTask(id, { text: 'in time', attempt: 2 }, SCOUT);
    expect(await s.hub.task(id, OWNER)).toMatchObject({ status: 'replied', reply: 'in time' });
  });

  test('is no matter of an agent that never had it', async () => {
    await using s = await outsideStage({}, { scout: {}, other: {} });
    const { id } = await s.send({ to: 'scout', input: 'x' });
    await expect(s.hub.replyTask(id, { text: 'mine' }, SCOUT)).rejects.toMatchObject({ code: 'conflict' });
    await s.leased();
    await expect(s.hub.replyTask(id, { text: 'mine' }, { name: 'other', role: 'agent' })).rejects.toMatchObject({ code: 'not-found' });
    await expect(s.lease({ agent: 'scout' }, undefined, 'other')).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('What an agent gives back', () => {
  test('goes to another at once, and the attempt does not count', async () => {
    await using s = await outsideStage();
    const { id } = await s.send({ to: 'scout', input: 'x', attempts: 1 });
    await s.leased();
    expect(await s.hub.failTask(id, { message: 'I am stopping', handBack: true, attempt: 1 }, SCOUT)).toMatchObject({
      ...{ status: 'queued', attemptsLeft: 1 },
    });
    expect(await s.last(id)).toMatchObject({ type: 'task.requeued', data: { reason: 'I am stopping', attempt: 1, unused: true } });
    expect(await s.leased()).toMatchObject({ id, attempts: 2 });
  });

  test('waits for a person where something was done already', async () => {
    await using s = await outsideStage();
    const { id } = await s.send({ to: 'scout', input: 'x' });
    await s.leased();
    await s.hub.reportProgress(id, { effect: true }, SCOUT);
    expect(await s.hub.failTask(id, { message: 'I am stopping', handBack: true }, SCOUT)).toMatchObject({ waiting: { for: 'decision' } });
  });

  test('and says that it can be tried again is tried again, after a while', async () => {
    const clock = new ManualClock();
    await using s = await outsideStage({ clock });
    const { id } = await s.send({ to: 'scout', input: 'x' });
    await s.leased();
    await s.hub.failTask(id, { message: 'no connection', retryable: true }, SCOUT);
    expect(await s.lease()).toBeNull();
    expect(await clock.passUntil(s.lease({ waitSeconds: 30 }))).toMatchObject({ id, attempts: 2, attemptsLeft: 1 });
  });

  test('for good has failed with what it says', async () => {
    await using s = await outsideStage();
    const { id } = await s.send({ to: 'scout', input: 'x' });
    await s.leased();
    await s.hub.failTask(id, { message: 'there is no such file' }, SCOUT);
    expect(await s.hub.task(id, OWNER)).toMatchObject({ status: 'failed', error: { code: 'reported', message: 'there is no such file' } });
  });
});
