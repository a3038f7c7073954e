/** Nothing that was acknowledged is lost, whatever is killed: real processes, real Codex, the offline model. */

import { expect, test } from 'vitest';
import type { Event } from '../../src/contract/events.js';
import { childStates, eventOf, rawEvents, turnIsInRollout, world } from './rig.js';

const textOf = (events: readonly Event[]): string =>
  events.flatMap((event) => (event.type === 'item.delta' && event.data.kind === 'text' ? [event.data.text] : [])).join('');

test('a host that is killed in mid-turn is started again, and the turn goes on in the same Codex thread', async () => {
  await using w = await world();
  const first = await w.serve();
  const session = await first.client.sessions.open({ cwd: w.work });
  const { turn } = await first.client.turns.request(session.id, { input: '[[deltas:60:40]]' });
  const seen = await eventOf(first.client, session.id, (event) => event.type === 'item.delta');
  const before = await rawEvents(first, session.id, 0, seen.position);
  await first.kill('SIGKILL');

  const second = await w.serve();
  const ended = await second.client.wait(session.id, turn.id);
  expect(ended).toMatchObject({ status: 'completed' });
  const after = await rawEvents(second, session.id, 0, seen.position);
  for (const [position, frame] of before) if (position <= seen.position) expect(after.get(position)).toBe(frame);

  const again = await second.client.sessions.get(session.id);
  const { turn: next } = await second.client.turns.request(session.id, { input: '[[text:still here]]' });
  expect(await second.client.wait(session.id, next.id)).toMatchObject({ status: 'completed', finalText: 'still here' });
  expect((await second.client.sessions.get(session.id)).threadId).toBe(again.threadId);

  const { events } = await second.client.sessions.events(session.id, { limit: 10_000 });
  expect(events.map((event) => event.position)).toEqual(events.map((_, index) => index + 1));
  const turnEvents = (events as unknown as Event[]).filter((event) => event.turn === turn.id);
  expect(turnEvents.filter((event) => event.type === 'turn.started')).toHaveLength(1);
  expect(ended.finalText).not.toBeNull();
  // Deltas of the gap do not come again, so what was put together is a part of the whole, in order.
  expect(textOf(turnEvents).length).toBeLessThanOrEqual(ended.finalText?.length ?? 0);
});

test('a host that is stopped politely leaves the running turn to the next one', async () => {
  await using w = await world();
  const first = await w.serve();
  const session = await first.client.sessions.open({ cwd: w.work });
  const { turn } = await first.client.turns.request(session.id, { input: '[[deltas:60:40]]' });
  await eventOf(first.client, session.id, (event) => event.type === 'item.delta');
  await first.kill('SIGTERM');
  const second = await w.serve();
  expect(await second.client.wait(session.id, turn.id)).toMatchObject({ status: 'completed', finalText: expect.stringMatching(/60 ?$/) });
});

test('a turn that ended while no host was there is told whole by the next one', async () => {
  await using w = await world();
  const first = await w.serve();
  const session = await first.client.sessions.open({ cwd: w.work });
  const { turn } = await first.client.turns.request(session.id, { input: '[[deltas:10:30]]' });
  await eventOf(first.client, session.id, (event) => event.type === 'item.delta');
  const { threadId } = await first.client.sessions.get(session.id);
  await first.kill('SIGKILL');
  await turnIsInRollout(w.home.join('codex'), threadId ?? '');

  const second = await w.serve();
  const ended = await second.client.wait(session.id, turn.id);
  expect(ended).toMatchObject({ status: 'completed' });
  expect(ended.finalText).toMatch(/\S/);
});

test('a question that waits when the host is killed comes back as the same approval and can be answered', async () => {
  await using w = await world();
  const first = await w.serve();
  const session = await first.client.sessions.open({ cwd: w.work, permissions: { approvalPolicy: 'untrusted' } });
  const { turn } = await first.client.turns.request(session.id, { input: '[[sh:echo once >> ran.txt]] [[text:done]]' });
  const asked = await eventOf(first.client, session.id, (event): event is Event<'approval.asked'> => event.type === 'approval.asked');
  await first.kill('SIGKILL');

  const second = await w.serve();
  const { items } = await second.client.approvals.list();
  expect(items).toMatchObject([{ id: asked.data.approval.id, status: 'pending' }]);
  await second.client.approvals.answer(asked.data.approval.id, { decision: 'accept' });
  expect(await second.client.wait(session.id, turn.id)).toMatchObject({ status: 'completed', finalText: 'done' });
  const types = (await second.client.sessions.events(session.id, { limit: 1000 })).events.map((event) => event.type);
  expect(types.filter((type) => type === 'approval.asked')).toHaveLength(1);
});

test('a Codex process that is killed fails its turn at once, and the next turn goes on in the same thread', async () => {
  await using w = await world();
  const host = await w.serve();
  const session = await host.client.sessions.open({ cwd: w.work });
  const { turn: warm } = await host.client.turns.request(session.id, { input: '[[text:one]]' });
  await host.client.wait(session.id, warm.id);
  const { threadId } = await host.client.sessions.get(session.id);
  const { turn } = await host.client.turns.request(session.id, { input: '[[deltas:200:50]]' });
  await eventOf(host.client, session.id, (event) => event.type === 'item.delta' && event.turn === turn.id);
  const [child] = await childStates(w.home.join('spool', 'run', 'codex'));
  process.kill(child?.pid ?? 0, 'SIGKILL');
  expect(await host.client.wait(session.id, turn.id)).toMatchObject({
    status: 'failed',
    error: { code: 'runtime-exited', retryable: true },
  });
  const { turn: next } = await host.client.turns.request(session.id, { input: '[[text:two]]' });
  expect(await host.client.wait(session.id, next.id)).toMatchObject({ status: 'completed', finalText: 'two' });
  expect(await host.client.sessions.get(session.id)).toMatchObject({ threadId });
});
