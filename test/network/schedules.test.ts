/** Schedules in a hub: what is sent at which time, and what a person can do about it. */

import { expect, test } from 'vitest';
import { OWNER } from '../host/rig.js';
import { ground } from './clockwork.js';

test('a task is sent at its time, once, in the name of who made the schedule', async () => {
  const at = ground();
  await using s = at.open('2026-01-01T08:00:00.000Z');
  const made = await s.create({ at: '2026-01-01T10:00:00+01:00', task: { to: 'a', input: 'good morning' } });
  expect(made).toMatchObject({ next: '2026-01-01T09:00:00.000Z', at: '2026-01-01T10:00:00+01:00', runs: 0, paused: false, by: 'owner' });
  s.clock.pass(3599);
  expect(await at.sent()).toEqual([]);
  s.clock.pass(1);
  const { task } = await s.comes(made.id, 'schedule.fired');
  expect(await s.hub.task(task, OWNER)).toMatchObject({ to: 'a', from: 'owner', input: 'good morning', chain: ['owner', 'a'] });
  expect(await s.schedules.get(made.id, OWNER)).toMatchObject({ next: null, runs: 1, last: { due: '2026-01-01T09:00:00.000Z', task } });
  s.clock.pass(86_400);
  expect(await at.history(made.id)).toEqual(['created', 'due 09:00:00', 'fired 09:00:00']);
});

test('an expression sends again and again, each time a task of its own', async () => {
  const at = ground();
  await using s = at.open('2026-01-01T08:00:00.000Z');
  const { id, next, timeZone } = await s.create({ cron: '*/20 * * * *' });
  expect({ next, timeZone }).toEqual({ next: '2026-01-01T08:20:00.000Z', timeZone: 'UTC' });
  for (const n of [1, 2, 3]) {
    s.clock.pass(1200);
    await s.comes(id, 'schedule.fired', n);
  }
  expect(new Set((await at.sent()).map((task) => task.id)).size).toBe(3);
  expect(await s.schedules.get(id, OWNER)).toMatchObject({ runs: 3, next: '2026-01-01T09:20:00.000Z' });
});

test('a request that is repeated makes one schedule, and its key is not taken for another one', async () => {
  const at = ground();
  await using s = at.open('2026-01-01T08:00:00.000Z');
  const [one, two] = await Promise.all([
    s.create({ cron: '0 9 * * *', commandId: 'k' }),
    s.create({ cron: '0 9 * * *', missed: 'once', timeZone: 'UTC', commandId: 'k' }),
  ]);
  expect(two).toEqual(one);
  await expect(s.create({ cron: '0 10 * * *', commandId: 'k' })).rejects.toMatchObject({ code: 'conflict' });
  expect((await s.schedules.list(OWNER)).items).toHaveLength(1);
  await s.schedules.remove(one.id, OWNER);
  await expect(s.create({ cron: '0 9 * * *', commandId: 'k' })).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('is removed') as string,
  });
});

test('what could never be sent is refused when it is asked for', async () => {
  const at = ground();
  await using s = at.open('2026-01-01T08:00:00.000Z');
  await expect(s.create({ at: '2026-01-01T07:59:59Z' })).rejects.toMatchObject({
    code: 'invalid-input',
    message: 'at: 2026-01-01T07:59:59Z has passed, it is 2026-01-01T08:00:00.000Z now',
  });
  await expect(s.create({ cron: '0 0 30 2 *' })).rejects.toMatchObject({
    code: 'invalid-input',
    message: expect.stringContaining('never comes') as string,
  });
  await expect(s.create({ cron: '0 9 * * *', timeZone: 'Europe/Berlni' })).rejects.toMatchObject({ code: 'invalid-input' });
  await expect(s.create({})).rejects.toMatchObject({ code: 'invalid-input' });
  await expect(s.create({ cron: '0 9 * * *', task: { to: 'persn', input: 'x' } })).rejects.toMatchObject({
    code: 'not-found',
    hint: expect.stringContaining('did you mean person?') as string,
  });
  expect(await s.schedules.list(OWNER)).toEqual({ items: [], next: null });
});

