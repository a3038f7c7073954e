import { expect, test } from 'vitest';
import type { Clock } from '../../base/clock.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { Alarm } from './alarm.js';

function watched() {
  const manual = new ManualClock(0);
  const waits: number[] = [];
  let ahead = 0;
  const clock: Clock = {
    now: () => manual.now() + ahead,
    after(ms, callback) {
      waits.push(ms);
      return manual.after(ms, callback);
    },
  };
  const rung: string[] = [];
  const alarm = new Alarm(clock, (id) => rung.push(`${id} ${clock.now() / 1000}`));
  return { manual, waits, rung, alarm, jump: (seconds: number) => (ahead += seconds * 1000) };
}

const DAY = 86_400;

test('each rings once, when its time has come, with one timer for all', () => {
  const { manual, rung, alarm } = watched();
  alarm.set('b', 20_000);
  alarm.set('a', 10_000);
  alarm.set('c', 30_000);
  alarm.set('c', undefined);
  expect(manual.waiting).toBe(1);
  manual.advance(100_000);
  expect(rung).toEqual(['a 10', 'b 20']);
  expect(manual.waiting).toBe(0);
});

test('a time that is far away is waited for in small steps, which every timer can take', () => {
  const { manual, waits, rung, alarm } = watched();
  alarm.set('a', 60 * DAY * 1000 + 500);
  manual.advance(60 * DAY * 1000);
  expect(rung).toEqual([]);
  manual.advance(500);
  expect(rung).toEqual([`a ${60 * DAY + 0.5}`]);
  expect(Math.max(...waits)).toBeLessThanOrEqual(60_000);
});

test('a clock that is put forward, or has slept, is noticed within a minute', () => {
  const { manual, rung, alarm, jump } = watched();
  alarm.set('a', 10 * DAY * 1000);
  manual.advance(1000);
  jump(20 * DAY);
  manual.advance(60_000);
  expect(rung).toEqual([`a ${20 * DAY + 60}`]);
});

test('a clock that is put back is waited for', () => {
  const { manual, rung, alarm, jump } = watched();
  alarm.set('a', 50_000);
  jump(-3600);
  manual.advance(3_600_000);
  expect(rung).toEqual([]);
  // A nearer one is not kept waiting by what was meant for the old time.
  alarm.set('b', 5000);
  manual.advance(5000);
  expect(rung).toEqual(['b 5']);
  manual.advance(45_000);
  expect(rung).toEqual(['b 5', 'a 50']);
});

test('nothing rings any more once it is disposed', () => {
  const { manual, rung, alarm } = watched();
  alarm.set('a', 1000);
  alarm[Symbol.dispose]();
  alarm.set('b', 1000);
  manual.advance(5000);
  expect({ rung, waiting: manual.waiting }).toEqual({ rung: [], waiting: 0 });
});
