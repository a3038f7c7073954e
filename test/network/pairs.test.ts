/** The standing session of a pair: it remembers, and what was learnt with more rights stays where it was. */

import { expect, test } from 'vitest';
import { OWNER } from '../host/rig.js';
import { agent, by, type Stage, stage } from './stage.js';

async function done(s: Stage, id: string): Promise<string> {
  const { session = '', turn = '' } = await s.becomes(id, 'running');
  s.agent.threads.at(-1)?.say({ type: 'turn.completed', turn, usage: null });
  await s.becomes(id, 'replied');
  return session;
}

test('tasks of one sender run in one session, those of another in another', async () => {
  await using s = stage([agent('a'), agent('b'), agent('c', { session: 'pair' })]);
  const sessions: string[] = [];
  for (const from of ['a', 'a', 'b']) sessions.push(await done(s, (await s.send({ to: 'c', input: 'x' }, by(from))).id));
  expect(sessions[1]).toBe(sessions[0]);
  expect(sessions[2]).not.toBe(sessions[0]);
  const own = await done(s, (await s.send({ to: 'c', input: 'x', session: 'new' }, by('a'))).id);
  expect(sessions).not.toContain(own);
});

test('one that was put away is followed by another', async () => {
  await using s = stage([agent('c')]);
  const first = await done(s, (await s.send({ to: 'c', input: 'x', session: 'pair' })).id);
  await s.host.archiveSession(first, OWNER);
  const second = await done(s, (await s.send({ to: 'c', input: 'x', session: 'pair' })).id);
  expect(second).not.toBe(first);
  expect(await done(s, (await s.send({ to: 'c', input: 'x', session: 'pair' })).id)).toBe(second);
});

test('a task with other rights has another session', async () => {
  const full = { permissions: { profile: ':danger-full-access' } };
  await using s = stage([agent('a', {}, full), agent('c', { session: 'pair' }, full)]);
  const much = await done(s, (await s.send({ to: 'c', input: 'x' }, by('a'))).id);
  const less = await done(s, (await s.send({ to: 'c', input: 'x', permissions: { profile: ':read-only' } }, by('a'))).id);
  expect(less).not.toBe(much);
});