test('schedules are made and changed by those who operate the host, and seen by those who may look', async () => {
  const at = ground();
  await using s = at.open('2026-01-01T08:00:00.000Z');
  const { id } = await s.create({ cron: '0 9 * * *' });
  const operator = { name: 'eve', role: 'operator' } as const;
  for (const role of ['agent', 'viewer'] as const) {
    const by = { name: 'a', role };
    const calls = [
      s.schedules.create({ cron: '0 9 * * *', task: { to: 'a', input: 'x' } }, by),
      ...[s.schedules.pause(id, {}, by), s.schedules.resume(id, {}, by), s.schedules.remove(id, by), s.schedules.run(id, {}, by)],
      ...(role === 'agent' ? [s.schedules.list(by), s.schedules.get(id, by)] : []),
    ];
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'forbidden' });
  }
  expect(await s.schedules.list({ name: 'v', role: 'viewer' })).toMatchObject({ items: [{ id }] });
  const own = await s.schedules.create({ cron: '0 9 * * *', task: { to: 'person', input: 'x' } }, operator);
  s.clock.pass(3600);
  const { task } = await s.comes(own.id, 'schedule.fired');
  expect(await s.hub.task(task, OWNER)).toMatchObject({ from: 'eve' });
});

test('while it is paused its times pass, and nothing is made up for', async () => {
  const at = ground();
  await using s = at.open('2026-01-01T08:00:00.000Z');
  const { id } = await s.create({ cron: '0 * * * *', missed: 'all' });
  expect(await s.schedules.pause(id, {}, OWNER)).toMatchObject({ paused: true, next: null });
  await s.schedules.pause(id, {}, OWNER);
  s.clock.pass(3 * 3600 + 1800);
  expect(await s.schedules.resume(id, {}, OWNER)).toMatchObject({ paused: false, next: '2026-01-01T12:00:00.000Z' });
  s.clock.pass(1800);
  await s.comes(id, 'schedule.fired');
  expect(await at.history(id)).toEqual(['created', 'paused', 'resumed', 'due 12:00:00', 'fired 12:00:00']);
});

test('a time that has come by the moment of pausing is sent', async () => {
  const at = ground();
  await using s = at.open('2026-01-01T08:00:00.000Z');
  const { id } = await s.create({ cron: '0 * * * *' });
  s.clock.jumpTo('2026-01-01T09:00:01.000Z');
  await s.schedules.pause(id, {}, OWNER);
  expect(await at.history(id)).toEqual(['created', 'due 09:00:00', 'fired 09:00:00', 'paused']);
});

test('its task can be sent now, besides its times, once for each request', async () => {
  const at = ground();
  await using s = at.open('2026-01-01T08:30:00.000Z');
  const { id } = await s.create({ cron: '0 * * * *', task: { to: 'b', input: 'now' } });
  const sent = await s.schedules.run(id, { commandId: 'r' }, OWNER);
  expect(sent).toMatchObject({ to: 'b', from: 'owner', input: 'now' });
  expect((await s.schedules.run(id, { commandId: 'r' }, OWNER)).id).toBe(sent.id);
  const other = await s.schedules.run(id, {}, OWNER);
  expect(other.id).not.toBe(sent.id);
  await s.schedules.pause(id, {}, OWNER);
  await s.schedules.run(id, {}, OWNER);
  expect(await s.schedules.resume(id, {}, OWNER)).toMatchObject({ runs: 3, next: '2026-01-01T09:00:00.000Z' });
  expect(await at.sent()).toHaveLength(3);
});

test('one that is removed sends nothing more, and is not there any more', async () => {
  const at = ground();
  await using s = at.open('2026-01-01T08:00:00.000Z');
  const { id } = await s.create({ cron: '0 * * * *' });
  const other = await s.create({ cron: '30 * * * *' });
  expect(await s.schedules.remove(id, OWNER)).toMatchObject({ id, next: null });
  s.clock.pass(1800);
  await s.comes(other.id, 'schedule.fired');
  s.clock.pass(3600);
  await s.comes(other.id, 'schedule.fired', 2);
  expect(await at.history(id)).toEqual(['created', 'removed']);
  const calls = [
    s.schedules.get(id, OWNER),
    s.schedules.remove(id, OWNER),
    s.schedules.run(id, {}, OWNER),
    s.schedules.pause(id, {}, OWNER),
  ];
  for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'not-found' });
});

