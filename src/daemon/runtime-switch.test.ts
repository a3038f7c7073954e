import { describe, expect, test } from 'vitest';
import { planSwitch, wishOf } from './runtime-switch.js';

describe('the word', () => {
  test.each([
    [undefined, 'status'],
    ['status', 'status'],
    ['on', 'on'],
    ['ON', 'on'],
    ['codex_app_server', 'on'],
    ['Codex-App-Server', 'on'],
    ['off', 'off'],
    ['Auto', 'off'],
  ])('%s means %s', (word, wish) => {
    expect(wishOf(word)).toBe(wish);
  });

  test('any other is refused with those that there are', () => {
    expect(() => wishOf('maybe')).toThrow(expect.objectContaining({ code: 'invalid-input', hint: 'write on, off or status' }));
  });
});

describe('what is done', () => {
  test.each([
    ['on', 'status', false, { look: 'may', save: undefined, migrate: false }],
    ['off', 'status', true, { look: 'may', save: undefined, migrate: false }],
    ['on', 'off', true, { look: 'no', save: 'off', migrate: false }],
    ['off', 'off', true, { look: 'no', save: undefined, migrate: false }],
    ['off', 'on', false, { look: 'must', save: 'on', migrate: false }],
    ['off', 'on', true, { look: 'must', save: 'on', migrate: true }],
    ['on', 'on', false, { look: 'no', save: undefined, migrate: false }],
    // It being on already once kept a migration from being done.
    ['on', 'on', true, { look: 'may', save: undefined, migrate: true }],
  ] as const)('%s, then %s, with a source: %s', (now, wish, source, plan) => {
    expect(planSwitch(now, wish, source)).toEqual({ ...plan, says: expect.any(String) as string });
  });

  test('what changes nothing says so', () => {
    expect(planSwitch('on', 'on', false).says).toBe('the runtime is on already');
    expect(planSwitch('off', 'off', false).says).toBe('the runtime is off already');
  });
});
