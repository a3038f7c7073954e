import { describe, expect, test } from 'vitest';
import { timeIn } from './time-word.js';

const NOW = new Date(2026, 2, 1, 12, 0, 30).getTime();
const at = (word: string): string => timeIn('--at', word, NOW);
const here = (...parts: [number, number, number, number, number]): string => new Date(...parts).toISOString();

describe('a time that is typed', () => {
  test('may be so far from now', () => {
    expect([at('+90s'), at('+10m'), at('+2h'), at('+1d')].map((time) => Date.parse(time) - NOW)).toEqual([
      ...[90_000, 600_000, 7_200_000, 86_400_000],
    ]);
  });

  test('may be the next time that clocks here show it, today or tomorrow', () => {
    expect(at('17:30')).toBe(here(2026, 2, 1, 17, 30));
    expect(at('9:05')).toBe(here(2026, 2, 2, 9, 5));
    expect(at('12:00')).toBe(here(2026, 2, 2, 12, 0));
  });

  test('may be a date and a time here, or with a zone of its own', () => {
    expect(at('2026-03-02 09:00')).toBe(here(2026, 2, 2, 9, 0));
    expect(at('2026-03-02T09:00')).toBe(here(2026, 2, 2, 9, 0));
    expect(at('2026-03-02T09:00:00+01:00')).toBe('2026-03-02T08:00:00.000Z');
  });

  test.each(['', 'soon', '25:00', '12:60', '+m', '+5y', '2026-03-02', '2026-13-02 09:00'])('is none: %j', (word) => {
    expect(() => at(word)).toThrow('--at wants a time');
  });
});
