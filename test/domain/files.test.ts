/** Files that turns produced: what of the runtime's facts is recorded, and under which number. */

import { expect, test } from 'vitest';
import { eventsOfFact } from '../../src/domain/decide-fact.js';
import type { Fact } from '../../src/ports/agent.js';
import { AT, Given } from './given.js';

const file = (turn: string, path: string, more: object = {}): Fact => ({ type: 'file', turn, path, ...more });
const produced = (given: Given): unknown[] => given.events.flatMap((event) => (event.type === 'file.produced' ? [event.data] : []));

test('a file is numbered within its session and told with its name, kind and size', () => {
  const given = Given.session()
    .running('t1')
    .fact(file('t1', '/images/a.png', { mediaType: 'image/png', bytes: 3, item: 'call_1' }), file('t1', '/images/b'));
  expect(produced(given)).toEqual([
    { path: '/images/a.png', file: 'file_1', name: 'a.png', mediaType: 'image/png', bytes: 3 },
    { path: '/images/b', file: 'file_2', name: 'b' },
  ]);
  expect(given.events.at(-2)).toMatchObject({ turn: 't1', item: 'call_1' });
});

test('a turn tells a file once; a later turn that writes it anew tells it again, under the same number', () => {
  const first = Given.session().running('t1').fact(file('t1', '/a'), file('t1', '/b'), file('t1', '/a'));
  expect(produced(first)).toHaveLength(2);
  const second = first.fact({ type: 'turn.completed', turn: 't1', usage: null }).running('t2').fact(file('t2', '/a'), file('t2', '/c'));
  expect(produced(second).slice(2)).toMatchObject([
    { path: '/a', file: 'file_1' },
    { path: '/c', file: 'file_3' },
  ]);
});

test('a file of a turn that is over, or of no turn of the session, is not told', () => {
  const over = Given.session().running('t1').fact({ type: 'turn.completed', turn: 't1', usage: null });
  expect(eventsOfFact(over.state, file('t1', '/a'), AT, () => over.policy)).toEqual([]);
});
