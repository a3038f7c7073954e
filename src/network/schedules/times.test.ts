import { describe, expect, test } from 'vitest';
import { type Timing, timesOf } from './times.js';

function next(timing: Timing, after: string, n: number): string[] {
  const times = timesOf(timing);
  const found: string[] = [];
  for (let due = times.next(after); due !== null && found.length < n; due = times.next(due)) found.push(due.replace(':00.000Z', 'Z'));
  return found;
}

describe('when the clocks are put forward in Berlin, from 2 to 3 on 29 March 2026', () => {
  const berlin = (cron: string, n: number): string[] => next({ cron, timeZone: 'Europe/Berlin' }, '2026-03-28T12:00:00.000Z', n);

  test('a time of the day that does not exist comes as soon as they have been', () => {
    expect(berlin('30 2 * * *', 2)).toEqual(['2026-03-29T01:00Z', '2026-03-30T00:30Z']);
    expect(berlin('30 2,14 * * *', 3)).toEqual(['2026-03-28T13:30Z', '2026-03-29T01:00Z', '2026-03-29T12:30Z']);
  });

  test('times that fall together are one', () => {
    expect(berlin('0 2-3 * * *', 2)).toEqual(['2026-03-29T01:00Z', '2026-03-30T00:00Z']);
  });

  test('a rhythm leaves out what does not exist', () => {
    expect(berlin('30 */2 * * *', 9).slice(-4)).toEqual([
      '2026-03-28T23:30Z',
      '2026-03-29T02:30Z',
      '2026-03-29T04:30Z',
      '2026-03-29T06:30Z',
    ]);
    expect(berlin('*/30 2 * * *', 2)).toEqual(['2026-03-30T00:00Z', '2026-03-30T00:30Z']);
  });

  test('nine in the morning is nine in the morning before and after', () => {
    expect(next({ cron: '0 9 * * *', timeZone: 'Europe/Berlin' }, '2026-03-27T12:00:00.000Z', 2)).toEqual([
      '2026-03-28T08:00Z',
      '2026-03-29T07:00Z',
    ]);
  });
});

describe('when the clocks are put back in Berlin, from 3 to 2 on 25 October 2026', () => {
  const berlin = (cron: string, n: number): string[] => next({ cron, timeZone: 'Europe/Berlin' }, '2026-10-24T22:00:00.000Z', n);

  test('a time of the day that exists twice comes the first time only', () => {
    expect(berlin('30 2 * * *', 2)).toEqual(['2026-10-25T00:30Z', '2026-10-26T01:30Z']);
    expect(berlin('0,30 2 * * *', 3)).toEqual(['2026-10-25T00:00Z', '2026-10-25T00:30Z', '2026-10-26T01:00Z']);
  });

  test('a rhythm goes on through both hours', () => {
    expect(berlin('*/30 * * * *', 7).slice(3)).toEqual([
      '2026-10-25T00:00Z',
      '2026-10-25T00:30Z',
      '2026-10-25T01:00Z',
      '2026-10-25T01:30Z',
    ]);
    expect(berlin('30 */2 * * *', 3)).toEqual(['2026-10-24T22:30Z', '2026-10-25T00:30Z', '2026-10-25T01:30Z']);
  });
});

test('a sixth field in front is seconds, and the next time lies behind the one that is asked for', () => {
  const { next: after } = timesOf({ cron: '*/10 * * * * *' });
  expect(after('2026-01-01T00:00:10.000Z')).toBe('2026-01-01T00:00:20.000Z');
  expect(after('2026-01-01T00:00:09.999Z')).toBe('2026-01-01T00:00:10.000Z');
  expect(after('2026-01-01T00:00:10.001Z')).toBe('2026-01-01T00:00:20.000Z');
});

test('a time is a time in any zone, and comes once', () => {
  const { next: after } = timesOf({ at: '2026-06-01T09:00:00+02:00' });
  expect(after('2026-06-01T06:59:59.999Z')).toBe('2026-06-01T07:00:00.000Z');
  expect(after('2026-06-01T07:00:00.000Z')).toBeNull();
});

test('a day that there never is never comes', () => {
  expect(timesOf({ cron: '0 0 30 2 *' }).next('2026-01-01T00:00:00.000Z')).toBeNull();
  expect(timesOf({ cron: '0 0 29 2 *' }).next('2026-01-01T00:00:00.000Z')).toBe('2028-02-29T00:00:00.000Z');
});

