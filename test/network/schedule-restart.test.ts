/** Schedules over restarts: what is missed while no host runs, and hosts that are killed at every point at which they write. */

import { expect, test } from 'vitest';
import type { MissedRuns } from '../../src/contract/schedule.js';
import { memorySnapshots } from '../../src/log/memory/memory-snapshots.js';
import { OWNER } from '../host/rig.js';
import { ground, killedAt, type Standing } from './clockwork.js';

const hour = (text: string): string => `2026-01-01T${text}:00.000Z`;

test('a schedule goes on after a restart, and what came in between is one task', async () => {
  const at = ground();
  let id: string;
  {
    await using s = at.open(hour('08:00'));
    ({ id } = await s.create({ cron: '0 * * * *' }));
    s.clock.pass(3600);
    await s.comes(id, 'schedule.fired');
  }
  await using s = at.open(hour('12:30'));
  expect(await s.comes(id, 'schedule.missed')).toEqual({ from: hour('10:00'), to: hour('12:00'), count: 3, kept: [hour('12:00')] });
  await s.comes(id, 'schedule.fired', 2);
  s.clock.pass(1800);
  await s.comes(id, 'schedule.fired', 3);
  expect((await at.history(id)).slice(3)).toEqual(['missed', 'fired 12:00:00', 'due 13:00:00', 'fired 13:00:00']);
  expect(await s.schedules.get(id, OWNER)).toMatchObject({ runs: 3, next: hour('14:00') });
});

test('with "all" each is a task of its own, at most a hundred, and it is said what was dropped', async () => {
  const at = ground();
  let id: string;
  {
    await using s = at.open(hour('08:00'));
    ({ id } = await s.create({ cron: '* * * * *', missed: 'all' }));
  }
  await using s = at.open(hour('11:00'));
  const { from, to, count, kept } = await s.comes(id, 'schedule.missed');
  expect({ from, to, count }).toEqual({ from: hour('08:01'), to: hour('10:59'), count: 179 });
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([100, hour('09:20'), hour('10:59')]);
  await s.comes(id, 'schedule.fired', 101);
  const sent = await at.sent();
  expect([sent.length, new Set(sent.map((task) => task.id)).size]).toEqual([101, 101]);
});

test('with "skip" nothing comes of them, which is recorded; a time of its own is over then', async () => {
  const at = ground();
  const ids: string[] = [];
  {
    await using s = at.open(hour('08:00'));
    ids.push((await s.create({ cron: '0 * * * *', missed: 'skip' })).id, (await s.create({ at: hour('09:30'), missed: 'skip' })).id);
    ids.push((await s.create({ at: hour('09:30') })).id);
  }
  await using s = at.open(hour('12:30'));
  const [again = '', once = '', kept = ''] = ids;
  await s.comes(kept, 'schedule.fired');
  await s.comes(again, 'schedule.missed');
  expect(await s.comes(once, 'schedule.missed')).toEqual({ from: hour('09:30'), to: hour('09:30'), count: 1, kept: [] });
  s.clock.pass(1800);
  await s.comes(again, 'schedule.fired');
  const { items } = await s.schedules.list(OWNER);
  expect(items.map(({ id, next, runs }) => ({ id, next, runs })).sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))).toEqual([
    { id: again, next: hour('14:00'), runs: 1 },
    { id: once, next: null, runs: 0 },
    { id: kept, next: null, runs: 1 },
  ]);
});

test('what is paused stays so, what is removed stays away, with and without snapshots', async () => {
  const at = ground();
  const ids: string[] = [];
  {
    await using s = at.open(hour('08:00'));
    for (const cron of ['0 * * * *', '0 * * * *', '* * * * *']) ids.push((await s.create({ cron, missed: 'all' })).id);
    await s.schedules.pause(ids[0] ?? '', {}, OWNER);
    await s.schedules.remove(ids[1] ?? '', OWNER);
    s.clock.pass(60);
    await s.comes(ids[2] ?? '', 'schedule.fired');
  }
  for (const tasks of [at.tasks, memorySnapshots()]) {
    await using s = at.open(hour('08:01'), { tasks });
    const { items } = await s.schedules.list(OWNER);
    expect(items).toMatchObject([
      { id: ids[0], paused: true, next: null, runs: 0 },
      { id: ids[2], paused: false, next: hour('08:02'), runs: 1 },
    ]);
    expect((await s.hub.listTasks({ limit: 100 }, OWNER)).items.length).toBeLessThanOrEqual(1);
  }
});