test('an agent that is not there any more is a failure with a reason, and the next time is tried again', async () => {
  const at = ground();
  await using s = at.open('2026-01-01T08:00:00.000Z');
  await s.hub.admitOutsideAgent({ alias: 'scout' }, OWNER);
  const { id } = await s.create({ cron: '0 * * * *', task: { to: 'scout', input: 'x' } });
  await s.hub.dismissOutsideAgent('scout', OWNER);
  s.clock.pass(3600);
  expect(await s.comes(id, 'schedule.failed')).toMatchObject({ due: '2026-01-01T09:00:00.000Z', error: 'there is no agent scout' });
  const failed = await s.schedules.get(id, OWNER);
  expect(failed).toMatchObject({ runs: 0, next: '2026-01-01T10:00:00.000Z' });
  expect(failed.last).toEqual({ due: '2026-01-01T09:00:00.000Z', error: 'there is no agent scout' });
  await expect(s.schedules.run(id, {}, OWNER)).rejects.toMatchObject({ code: 'not-found' });
  await s.hub.admitOutsideAgent({ alias: 'scout' }, OWNER);
  s.clock.pass(3600);
  await s.comes(id, 'schedule.fired');
  expect(await s.schedules.get(id, OWNER)).toMatchObject({ runs: 1, last: { due: '2026-01-01T10:00:00.000Z' } });
});

test('a task in the name of an agent never outlives the limits of that agent', async () => {
  const at = ground();
  await using s = at.open('2026-01-01T08:00:00.000Z');
  await s.hub.admitOutsideAgent({ alias: 'scout' }, OWNER);
  const { id } = await s.create({ cron: '0 * * * *', task: { to: 'a', from: 'scout', input: 'x' } });
  s.clock.pass(3600);
  const { task } = await s.comes(id, 'schedule.fired');
  expect(await s.hub.task(task, OWNER)).toMatchObject({ from: 'scout', ceiling: { permissions: { profile: ':read-only' } } });
  await s.hub.dismissOutsideAgent('scout', OWNER);
  s.clock.pass(3600);
  expect(await s.comes(id, 'schedule.failed')).toMatchObject({ error: expect.stringContaining('scout, in whose name') as string });
  expect(await at.sent()).toHaveLength(1);
});

test('a task that a rule refuses is a failure that names it', async () => {
  const at = ground();
  await using s = at.open('2026-01-01T08:00:00.000Z');
  const { id } = await s.create({ cron: '0 * * * *', task: { to: 'a', from: 'a', input: 'to myself' } });
  s.clock.pass(3600);
  const { task = '', error } = await s.comes(id, 'schedule.failed');
  expect(await s.hub.task(task, OWNER)).toMatchObject({ status: 'failed', error: { code: 'refused', message: error } });
});

test('nothing is sent in the name of somebody who could not have made the schedule', async () => {
  const at = ground();
  const data = { cron: '0 * * * *', timeZone: 'UTC', missed: 'once', task: { to: 'a', input: 'x' }, by: 'b', role: 'agent' };
  const body = JSON.stringify({ type: 'schedule.created', at: '2026-01-01T08:00:00.000Z', data });
  const id = 'sch_00000000000000000000000000';
  await at.log.append(id, { events: [{ type: 'schedule.created', body }] }, 'none');
  await using s = at.open('2026-01-01T08:30:00.000Z');
  await s.schedules.get(id, OWNER);
  s.clock.pass(1800);
  expect(await s.comes(id, 'schedule.failed')).toMatchObject({ error: expect.stringContaining('b (agent) may not operate') as string });
  expect(await at.sent()).toEqual([]);
});
