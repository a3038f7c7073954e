import { expect, test } from 'vitest';
import { type Fresh, Outbox } from './outbox.js';

const letter = (stream: string, position: number, seq = position): Fresh => ({
  ...{ stream, position, seq },
  message: { id: `${stream}:${position}`, body: 'x' },
});

test('of each stream one goes at a time, in the order of the log', () => {
  const outbox = new Outbox([]);
  const [a1, a2, b3] = [letter('a', 1), letter('a', 2), letter('b', 3)];
  for (const one of [a1, a2, b3]) outbox.add(one);
  expect([outbox.take(0), outbox.take(0), outbox.take(0)]).toEqual([a1, b3, undefined]);
  outbox.settle(a1);
  expect(outbox.take(0)).toBe(a2);
});

test('how far it has come is told by the oldest that is on its way, and not by what was put aside', () => {
  const outbox = new Outbox([]);
  const [a1, b2, c3] = [letter('a', 1), letter('b', 2), letter('c', 3)];
  for (const one of [a1, b2, c3]) outbox.add(one);
  for (let n = 0; n < 3; n++) outbox.take(0);
  outbox.settle(b2);
  expect(outbox.doneUpTo(3)).toBe(0);
  outbox.putAside(a1, 1, 100);
  expect(outbox.doneUpTo(3)).toBe(2);
  outbox.settle(c3);
  expect(outbox.doneUpTo(7)).toBe(7);
  expect(outbox.aside()).toEqual([{ stream: 'a', position: 1, seq: 1, attempts: 1, due: 100 }]);
});

test('what was put aside goes when it is due, and is not met twice where the log is read again', () => {
  const outbox = new Outbox([{ stream: 'a', position: 1, seq: 1, attempts: 2, due: 100 }]);
  outbox.add(letter('a', 1));
  expect([outbox.size, outbox.nextDue, outbox.take(99)]).toEqual([1, 100, undefined]);
  const repeat = outbox.take(100);
  expect(repeat).toMatchObject({ position: 1, attempts: 2 });
  expect([outbox.nextDue, outbox.take(100)]).toEqual([undefined, undefined]);
  if (repeat !== undefined) outbox.settle(repeat);
  expect(outbox.size).toBe(0);
});

test('one that is asked for again is another letter than its earlier self', () => {
  const outbox = new Outbox([{ stream: 'a', position: 1, seq: 1, attempts: 2, due: 100 }]);
  outbox.add(letter('a', 1, 9));
  expect(outbox.take(0)).toMatchObject({ seq: 9 });
  expect(outbox.size).toBe(2);
});

test('neither what is new nor what is tried again takes all of the room', () => {
  const outbox = new Outbox(Array.from({ length: 20 }, (_, n) => ({ stream: 'a', position: n + 1, seq: n + 1, attempts: 1, due: 0 })));
  for (let n = 0; n < 20; n++) outbox.add(letter(`s${n}`, 1, 100 + n));
  const taken = Array.from({ length: 10 }, () => outbox.take(0));
  expect(taken.filter((one) => one !== undefined && 'message' in one)).toHaveLength(4);
  expect(taken.filter((one) => one !== undefined && !('message' in one))).toHaveLength(4);
  expect(taken.slice(8)).toEqual([undefined, undefined]);
});

test('only so much is read ahead, by number and by size', () => {
  const many = new Outbox([]);
  let count = 0;
  for (; many.hasRoom; count++) many.add(letter('a', count + 1));
  expect(count).toBe(64);
  const heavy = new Outbox([]);
  heavy.add({ ...letter('a', 1), message: { id: 'a:1', body: 'x'.repeat(2_000_000) } });
  expect(heavy.hasRoom).toBe(false);
  const full = new Outbox(Array.from({ length: 1000 }, (_, n) => ({ stream: 'a', position: n + 1, seq: n + 1, attempts: 1, due: 0 })));
  expect(full.hasRoom).toBe(false);
});
