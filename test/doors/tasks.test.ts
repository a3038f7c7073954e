/** Tasks over HTTP: what goes in, what comes out, who may. */

import { expect, test } from 'vitest';
import type { Principal } from '../../src/host/face.js';
import { fixedAgents, MOCK } from '../host/rig.js';
import { type Frame, type FrameReader, type House, type HouseOptions, house, TOKEN } from './house.js';

const A = { ...MOCK, alias: 'a', tasks: {} };
const AGENTS = fixedAgents({ get: (alias) => (alias === 'a' ? A : undefined), list: () => [A] });
const VIEWER: Principal = { name: 'vera', role: 'viewer' };

const open = (options: HouseOptions = {}): Promise<House> =>
  house({
    rig: { agents: AGENTS },
    principals: (token) => (token === 'viewer' ? VIEWER : token === 'a' ? { name: 'a', role: 'agent' } : null),
    ...options,
  });

async function next(stream: FrameReader): Promise<Frame> {
  const [frame] = await stream.take(1);
  return frame ?? expect.fail('the stream has ended');
}

async function send(at: House, body: object = {}, headers: Record<string, string> = {}) {
  return at.ask('/v1/tasks', { method: 'POST', body: { to: 'a', input: 'count the stars', ...body }, headers });
}

test('a task is accepted with 202 once it is recorded, and a repeat with the same key is the same task', async () => {
  await using at = await open();
  const first = await send(at, {}, { 'idempotency-key': 'k' });
  expect([first.status, first.json()['to'], first.json()['input']]).toEqual([202, 'a', 'count the stars']);
  const again = await send(at, {}, { 'idempotency-key': 'k' });
  expect([again.status, again.json()['id']]).toEqual([202, first.json()['id']]);
  expect((await at.ask('/v1/tasks')).json()['items']).toHaveLength(1);
});

test.each([
  ['nobody', { to: undefined }, 400, /^to: found nothing/],
  ['an unknown alias', { to: 'b' }, 404, /^there is no agent b$/],
  ['nothing to do', { input: '' }, 400, /^input: found ""/],
  ['a deadline in the past', { deadlineSeconds: -5 }, 400, /^deadlineSeconds: found -5, wanted .*from now/],
  ['a field that is not known', { deadlne: 5 }, 400, /^deadlne: found a field that is not known here/],
  ['a parent that there is not', { parent: 'tsk_none' }, 404, /^there is no task tsk_none$/],
])('a task for %s is refused with what is wrong', async (_, body, status, detail) => {
  await using at = await open();
  const said = await send(at, body);
  expect([said.status, said.headers['content-type']]).toEqual([status, 'application/problem+json']);
  expect(said.json()['detail']).toMatch(detail);
});

test('its events are replayed behind a position and then live, with positions of their own', async () => {
  await using at = await open();
  const { id } = (await send(at)).json();
  const stream = await at.stream(`/v1/tasks/${String(id)}/events?after=0`, { accept: 'text/event-stream' });
  const frames = [await next(stream), await next(stream), await next(stream), await next(stream)];
  expect(frames.map((frame) => frame.event)).toEqual(['stream.opened', 'task.sent', 'task.leased', 'task.started']);
  expect(frames.map((frame) => frame.id)).toEqual([undefined, '1', '2', '3']);
  expect(JSON.parse(frames[1]?.data ?? '')).toMatchObject({ position: 1, task: id, type: 'task.sent' });
  await at.ask(`/v1/tasks/${String(id)}/reply`, { method: 'POST', body: { text: 'seven' } });
  expect((await next(stream)).event).toBe('task.replied');
  const page = (await at.ask(`/v1/tasks/${String(id)}/events?after=3`)).json();
  expect(page['events']).toMatchObject([{ position: 4, type: 'task.replied' }]);
});

test('whoever follows everything sees tasks among the sessions', async () => {
  await using at = await open();
  const stream = await at.stream('/v1/events', { accept: 'text/event-stream' });
  await next(stream);
  await send(at);
  const seen: string[] = [];
  while (!seen.includes('turn.requested')) seen.push((await next(stream)).event ?? '');
  expect(seen.slice(0, 3)).toEqual(['task.sent', 'task.leased', 'session.opened']);
});

test('a wait ends with the task', async () => {
  await using at = await open();
  const { id } = (await send(at)).json();
  const waiting = at.ask(`/v1/tasks/${String(id)}?wait=30`);
  await at.ask(`/v1/tasks/${String(id)}/reply`, { method: 'POST', body: { text: 'seven' } });
  expect((await waiting).json()).toMatchObject({ status: 'replied', reply: 'seven' });
});

test('each role does what it may: a viewer looks on, an agent minds its own tasks', async () => {
  await using at = await open();
  const { id } = (await send(at)).json();
  const as = async (token: string, method: string, path: string, body?: unknown) =>
    (await at.ask(path, { method, token, ...(body === undefined ? {} : { body }) })).status;
  const task = `/v1/tasks/${String(id)}`;
  expect(await as('viewer', 'GET', task)).toBe(200);
  expect(await as('viewer', 'POST', `${task}/cancel`)).toBe(403);
  expect(await as('viewer', 'POST', '/v1/tasks', { to: 'a', input: 'x' })).toBe(403);
  expect(await as('a', 'GET', task)).toBe(200);
  expect(await as('a', 'GET', '/v1/nodes')).toBe(200);
  for (const path of ['/v1/sessions', '/v1/agents', '/v1/events', '/v1/approvals', '/v1/status', '/v1/outside-agents']) {
    expect([path, await as('a', 'GET', path)]).toEqual([path, 403]);
  }
  expect(await as('a', 'POST', '/v1/outside-agents', { alias: 'friend' })).toBe(403);
  expect(await as('a', 'POST', `${task}/approve`)).toBe(403);
  expect(await as('a', 'POST', `${task}/progress`, { text: 'on it' })).toBe(200);
  expect(await as(TOKEN, 'POST', `${task}/cancel`, { reason: 'enough' })).toBe(200);
  expect(await as('a', 'POST', `${task}/reply`, { text: 'late' })).toBe(409);
});

test('metrics tell how many tasks are open and how many have ended, and how', async () => {
  await using at = await open();
  const { id } = (await send(at)).json();
  await send(at);
  const metrics = async (): Promise<string[]> =>
    [...(await at.ask('/metrics')).text.matchAll(/^spool_tasks\S* \d+$/gm)].map(([line]) => line);
  expect(await metrics()).toEqual(
    expect.arrayContaining(['spool_tasks{status="queued"} 1', 'spool_tasks_ended_total{status="replied"} 0']),
  );
  await at.ask(`/v1/tasks/${String(id)}/reply`, { method: 'POST', body: { text: 'seven' } });
  expect(await metrics()).toContain('spool_tasks_ended_total{status="replied"} 1');
});
