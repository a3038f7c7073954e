/** A runtime that is switched off and on while a host runs: nothing new begins, and what runs is left to its end. */

import { expect, test } from 'vitest';
import { SpoolError } from '../../src/base/errors.js';
import { memoryLog } from '../../src/log/memory/memory-log.js';
import { memorySnapshots } from '../../src/log/memory/memory-snapshots.js';
import { fixedAgents, MOCK, OWNER, type Rig, type RigOptions, rig } from './rig.js';

/** A host with a switch in the test's hands. */
class Switch {
  off = false;
  readonly runtimeOff = (runtime: string): SpoolError | undefined =>
    this.off
      ? new SpoolError('unsupported', `the runtime ${runtime} is switched off on this host`, { hint: 'spool codex runtime on' })
      : undefined;
}

const refusal = { code: 'unsupported', message: 'the runtime mock is switched off on this host', hint: 'spool codex runtime on' };

async function withTurn(options: RigOptions): Promise<{ r: Rig; id: string; turn: string }> {
  const r = rig(options);
  const { id } = await r.host.openSession({}, OWNER);
  const { turn } = await r.host.requestTurn(id, { input: 'one', commandId: 'first' }, OWNER);
  await r.event(id, 'turn.started');
  return { r, id, turn: turn.id };
}

test('sessions, copies, turns, compactions and reviews are refused with what to do; what was accepted before is answered as before', async () => {
  const it = new Switch();
  const { r, id, turn } = await withTurn(it);
  await using _ = r;
  r.agent.thread.say({ type: 'turn.completed', turn, usage: null });
  await r.event(id, 'turn.completed');
  it.off = true;
  await expect(r.host.openSession({}, OWNER)).rejects.toMatchObject(refusal);
  await expect(r.host.forkSession(id, {}, OWNER)).rejects.toMatchObject(refusal);
  await expect(r.host.requestTurn(id, { input: 'two' }, OWNER)).rejects.toMatchObject(refusal);
  await expect(r.host.compactSession(id, {}, OWNER)).rejects.toMatchObject(refusal);
  await expect(r.host.reviewSession(id, { target: { type: 'uncommittedChanges' } }, OWNER)).rejects.toMatchObject(refusal);
  expect((await r.host.requestTurn(id, { input: 'one', commandId: 'first' }, OWNER)).turn.id).toBe(turn);
  expect((await r.host.session(id, OWNER)).status).toBe('idle');

  it.off = false;
  const { turn: next } = await r.host.requestTurn(id, { input: 'two' }, OWNER);
  expect((await r.agent.called('startTurn', 2)).start.turn).toBe(next.id);
});

test('the running turn goes on to its end, and those that wait behind it fail with the reason', async () => {
  const it = new Switch();
  const { r, id, turn } = await withTurn(it);
  await using _ = r;
  const waiting = await r.host.requestTurn(id, { input: 'two', mode: 'queue' }, OWNER);
  const last = await r.host.requestTurn(id, { input: 'three', mode: 'queue' }, OWNER);
  it.off = true;
  r.agent.thread.say({ type: 'item.delta', turn, item: 'm', kind: 'text', text: 'still here' });
  r.agent.thread.say({ type: 'turn.completed', turn, usage: null });
  await r.event(id, 'turn.failed', 2);
  expect((await r.host.turn(id, turn, OWNER)).status).toBe('completed');
  for (const one of [waiting, last]) {
    const message = 'the runtime mock is switched off on this host (spool codex runtime on)';
    expect(await r.host.turn(id, one.turn.id, OWNER)).toMatchObject({ status: 'failed', error: { message } });
  }
  expect(r.agent.calls.filter(({ call }) => call === 'startTurn')).toHaveLength(1);
});

test('a host that starts while it is off picks up the turn that runs, and begins none that had not begun', async () => {
  const it = new Switch();
  const parts = { log: memoryLog(), snapshots: memorySnapshots() };
  const { r, id, turn } = await withTurn({ ...parts, ...it });
  const { turn: second } = await r.host.requestTurn(id, { input: 'two', mode: 'queue' }, OWNER);
  await r.host[Symbol.asyncDispose]();
  it.off = true;
  await using next = rig({ ...parts, runtimeOff: it.runtimeOff, script: { open: () => Promise.resolve({ unsettled: 'running' }) } });
  await next.event(id, 'session.resumed');
  next.agent.thread.say({ type: 'turn.completed', turn, usage: null });
  await next.event(id, 'turn.completed');
  expect((await next.event(id, 'turn.failed')).turn).toBe(second.id);
  expect(next.agent.calls.some(({ call }) => call === 'startTurn')).toBe(false);
});

test('a turn that waits for a conversation that is not open fails without one being opened, and the next one after that begins', async () => {
  const it = new Switch();
  const { r, id, turn } = await withTurn(it);
  await using _ = r;
  await r.host.requestTurn(id, { input: 'two', mode: 'queue' }, OWNER);
  it.off = true;
  r.agent.thread.say({ type: 'turn.failed', turn, error: { code: 'runtime-exited', message: 'gone', retryable: true } });
  r.agent.thread.say({ type: 'ended', how: 'exited', message: 'gone', exitCode: 1, signal: null, stderrTail: '' });
  await r.event(id, 'turn.failed', 2);
  expect(r.agent.calls.filter(({ call }) => call === 'open')).toHaveLength(1);
  it.off = false;
  const { turn: third } = await r.host.requestTurn(id, { input: 'three' }, OWNER);
  expect((await r.agent.called('startTurn', 2)).start.turn).toBe(third.id);
});

test('a review that was to begin is told as failed, and no session is opened for it', async () => {
  const it = new Switch();
  const reviewed = { ...MOCK, reviewLoop: { afterTurns: 1 } };
  const { r, id, turn } = await withTurn({ ...it, agents: fixedAgents({ get: () => reviewed, list: () => [reviewed] }) });
  await using _ = r;
  it.off = true;
  r.agent.thread.say({ type: 'item.completed', turn, item: { id: 'm', kind: 'agentMessage', text: 'done' } });
  r.agent.thread.say({ type: 'turn.completed', turn, usage: null });
  expect((await r.event(id, 'review.failed')).data.message).toBe(refusal.message);
  expect((await r.host.listSessions({ limit: 10 }, OWNER)).items.map((session) => session.id)).toEqual([id]);
});