describe('what has passed', () => {
  test('is told with its first and its newest times, the end included', () => {
    expect(timesOf({ cron: '0 * * * *' }).passed('2026-01-01T00:00:00.000Z', '2026-01-01T03:00:00.000Z')).toEqual({
      ...{ count: 3, more: false, first: '2026-01-01T01:00:00.000Z' },
      newest: ['2026-01-01T01:00:00.000Z', '2026-01-01T02:00:00.000Z', '2026-01-01T03:00:00.000Z'],
    });
    expect(timesOf({ cron: '0 * * * *' }).passed('2026-01-01T00:00:00.000Z', '2026-01-01T00:59:59.999Z')).toBeUndefined();
    expect(timesOf({ at: '2026-01-01T01:00:00Z' }).passed('2026-01-01T00:00:00.000Z', '2026-02-01T00:00:00.000Z')).toMatchObject({
      count: 1,
    });
  });

  test('is counted up to a thousand; the newest are right however many there were', () => {
    const passed = timesOf({ cron: '* * * * * *' }).passed('2026-01-01T00:00:00.000Z', '2026-12-31T00:00:00.000Z');
    expect(passed).toMatchObject({ count: 1000, more: true, first: '2026-01-01T00:00:01.000Z' });
    expect(passed?.newest).toHaveLength(161);
    expect([passed?.newest[0], passed?.newest.at(-1)]).toEqual(['2026-12-30T23:57:20.000Z', '2026-12-31T00:00:00.000Z']);
  });

  test('looked at from its end is what it was from its beginning, also where clocks are changed', () => {
    for (const cron of ['*/15 * * * *', '0 0-59 1,2 * * *']) {
      const times = timesOf({ cron, timeZone: 'Europe/Berlin' });
      for (const [after, until] of [
        ['2026-03-17T00:00:00.000Z', '2026-03-29T04:00:00.000Z'],
        ['2026-10-13T00:00:00.000Z', '2026-10-25T04:00:00.000Z'],
      ] as const) {
        const found: string[] = [];
        for (let due = times.next(after); due !== null && due <= until; due = times.next(due)) found.push(due);
        expect(found.length).toBeGreaterThan(1000);
        expect(times.passed(after, until)?.newest, cron).toEqual(found.slice(-161));
      }
    }
  });
});

describe('what is no schedule', () => {
  const wrong: [Timing, string, string][] = [
    [{ cron: '0 9 * * *', timeZone: 'Europe/Berlni' }, 'there is no time zone Europe/Berlni', 'did you mean Europe/Berlin?'],
    [{ cron: '0 9 * * *', timeZone: 'berlin' }, 'there is no time zone berlin', 'did you mean Europe/Berlin?'],
    [{ cron: '0 9 * * *', timeZone: 'New York' }, 'there is no time zone New York', 'did you mean America/New_York?'],
    [{ cron: '0 9 * * *', timeZone: '+02:00' }, 'there is no time zone +02:00', 'IANA names'],
    [{ cron: '61 * * * *' }, 'there is no such minute', 'five fields'],
    [{ cron: '0 9 32 * *' }, 'there is no such day', 'five fields'],
    [{ cron: '0 9 * * FOO' }, 'illegal characters', 'five fields'],
    [{ cron: '5/10 * * * *' }, 'stepping with numeric prefix', 'five fields'],
    [{ cron: '* * * *' }, 'has 4 fields, wanted five or six', 'five fields'],
    [{ cron: '* * * * * * 2030' }, 'has 7 fields, wanted five or six', 'five fields'],
    [{ cron: '2030-01-01T00:00:00' }, 'has one field', 'five fields'],
    [{ cron: '@reboot' }, 'not supported', 'five fields'],
    [{}, 'neither "at" nor "cron"', 'one task at a time'],
    [{ at: '2030-01-01T00:00:00Z', cron: '* * * * *' }, 'both "at" and "cron"', 'one task at a time'],
    [{ at: 'tomorrow' }, 'at: tomorrow is no time', '2026-03-01T09:00:00Z'],
    [{ at: '2030-01-01T00:00:00Z', timeZone: 'Europe/Berlin' }, 'Europe/Berlin would mean nothing', 'leave timeZone away'],
  ];
  test.each(wrong)('is refused with what is wrong and what to do: %j', (timing, message, hint) => {
    const error = {
      code: 'invalid-input',
      message: expect.stringContaining(message) as string,
      hint: expect.stringContaining(hint) as string,
    };
    expect(() => timesOf(timing)).toThrow(expect.objectContaining(error) as Error);
  });

  test('zones that the system knows by another name, or in small letters, are zones', () => {
    for (const timeZone of ['Asia/Kolkata', 'US/Eastern', 'europe/berlin', 'UTC', 'Etc/GMT-2'])
      expect(timesOf({ cron: '@daily', timeZone })).toBeDefined();
  });
});
