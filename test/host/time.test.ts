/** What runs out of time: turns, silence, waiting, questions. The clock is turned by hand. */

import { expect, test } from 'vitest';
import type { Fact } from '../../src/ports/agent.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { OWNER, type Rig, rig } from './rig.js';

interface Timed extends AsyncDisposable {
  readonly r: Rig;
  readonly clock: ManualClock;
  readonly id: string;
  readonly turn: string;
}

/** A session in which a turn runs, over a clock that stands still. */
async function running(limits: object, script: Parameters<typeof rig>[0] = {}): Promise<Timed> {
  const clock = new ManualClock();
  const r = rig({ clock, ...script });
  const { id } = await r.host.openSession({}, OWNER);
  const { turn } = await r.host.requestTurn(id, { input: 'hi', limits }, OWNER);
  await clock.passUntil(r.event(id, 'turn.started'));
  return { r, clock, id, turn: turn.id, [Symbol.asyncDispose]: () => r[Symbol.asyncDispose]() };
}

const delta = (turn: string, text: string): Fact => ({ type: 'item.delta', turn, item: 'm', kind: 'text', text });
const command = (turn: string, status: 'inProgress' | 'completed') =>
  ({ turn, item: { id: 'c', kind: 'command', command: 'make', status } }) as const;

test('a turn that takes too long is interrupted in the runtime and fails as timed out, with what it had said', async () => {
  await using t = await running({ turnSeconds: 2 });
  const { r, clock, id, turn } = t;
  r.agent.thread.say(delta(turn, 'half'));
  await clock.passUntil(r.event(id, 'item.delta'));
  const asked = await clock.passUntil(r.event(id, 'turn.interrupting'));
  expect(asked.data).toEqual({ by: 'deadline', reason: 'the turn took longer than its limit of 2 s' });
  expect(await r.agent.called('interrupt')).toMatchObject({ turn });
  r.agent.thread.say({ type: 'turn.interrupted', turn });
  const failed = await clock.passUntil(r.event(id, 'turn.failed'));
  expect(failed.data).toMatchObject({ code: 'timeout', retryable: true, finalText: 'half', partial: true });
});

test('silence is counted from the last sign of life of this very turn', async () => {
  await using t = await running({ idleSeconds: 1 });
  const { r, clock, id, turn } = t;
  const started = clock.now();
  for (let n = 1; n <= 3; n += 1) {
    clock.advance(600);
    r.agent.thread.say({ type: 'warning', message: 'not of the turn' }, delta(turn, `${n}`));
    await clock.passUntil(r.event(id, 'item.delta', n));
  }
  const asked = await clock.passUntil(r.event(id, 'turn.interrupting'));
  expect(asked.data.reason).toBe('the turn gave no sign of life for 1 s');
  expect(clock.now() - started).toBeGreaterThanOrEqual(2800);
});

test('a warning that is not of the turn is no sign of its life', async () => {
  await using t = await running({ idleSeconds: 1 });
  const { r, clock, id } = t;
  const started = Date.parse((await r.event(id, 'turn.started')).at);
  clock.advance(900);
  r.agent.thread.say({ type: 'warning', message: 'of the account' });
  await clock.passUntil(r.event(id, 'warning.raised'));
  const { at } = await clock.passUntil(r.event(id, 'turn.interrupting'));
  expect(Date.parse(at) - started).toBeLessThan(1100);
});

test('while a command works the silence is not the model’s, and only the turn’s own limit counts', async () => {
  await using t = await running({ idleSeconds: 1, turnSeconds: 60 });
  const { r, clock, id, turn } = t;
  r.agent.thread.say({ type: 'item.started', ...command(turn, 'inProgress') });
  await clock.passUntil(r.event(id, 'item.started'));
  clock.advance(50_000);
  r.agent.thread.say({ type: 'item.completed', ...command(turn, 'completed') });
  await clock.passUntil(r.event(id, 'item.completed'));
  expect(await r.types(id)).not.toContain('turn.interrupting');
  expect((await clock.passUntil(r.event(id, 'turn.interrupting'))).data.reason).toMatch(/no sign of life/);
});