test('a start does not read the whole life of a schedule', async () => {
  const at = ground();
  let id: string;
  {
    await using s = at.open(hour('08:00'));
    ({ id } = await s.create({ cron: '* * * * *', missed: 'all' }));
  }
  // It is never disposed: it was killed.
  await at.open(hour('10:00')).comes(id, 'schedule.fired', 100);
  const from: number[] = [];
  const read: typeof at.log.read = (query) => {
    if (query.stream === id) from.push(query.after);
    return at.log.read(query);
  };
  const log = new Proxy(at.log, {
    get(target, name) {
      if (name === 'read') return read;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  await using s = at.open(hour('10:01'), { log });
  expect(await s.schedules.get(id, OWNER)).toMatchObject({ runs: 101 });
  expect(from[0]).toBeGreaterThan(100);
});

/** Three times and a run besides them: thirteen appends when nothing goes wrong. */
async function liveUntilKilled(s: Standing, killed: Promise<void>, missed: MissedRuns): Promise<void> {
  const made = await Promise.race([s.create({ cron: '*/10 * * * *', missed, commandId: 'k' }), killed]);
  if (typeof made !== 'object') return;
  for (const n of [1, 2]) {
    s.clock.pass(600);
    await Promise.race([s.comes(made.id, 'schedule.fired', n), killed]);
  }
  await Promise.race([s.schedules.run(made.id, { commandId: 'r' }, OWNER), killed]);
  s.clock.pass(600);
  await Promise.race([s.comes(made.id, 'schedule.fired', 4), killed]);
}

const KILLS = Array.from({ length: 13 }, (_, i) => i + 1).flatMap((n) => [
  { n, when: 'before' as const },
  { n, when: 'after' as const },
]);

for (const missed of ['skip', 'once', 'all'] as const) {
  test.each(KILLS)(`"${missed}": killed $when append $n, each time is one task or is said to be missed`, async ({ n, when }) => {
    const at = ground();
    const { log, killed } = killedAt(at.log, n, when);
    // It is never disposed: it was killed.
    await liveUntilKilled(at.open(hour('08:00'), { log }), killed, missed);
    const made = (await at.history((await at.ids())[0] ?? '')).length > 0;

    await using s = at.open(hour('08:35'));
    const { id } = await s.create({ cron: '*/10 * * * *', missed, commandId: 'k' });
    const run = await s.schedules.run(id, { commandId: 'r' }, OWNER);
    s.clock.pass(300);
    for (let i = 1, due = ''; due !== hour('08:40'); i += 1) ({ due } = await s.comes(id, 'schedule.fired', i));

    const events = await at.eventsOf(id);
    const fired = events.flatMap((event) => (event.type === 'schedule.fired' ? [event.data] : []));
    const dropped = events.flatMap((event) => (event.type === 'schedule.missed' ? [event.data] : []));
    for (const due of (made ? ['08:10', '08:20', '08:30', '08:40'] : ['08:40']).map(hour)) {
      const sent = fired.filter((one) => one.due === due && one.run === undefined).length;
      const said = dropped.filter(({ from, to, kept }) => from <= due && due <= to && !kept.includes(due)).length;
      expect({ due, times: sent + said }).toEqual({ due, times: 1 });
    }
    if (missed === 'all') expect(dropped.flatMap(({ count, kept }) => count - kept.length)).toEqual(dropped.map(() => 0));
    expect(fired.filter((one) => one.run !== undefined).map(({ task }) => task)).toEqual([run.id]);
    expect((await at.sent()).map((task) => task.id).sort()).toEqual(fired.map(({ task }) => task).sort());
  });
}
