import { createColors } from 'picocolors';
import { describe, expect, test } from 'vitest';
import type { Schedule } from '../../contract/schedule.js';
import type { Webhook } from '../../contract/webhook.js';
import { factsText } from './facts.js';
import { nextOf, scheduleFacts, stateOf, timingOf, webhookFacts } from './schedule-lines.js';

const AT = '2026-01-01T00:00:00.000Z';
const NOW = Date.parse(AT);

function schedule(more: Partial<Schedule> = {}): Schedule {
  return {
    ...{ id: 'sch_1', cron: '0 9 * * *', missed: 'once', task: { to: 'tester', input: 'Test it.' }, paused: false },
    ...{ next: '2026-01-01T09:00:00.000Z', runs: 0, createdAt: AT, by: 'owner' },
    ...more,
  };
}

function webhook(more: Partial<Webhook> = {}): Webhook {
  return { id: 'whk_1', url: 'http://a.example/', events: ['task.*'], createdAt: AT, by: 'owner', waiting: 0, dead: 0, ...more };
}

describe('a schedule', () => {
  test('says when it sends next, or that it does not', () => {
    expect(nextOf(schedule(), NOW)).toBe('in 9 h');
    expect(nextOf(schedule({ next: '2026-01-01T00:00:20.000Z' }), NOW)).toBe('in 20 s');
    expect(nextOf(schedule({ next: AT }), NOW)).toBe('now');
    expect(nextOf(schedule({ paused: true, next: null }), NOW)).toBe('paused');
    expect(nextOf(schedule({ next: null }), NOW)).toBe('over');
  });

  test('names the zone in which its hours are', () => {
    expect(timingOf(schedule())).toBe('0 9 * * * (UTC)');
    expect(timingOf(schedule({ timeZone: 'Europe/Berlin' }))).toBe('0 9 * * * (Europe/Berlin)');
    expect(timingOf(schedule({ at: AT, cron: undefined }))).toBe(`once, at ${AT}`);
  });

  test('tells what came of the last time', () => {
    const facts = Object.fromEntries(scheduleFacts(schedule({ runs: 1, last: { due: AT, error: 'there is no agent tester' } }), NOW));
    expect(facts).toMatchObject({ sent: '1 task', last: `${AT}: there is no agent tester`, to: 'tester', input: 'Test it.' });
  });
});

describe('a webhook', () => {
  test('is well, fails or was stopped', () => {
    const lastError = { message: 'answered 500', at: AT };
    expect([stateOf(webhook()), stateOf(webhook({ lastError }))]).toEqual(['ok', 'failing']);
    expect(stateOf(webhook({ lastError, stopped: { reason: 'answered 410', at: AT } }))).toBe('stopped');
    expect(Object.fromEntries(webhookFacts(webhook({ lastError, waiting: 3, agents: ['ci'] }), NOW))).toMatchObject({
      ...{ error: `answered 500 (${AT})`, waiting: '3', agents: 'ci', delivered: 'nothing yet' },
    });
  });
});

test('facts line up, and a long one is folded below itself', () => {
  const style = { ink: createColors(false), columns: 27 };
  expect(
    factsText(
      [
        ['to', 'tester'],
        ['input', 'one two three four five six'],
      ],
      style,
    ),
  ).toBe(['to     tester', 'input  one two three four', '       five six'].join('\n'));
});
