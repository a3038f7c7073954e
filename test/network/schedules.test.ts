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
