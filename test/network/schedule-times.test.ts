/** Schedules and clocks that are late, asleep, wrong and put right. */

import { expect, test } from 'vitest';
import { SpoolError } from '../../src/base/errors.js';
import type { Log } from '../../src/ports/log.js';
import { OWNER } from '../host/rig.js';
import { ground } from './clockwork.js';

const NINE = '2026-01-01T09:00:00.000Z';

test('a machine that slept over a time does with it what the policy says', async () => {
  const at = ground();
  await using s = at.open('2026-01-01T08:00:00.000Z');
  const [skip, once, all] = await Promise.all(
    (['skip', 'once', 'all'] as const).map((missed) => s.create({ cron: '0,20,40 * * * *', missed, commandId: missed })),
  );
  // Three have passed: 8:20, 8:40 and 9:00.
  s.clock.jumpTo('2026-01-01T09:15:00.000Z');
  s.clock.pass(60);
  const said = { from: '2026-01-01T08:20:00.000Z', to: NINE, count: 3 };
  expect(await s.comes(skip?.id ?? '', 'schedule.missed')).toEqual({ ...said, kept: [] });
  expect(await s.comes(once?.id ?? '', 'schedule.missed')).toEqual({ ...said, kept: [NINE] });
  expect(await s.comes(all?.id ?? '', 'schedule.missed')).toMatchObject({ ...said, kept: [expect.anything(), expect.anything(), NINE] });
  await s.comes(once?.id ?? '', 'schedule.fired');
  await s.comes(all?.id ?? '', 'schedule.fired', 3);
  s.clock.jumpTo('2026-01-01T09:19:30.000Z');
  s.clock.pass(60);
  for (const [one, n] of [
    [skip, 1],
    [once, 2],
    [all, 4],
  ] as const) {
    expect(await s.comes(one?.id ?? '', 'schedule.fired', n)).toMatchObject({ due: '2026-01-01T09:20:00.000Z' });
  }
  expect(await at.sent()).toHaveLength(7);
});

test('a time that is come to a little late is not missed', async () => {
  const at = ground();
  await using s = at.open('2026-01-01T08:00:00.000Z');
  const { id } = await s.create({ cron: '0 * * * *', missed: 'skip' });
  s.clock.jumpTo('2026-01-01T08:59:45.000Z');
  s.clock.pass(60);
  await s.comes(id, 'schedule.fired');
  expect(await at.history(id)).toEqual(['created', 'due 09:00:00', 'fired 09:00:00']);
});

test('a clock that is put back brings no time a second time', async () => {
  const at = ground();
  await using s = at.open('2026-01-01T08:55:00.000Z');
  const { id } = await s.create({ cron: '*/10 * * * *' });
  s.clock.pass(300);
  await s.comes(id, 'schedule.fired');
  s.clock.jumpTo('2026-01-01T08:58:00.000Z');
  expect(await s.schedules.get(id, OWNER)).toMatchObject({ next: '2026-01-01T09:10:00.000Z' });
  s.clock.pass(720);
  await s.comes(id, 'schedule.fired', 2);
  expect(await at.history(id)).toEqual(['created', 'due 09:00:00', 'fired 09:00:00', 'due 09:10:00', 'fired 09:10:00']);
});

test('a clock that was far ahead leaves a schedule waiting until it is resumed, and what was sent is not sent again', async () => {
  const at = ground();
  await using s = at.open('2026-01-01T08:00:00.000Z');
  const { id } = await s.create({ cron: '0 9 * * *' });
  s.clock.jumpTo('2026-01-03T09:00:00.000Z');
  s.clock.pass(60);
  const { task } = await s.comes(id, 'schedule.fired', 1);
  s.clock.jumpTo('2026-01-01T08:30:00.000Z');
  expect(await s.schedules.get(id, OWNER)).toMatchObject({ next: '2026-01-04T09:00:00.000Z' });
  await s.schedules.pause(id, {}, OWNER);
  expect(await s.schedules.resume(id, {}, OWNER)).toMatchObject({ next: NINE });
  const tasks = [task];
  for (const n of [2, 3, 4]) {
    s.clock.jumpTo(`2026-01-0${n - 1}T08:59:59.000Z`);
    s.clock.pass(60);
    tasks.push((await s.comes(id, 'schedule.fired', n)).task);
  }
  expect(tasks[3]).toBe(task);
  expect(await at.sent()).toHaveLength(3);
});

test('a host that began while its clock was ahead does not take times for missed once that is put right', async () => {
  const at = ground();
  let id: string;
  {
    await using s = at.open('2026-01-01T08:00:00.000Z');
    ({ id } = await s.create({ cron: '0 * * * *', missed: 'skip' }));
    await s.schedules.pause(id, {}, OWNER);
  }
  await using s = at.open('2026-01-01T12:00:00.000Z');
  s.clock.jumpTo('2026-01-01T08:30:00.000Z');
  await s.schedules.resume(id, {}, OWNER);
  s.clock.pass(1800);
  await s.comes(id, 'schedule.fired');
  expect((await at.history(id)).slice(3)).toEqual(['due 09:00:00', 'fired 09:00:00']);
});

test('a schedule for a time that lies months ahead comes then', async () => {
  const at = ground();
  await using s = at.open('2026-01-01T08:00:00.000Z');
  const { id } = await s.create({ at: '2026-03-01T08:00:00Z' });
  s.clock.pass(59 * 86_400);
  expect(await s.comes(id, 'schedule.fired')).toMatchObject({ due: '2026-03-01T08:00:00.000Z' });
});

test('what the host cannot take right now is sent later, and nothing new before it', async () => {
  const at = ground();
  const full = { until: 5 };
  const log = refusing(at.log, (stream) => stream.startsWith('tsk_') && full.until-- > 0);
  await using s = at.open('2026-01-01T08:00:00.000Z', { log });
  const { id } = await s.create({ cron: '*/10 * * * * *' });
  s.clock.pass(10);
  await s.clock.steady.passUntil(s.comes(id, 'schedule.fired'));
  expect((await at.history(id)).slice(0, 3)).toEqual(['created', 'due 08:00:10', 'fired 08:00:10']);
  // Some of its times have come meanwhile.
  expect(s.clock.now()).toBeGreaterThan(Date.parse('2026-01-01T08:00:20.000Z'));
  await s.comes(id, 'schedule.fired', 2);
  expect((await at.history(id)).slice(3)).toContain('fired 08:00:20');
});

test('a run that could not be sent is sent later, also when there is no next time', async () => {
  const at = ground();
  const full = { until: 1 };
  const log = refusing(at.log, (stream) => stream.startsWith('tsk_') && full.until-- > 0);
  await using s = at.open('2026-01-01T08:00:00.000Z', { log });
  const { id } = await s.create({ at: '2027-01-01T00:00:00Z' });
  await s.schedules.pause(id, {}, OWNER);
  await expect(s.schedules.run(id, { commandId: 'r' }, OWNER)).rejects.toMatchObject({ code: 'storage-full' });
  const { task } = await s.clock.steady.passUntil(s.comes(id, 'schedule.fired'));
  expect((await s.schedules.run(id, { commandId: 'r' }, OWNER)).id).toBe(task);
  expect(await s.schedules.get(id, OWNER)).toMatchObject({ runs: 1 });
});

/** A disk that is full for some appends. */
function refusing(log: Log, isFull: (stream: string) => boolean): Log {
  const append: Log['append'] = (...args) =>
    isFull(args[0]) ? Promise.reject(new SpoolError('storage-full', 'there is no room')) : log.append(...args);
  return new Proxy(log, {
    get(target, name) {
      if (name === 'append') return append;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
