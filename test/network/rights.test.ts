/** What a task may do: never more than whoever sent it. */

import { expect, test } from 'vitest';
import type { AgentInfo } from '../../src/contract/host.js';
import type { Task } from '../../src/contract/task.js';
import { OWNER } from '../host/rig.js';
import { agent, by, type Stage, stage } from './stage.js';

const WORKSPACE = { permissions: { profile: ':workspace' } } as const;
const FULL = { permissions: { profile: ':danger-full-access', approvalPolicy: 'never' }, approvals: { mode: 'auto' } } as const;

async function sessionOf(s: Stage, task: Task) {
  const { session = '' } = await s.becomes(task.id, 'running');
  return s.host.session(session, OWNER);
}

async function sent(agents: readonly AgentInfo[], more: object = {}) {
  const s = stage(agents);
  const task = await s.send({ to: 'b', input: 'x', ...more }, by('a'));
  return { s, task, session: await sessionOf(s, task) };
}

test('an agent that may do more is lowered to what the sender may, and a person does not answer less than before', async () => {
  const { s, session } = await sent([agent('a', {}, WORKSPACE), agent('b', {}, FULL)]);
  await using _ = s;
  expect(session.permissions).toEqual({ profile: ':workspace', approvalPolicy: 'on-request' });
  expect(session.approvals).toEqual({ mode: 'ask' });
});

test('an agent that may do less keeps to that', async () => {
  const { s, session } = await sent([agent('a', {}, FULL), agent('b', {}, { permissions: { profile: ':read-only' } })]);
  await using _ = s;
  expect(session.permissions).toEqual({ profile: ':read-only', approvalPolicy: 'on-request' });
});

test('where neither names what it may, both have that of their home; of another home nobody knows it', async () => {
  const same = await sent([agent('a'), agent('b')]);
  expect(same.session.permissions).toEqual({});
  await same.s[Symbol.asyncDispose]();
  const { s, session } = await sent([agent('a'), agent('b', {}, { codexHome: '/elsewhere' })]);
  await using _ = s;
  expect(session.permissions).toEqual({ profile: ':read-only' });
});

test('a sender may ask for less than it may itself, and not for more', async () => {
  const less = await sent([agent('a', {}, FULL), agent('b', {}, FULL)], { permissions: { profile: ':read-only' } });
  expect(less.session.permissions?.profile).toBe(':read-only');
  await less.s[Symbol.asyncDispose]();
  const { s, session } = await sent([agent('a', {}, WORKSPACE), agent('b', {}, FULL)], { permissions: { profile: ':danger-full-access' } });
  await using _ = s;
  expect(session.permissions?.profile).toBe(':workspace');
});

test('what a person sends runs with what the agent may', async () => {
  await using s = stage([agent('b', undefined, FULL)]);
  const session = await sessionOf(s, await s.send({ to: 'b', input: 'x' }));
  expect(session.permissions).toEqual(FULL.permissions);
});

test('the ceiling goes along: what a lowered task sends on is lowered too', async () => {
  await using s = stage([agent('a', {}, WORKSPACE), agent('b', {}, FULL), agent('c', {}, FULL)]);
  const first = await s.send({ to: 'b', input: 'x' }, by('a'));
  const { session, turn } = await s.becomes(first.id, 'running');
  const second = await s.hub.sendTask({ to: 'c', input: 'y' }, by('b'), { session, turn });
  expect(second).toMatchObject({ parent: first.id, root: first.id, chain: ['a', 'b', 'c'] });
  expect((await sessionOf(s, second)).permissions).toEqual({ profile: ':workspace', approvalPolicy: 'on-request' });
});

test('a runtime that keeps to no permissions takes no task of an agent that may do less, unless its owner says so', async () => {
  const script = { capabilities: { permissions: false } };
  await using s = stage([agent('a', {}, WORKSPACE), agent('b'), agent('c', { anyPermissions: true })], { script });
  // Nobody can tell what `a` itself may do with such a runtime either.
  await expect(s.send({ to: 'b', input: 'x' }, by('a'))).rejects.toMatchObject({
    code: 'forbidden',
    message: expect.stringContaining('keeps to no permissions') as string,
  });
  await s.becomes((await s.send({ to: 'c', input: 'x' }, by('a'))).id, 'running');
  await s.becomes((await s.send({ to: 'b', input: 'x' })).id, 'running');
});

test('an agent speaks in its own name only, and sees only what it has to do with', async () => {
  await using s = stage([agent('a'), agent('b'), agent('c')]);
  await expect(s.send({ to: 'b', input: 'x', from: 'c' }, by('a'))).rejects.toMatchObject({ code: 'forbidden' });
  const task = await s.send({ to: 'b', input: 'x' }, by('a'));
  expect((await s.hub.task(task.id, by('b'))).id).toBe(task.id);
  await expect(s.hub.task(task.id, by('c'))).rejects.toMatchObject({ code: 'not-found' });
  expect((await s.hub.listTasks({ limit: 10 }, by('c'))).items).toEqual([]);
  await expect(s.hub.cancelTask(task.id, {}, by('b'))).rejects.toMatchObject({ code: 'forbidden' });
  await expect(s.hub.approveTask(task.id, {}, by('a'))).rejects.toMatchObject({ code: 'forbidden' });
  await expect(s.hub.replyTask(task.id, { text: 'I say so' }, by('a'))).rejects.toMatchObject({ code: 'forbidden' });
});

test('what is refused is kept with its reason and begins nothing', async () => {
  await using s = stage([agent('a', { to: ['c'] }), agent('b'), agent('c')]);
  const refusal = await s.send({ to: 'b', input: 'x' }, by('a')).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: 'forbidden', message: 'a may send tasks only to c' });
  const [kept] = (await s.hub.listTasks({ limit: 10 }, OWNER)).items;
  expect(kept).toMatchObject({ status: 'failed', error: { code: 'refused', message: 'a may send tasks only to c' }, attempts: 0 });
  expect(s.agent.calls).toEqual([]);
});

test('a chain takes no more tasks than its budget has, and the first task tells what it took', async () => {
  await using s = stage([agent('a', { atOnce: 9 }), agent('b', { atOnce: 9 })]);
  const first = await s.send({ to: 'a', input: 'x', budget: { tasks: 3 } });
  const { session, turn } = await s.becomes(first.id, 'running');
  const more = () => s.hub.sendTask({ to: 'b', input: 'y' }, by('a'), { session, turn });
  // At once: the last place is given once.
  const all = await Promise.allSettled([more(), more(), more()]);
  expect(all.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  expect((await s.hub.task(first.id, OWNER)).spent).toEqual({ tasks: 3, tokens: 0 });
});