test('a turn that waits for an answer does not age, and goes on aging once it is answered', async () => {
  await using t = await running({ turnSeconds: 10, idleSeconds: 5 });
  const { r, clock, id, turn } = t;
  clock.advance(4000);
  r.agent.thread.say({ type: 'ask', turn, ref: 'q', ask: { kind: 'command', title: 'Run?', decisions: ['accept', 'decline'] } });
  const asked = await clock.passUntil(r.event(id, 'approval.asked'));
  clock.advance(3_600_000);
  expect(await r.types(id)).not.toContain('turn.interrupting');
  await r.host.answerApproval(asked.data.approval.id, { decision: 'accept' }, OWNER);
  const answered = clock.now();
  for (let n = 1; n <= 2; n += 1) {
    clock.advance(2500);
    r.agent.thread.say(delta(turn, 'x'));
    await clock.passUntil(r.event(id, 'item.delta', n));
  }
  const { data, at } = await clock.passUntil(r.event(id, 'turn.interrupting'));
  expect(data.reason).toMatch(/longer than its limit of 10 s/);
  expect(Date.parse(at) - answered).toBeGreaterThan(5900);
  expect(Date.parse(at) - answered).toBeLessThan(6200);
});

test('a runtime that does not confirm the stop does not keep the turn: interrupted stays interrupted, overdue stays a failure', async () => {
  for (const overdue of [false, true]) {
    await using t = await running(overdue ? { turnSeconds: 1 } : {});
    const { r, clock, id } = t;
    if (!overdue) await r.host.interrupt(id, {}, OWNER);
    await clock.passUntil(r.event(id, 'turn.interrupting'));
    clock.advance(14_000);
    expect(await r.types(id)).not.toContain('turn.failed');
    const end = await clock.passUntil<{ data: object }>(overdue ? r.event(id, 'turn.failed') : r.event(id, 'turn.interrupted'));
    expect(JSON.stringify(end.data)).toMatch(/did not confirm/);
    expect(await r.host.session(id, OWNER)).toMatchObject({ status: 'idle', lastTurn: { status: overdue ? 'failed' : 'interrupted' } });
  }
});

test('a turn that waits too long in the queue fails there, and the running one is not touched', async () => {
  await using t = await running({ idleSeconds: null });
  const { r, clock, id, turn } = t;
  const waiting = await r.host.requestTurn(id, { input: 'later', mode: 'queue', limits: { queueSeconds: 30 } }, OWNER);
  clock.advance(29_000);
  expect(await r.types(id)).not.toContain('turn.failed');
  const failed = await clock.passUntil(r.event(id, 'turn.failed'));
  expect(failed).toMatchObject({ turn: waiting.turn.id, data: { code: 'timeout', finalText: null } });
  expect(await r.host.session(id, OWNER)).toMatchObject({ currentTurn: turn, queued: 0 });
});

test('no limit is set but that of silence, and null lifts that too', async () => {
  await using healthy = await running({});
  healthy.clock.advance(899_000);
  expect(await healthy.r.types(healthy.id)).not.toContain('turn.interrupting');
  expect((await healthy.clock.passUntil(healthy.r.event(healthy.id, 'turn.interrupting'))).data.reason).toMatch(/900 s/);
  await using free = await running({ idleSeconds: null });
  free.clock.advance(365 * 86_400_000);
  expect(free.clock.waiting).toBe(0);
  expect(await free.r.types(free.id)).not.toContain('turn.interrupting');
});

test('a runtime that cannot be heard is not judged by its silence', async () => {
  let back: (answer: { unsettled: 'running' }) => void = () => undefined;
  const opens = [Promise.resolve(undefined), new Promise<{ unsettled: 'running' }>((resolve) => (back = resolve))];
  await using t = await running({ idleSeconds: 1 }, { script: { open: () => opens.shift() } });
  const { r, clock, id } = t;
  r.agent.thread.end('disconnected');
  await clock.passUntil(r.agent.called('open', 2));
  clock.advance(10_000);
  expect(await r.types(id)).not.toContain('turn.interrupting');
  const returned = clock.now();
  back({ unsettled: 'running' });
  const { at } = await clock.passUntil(r.event(id, 'turn.interrupting'));
  expect(Date.parse(at) - returned).toBeGreaterThanOrEqual(1000);
});
