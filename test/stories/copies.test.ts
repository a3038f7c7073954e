/** Copies of a conversation: what they remember, and that they are conversations of their own. Real Codex, offline model. */

import { expect, test } from 'vitest';
import { hostOverCodex, OWNER } from '../support/host-over-codex.js';

const STAYS = { idleMs: Number.POSITIVE_INFINITY, everyMs: 2 ** 30 };
const GOES = { ...STAYS, idleMs: 0, everyMs: 5 };

test('a copy up to a turn remembers that turn and not the next, and its original goes on without it', async () => {
  await using h = await hostOverCodex(STAYS);
  const told = (): string => JSON.stringify(h.model.requests.at(-1)?.body.input);
  const id = await h.open();
  const first = await h.run(id, 'the bird is heron [[text:noted]]');
  await h.run(id, 'the fish is trout [[text:noted]]');
  const copy = await h.host.forkSession(id, { turn: first.id }, OWNER);
  expect(await h.run(copy.id, '[[text:in the copy]]')).toMatchObject({ status: 'completed', finalText: 'in the copy' });
  expect([told().includes('heron'), told().includes('trout')]).toEqual([true, false]);
  await h.run(id, '[[text:in the original]]');
  expect([told().includes('trout'), told().includes('in the copy')]).toEqual([true, false]);
  const [original, fork] = [await h.host.session(id, OWNER), await h.host.session(copy.id, OWNER)];
  expect(fork.threadId).not.toBe(original.threadId);
});

test('a copy of the whole that nobody has used yet is still one after its process was stopped', async () => {
  await using h = await hostOverCodex(GOES);
  const id = await h.open();
  await h.run(id, 'the bird is heron [[text:noted]]');
  const copy = await h.host.forkSession(id, {}, OWNER);
  await h.event(copy.id, ({ type }) => type === 'runtime.started');
  await h.logged('a Codex process in which nothing runs is stopped', h.count('a Codex process was started'));
  expect(await h.run(copy.id, '[[text:here]]')).toMatchObject({ status: 'completed', finalText: 'here' });
  expect(JSON.stringify(h.model.requests.at(-1)?.body.input)).toContain('heron');
  expect((await h.events(copy.id)).filter(({ type }) => type === 'warning.raised')).toEqual([]);
});
