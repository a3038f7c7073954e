import { expect, test } from 'vitest';

import { ManualClock } from './manual-clock.js';

test('callbacks run in the order they are due, each at its own time', () => {
  const clock = new ManualClock(1000);
  const ran: string[] = [];
  const note = (name: string) => () => void ran.push(`${name} at ${clock.now()}`);
  clock.after(20, note('late'));
  clock.after(10, note('early'));
  clock.after(10, note('early too'));
  clock.after(31, note('never'));
  clock.advance(30);
  expect(ran).toEqual(['early at 1010', 'early too at 1010', 'late at 1020']);
  expect([clock.now(), clock.waiting]).toEqual([1030, 1]);
});

test('what a callback asks for runs too when it falls due', () => {
  const clock = new ManualClock(0);
  const ran: number[] = [];
  const again = (): void => {
    ran.push(clock.now());
    clock.after(10, again);
  };
  clock.after(10, again);
  clock.advance(35);
  expect(ran).toEqual([10, 20, 30]);
});

test('a disposed callback does not run', () => {
  const clock = new ManualClock();
  const waits = clock.after(5, () => expect.unreachable());
  waits[Symbol.dispose]();
  clock.advance(10);
  expect(clock.waiting).toBe(0);
});
