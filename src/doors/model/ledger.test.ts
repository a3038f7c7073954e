import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { silentLogger } from '../../ports/logger.js';
import { ManualClock, type TempHome, tempHome } from '../../testing/index.js';
import { Ledger } from './ledger.js';

const NOON = Date.parse('2026-03-01T12:00:00.000Z');
const HOUR = 3_600_000;

function ledgerIn(home: TempHome, clock: ManualClock): Ledger {
  return new Ledger({ file: home.join('use.json'), clock, logger: silentLogger });
}

test('an agent that has used its tokens of a day waits until the day in UTC is over, and others do not', async () => {
  await using home = await tempHome();
  const clock = new ManualClock(NOON);
  await using ledger = ledgerIn(home, clock);
  const budget = { tokensPerDay: 100 };
  expect(ledger.enter('main', 'a', budget)).toBeUndefined();
  ledger.add('main', { input: 80, output: 19 });
  expect(ledger.enter('main', 'a', budget)).toBeUndefined();
  ledger.add('main', { input: 1, output: 1 });
  const refusal = 'agent main has used up its budget: 101 of 100 tokens a day (UTC); it opens again at 2026-03-02T00:00:00.000Z';
  expect(ledger.enter('main', 'a', budget)).toBe(refusal);
  expect(ledger.enter('other', 'a', budget)).toBeUndefined();
  expect(ledger.enter('main', 'a', { tokensPerDay: 102 })).toBeUndefined();
  clock.advance(12 * HOUR - 1);
  expect(ledger.enter('main', 'b', budget)).toBe(refusal);
  clock.advance(1);
  expect(ledger.enter('main', 'b', budget)).toBeUndefined();
});

test('within any hour only so many turns begin, however many calls each of them makes', async () => {
  await using home = await tempHome();
  const clock = new ManualClock(NOON);
  await using ledger = ledgerIn(home, clock);
  const budget = { turnsPerHour: 2 };
  expect(ledger.enter('main', 'a', budget)).toBeUndefined();
  clock.advance(10 * 60_000);
  expect(ledger.enter('main', 'b', budget)).toBeUndefined();
  expect(ledger.enter('main', 'a', budget)).toBeUndefined();
  const refusal = 'agent main has used up its budget: 2 of 2 turns an hour; it opens again at 2026-03-01T13:00:00.000Z';
  expect(ledger.enter('main', 'c', budget)).toBe(refusal);
  clock.advance(50 * 60_000 - 1);
  expect(ledger.enter('main', 'c', budget)).toBe(refusal);
  clock.advance(1);
  expect(ledger.enter('main', 'c', budget)).toBeUndefined();
  expect(ledger.enter('main', 'd', budget)).toContain('it opens again at 2026-03-01T13:10:00.000Z');
});

test('a turn that goes on for longer than an hour is not taken for a new one', async () => {
  await using home = await tempHome();
  const clock = new ManualClock(NOON);
  await using ledger = ledgerIn(home, clock);
  const budget = { turnsPerHour: 1 };
  expect(ledger.enter('main', 'long', budget)).toBeUndefined();
  clock.advance(40 * 60_000);
  expect(ledger.enter('main', 'long', budget)).toBeUndefined();
  clock.advance(40 * 60_000);
  expect(ledger.enter('main', 'next', budget)).toBeUndefined();
  expect(ledger.enter('main', 'long', budget)).toBeUndefined();
});

test('a call that does not say which turn it belongs to counts as one', async () => {
  await using home = await tempHome();
  await using ledger = ledgerIn(home, new ManualClock(NOON));
  expect(ledger.enter('main', undefined, { turnsPerHour: 2 })).toBeUndefined();
  expect(ledger.enter('main', undefined, { turnsPerHour: 2 })).toBeUndefined();
  expect(ledger.enter('main', undefined, { turnsPerHour: 2 })).toContain(': 2 of 2 turns');
});

test('what was used is on the disk a second later, for its owner only, and counts in the next host', async () => {
  await using home = await tempHome();
  const clock = new ManualClock(NOON);
  const killed = ledgerIn(home, clock);
  killed.enter('main', 'a', {});
  killed.add('main', { input: 70, output: 30 });
  expect(() => statSync(home.join('use.json'))).toThrow('ENOENT');
  clock.advance(1000);
  expect(statSync(home.join('use.json')).mode & 0o777).toBe(0o600);

  const next = ledgerIn(home, clock);
  expect(next.enter('main', 'a', { tokensPerDay: 100 })).toContain(': 100 of 100 tokens');
  expect(next.enter('main', 'a', { turnsPerHour: 1 })).toBeUndefined();
  next.add('main', { input: 1, output: 0 });
  await next[Symbol.asyncDispose]();
  expect(readFileSync(home.join('use.json'), 'utf8')).toContain('101');
  await next[Symbol.asyncDispose]();
  expect(clock.waiting).toBe(0);
});

test('a file that cannot be understood does not stop the agents', async () => {
  await using home = await tempHome();
  writeFileSync(home.join('use.json'), '{"version":1,"agents":{"main":{"day":7}}}');
  const warned: string[] = [];
  const logger = { ...silentLogger, warn: (_fields: object, message: string) => void warned.push(message) };
  await using ledger = new Ledger({ file: home.join('use.json'), clock: new ManualClock(NOON), logger });
  expect(ledger.enter('main', 'a', { tokensPerDay: 1 })).toBeUndefined();
  expect(warned).toEqual(['what agents have used so far cannot be read, and is counted anew']);
});
