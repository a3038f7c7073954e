import { expect, test } from 'vitest';
import { decidePassed, MOST_KEPT, type Passed } from './decide.js';

const minute = (n: number): string =>
  `2026-01-01T${String(Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}:00.000Z`;
const minutes = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, i) => minute(from + i));
const passed = (newest: string[], more = false): Passed => ({ count: newest.length, more, first: newest[0] ?? '', newest });
const looking = { at: minute(500), missedBefore: minute(200) };

test('times that are looked at in time are a task each, whatever the policy', () => {
  for (const missed of ['skip', 'once', 'all'] as const) {
    expect(decidePassed({ missed }, passed(minutes(200, 202)), looking)).toEqual(
      minutes(200, 202).map((due) => ({ type: 'schedule.due', at: minute(500), data: { due } })),
    );
  }
});

test('missed times are dropped, are one task, or are one each', () => {
  const decide = (missed: 'skip' | 'once' | 'all') => decidePassed({ missed }, passed(minutes(197, 200)), looking);
  const said = { from: minute(197), to: minute(199), count: 3 };
  expect(decide('skip')).toMatchObject([{ type: 'schedule.missed', data: { ...said, kept: [] } }, { type: 'schedule.due' }]);
  expect(decide('once')).toMatchObject([{ data: { ...said, kept: [minute(199)] } }, { data: { due: minute(200) } }]);
  expect(decide('all')).toMatchObject([{ data: { ...said, kept: minutes(197, 199) } }, { data: { due: minute(200) } }]);
});

test('at most a hundred are made up for, the newest, and it is said how many there were', () => {
  const [event] = decidePassed({ missed: 'all' }, passed(minutes(10, 170), true), looking);
  expect(event).toMatchObject({ data: { from: minute(10), to: minute(170), count: 161, more: true, kept: minutes(71, 170) } });
  expect(minutes(71, 170)).toHaveLength(MOST_KEPT);
});
