import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tempHome } from '../../testing/temp-home.js';
import { digestOf, type GivenTurn } from './record.js';
import { settle } from './settle.js';

const event = (type: string, more: object = {}): string =>
  JSON.stringify({ timestamp: 'x', ordinal: 1, type: 'event_msg', payload: { type, ...more } });
const BEFORE = [
  event('task_started', { turn_id: 'T0' }),
  event('user_message', { message: 'hi' }),
  event('task_complete', { turn_id: 'T0' }),
];
const BEGIN = [
  event('task_started', { turn_id: 'T1' }),
  event('user_message', { message: 'hi' }),
  event('agent_message', { message: 'half' }),
];

async function settled(lines: readonly string[], given: Partial<GivenTurn> = {}, { ref = 'T1', tail = '' } = {}) {
  await using place = await tempHome();
  writeFileSync(place.join('rollout'), `${[...BEFORE, ...lines].join('\n')}\n${tail}`);
  const from = Buffer.byteLength(`${BEFORE.join('\n')}\n`);
  return await settle(
    place.join('rollout'),
    { id: 'trn_1', from, at: 0, said: digestOf('hi'), ...given },
    { turn: 'trn_1', ref: ref === 'none' ? undefined : ref },
  );
}

test('a turn that ended unheard is told with its items and its end, and with its start where that is not recorded', async () => {
  const lines = [...BEGIN, event('task_complete', { turn_id: 'T1', last_agent_message: 'half' })];
  const whole = await settled(lines);
  expect(whole).toMatchObject({ state: 'ended', ref: 'T1' });
  const types = (one: typeof whole) => (one.state === 'ended' ? one.missed.map(({ type }) => type) : []);
  expect(types(whole)).toEqual(['item.completed', 'item.completed', 'turn.completed']);
  expect(types(await settled(lines, {}, { ref: 'none' }))).toEqual(['turn.started', 'item.completed', 'item.completed', 'turn.completed']);
});

test('a turn without an end, or with half a line of it, has died with its process', async () => {
  for (const tail of ['', event('task_complete', { turn_id: 'T1' }).slice(0, -5)]) {
    expect(await settled(BEGIN, {}, { tail })).toMatchObject({
      missed: [{}, { item: { text: 'half' } }, { type: 'turn.failed', error: { code: 'runtime-exited', retryable: true } }],
    });
  }
});

test('an interrupt counts as one where it was asked for', async () => {
  const lines = [...BEGIN, event('turn_aborted', { turn_id: 'T1', reason: 'interrupted' })];
  expect(await settled(lines)).toMatchObject({ missed: [{}, {}, { type: 'turn.failed', error: { code: 'runtime-exited' } }] });
  expect(await settled(lines, { interrupted: true })).toMatchObject({ missed: [{}, {}, { type: 'turn.interrupted' }] });
  expect(await settled(BEGIN, { interrupted: true })).toMatchObject({ missed: [{}, {}, { type: 'turn.interrupted' }] });
});

test('a turn that does not stand there was never heard of, also where an earlier one said the same', async () => {
  expect(await settled([])).toEqual({ state: 'unknown' });
  expect(await settled(BEGIN, { said: digestOf('something else') })).toEqual({ state: 'unknown' });
});
