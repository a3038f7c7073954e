/** Restarts of the host with a scripted agent: nothing is lost, nothing is done twice, questions come back as themselves. */

import { expect, test } from 'vitest';
import { SpoolError } from '../../src/base/errors.js';
import type { AgentInfo } from '../../src/contract/host.js';
import { memoryLog } from '../../src/log/memory/memory-log.js';
import { memorySnapshots } from '../../src/log/memory/memory-snapshots.js';
import type { Fact } from '../../src/ports/agent.js';
import type { Log } from '../../src/ports/log.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { fixedAgents, MOCK, OWNER, rig } from './rig.js';

test('a turn that ran when the host went goes on in the next one', async () => {
  const parts = { log: memoryLog(), snapshots: memorySnapshots() };
  const first = rig(parts);
  const { id } = await first.host.openSession({}, OWNER);
  const { turn } = await first.host.requestTurn(id, { input: 'one' }, OWNER);
  const started = await first.event(id, 'turn.started');
  await first.host[Symbol.asyncDispose]();

  await using second = rig({ ...parts, script: { open: () => Promise.resolve({ unsettled: 'running' }) } });
  const { thread } = await second.agent.called('open');
  expect(thread).toMatchObject({ resume: 'thread-1', hadTurns: true, unsettled: { turn: turn.id, ref: started.data.ref } });
  expect(await second.event(id, 'session.resumed')).toMatchObject({ data: { fresh: false, gap: true } });
  second.agent.thread.say({ type: 'turn.completed', turn: turn.id, usage: null });
  await second.event(id, 'turn.completed');
  expect(second.agent.calls.filter((call) => call.call === 'startTurn')).toEqual([]);
});

test('a turn whose start may have been sent is asked for before it is sent again', async () => {
  const parts = { log: memoryLog(), snapshots: memorySnapshots() };
  const never = new Promise<string>(() => undefined);
  const first = rig({ ...parts, script: { startTurn: () => never } });
  const { id } = await first.host.openSession({}, OWNER);
  const { turn } = await first.host.requestTurn(id, { input: 'one' }, OWNER);
  await first.agent.called('startTurn');
  await first.host[Symbol.asyncDispose]();

  await using second = rig(parts);
  const { thread } = await second.agent.called('open');
  expect(thread.unsettled).toEqual({ turn: turn.id, ref: undefined });
  // The runtime never heard of it: now, and only now, it is sent.
  expect(await second.agent.called('startTurn')).toMatchObject({ start: { turn: turn.id } });
});

test('a started turn that the runtime has lost fails with the reason', async () => {
  const parts = { log: memoryLog(), snapshots: memorySnapshots() };
  const first = rig(parts);
  const { id } = await first.host.openSession({}, OWNER);
  await first.host.requestTurn(id, { input: 'one' }, OWNER);
  await first.event(id, 'turn.started');
  await first.host[Symbol.asyncDispose]();

  await using second = rig(parts);
  expect(await second.event(id, 'turn.failed')).toMatchObject({ data: { code: 'runtime-exited', retryable: true } });
});

test('a pending question survives the restart as the same approval; an answer given before is given again', async () => {
  const parts = { log: memoryLog(), snapshots: memorySnapshots() };
  const first = rig(parts);
  const { id } = await first.host.openSession({}, OWNER);
  const { turn } = await first.host.requestTurn(id, { input: 'one' }, OWNER);
  await first.event(id, 'turn.started');
  const question: Fact = { type: 'ask', turn: turn.id, ref: 'q', ask: { kind: 'command', title: 'ls', decisions: ['accept', 'decline'] } };
  first.agent.thread.say(question);
  const asked = await first.event(id, 'approval.asked');
  await first.host[Symbol.asyncDispose]();

  const second = rig({ ...parts, script: { open: () => Promise.resolve({ unsettled: 'running' }) } });
  expect((await second.host.listApprovals({}, OWNER)).items).toEqual([asked.data.approval]);
  await second.agent.called('open');
  await second.event(id, 'session.resumed');
  // Answered while the runtime has not asked again yet: nothing can be delivered, the answer waits.
  await second.host.answerApproval(asked.data.approval.id, { decision: 'accept' }, OWNER);
  expect(second.agent.calls.some((call) => call.call === 'answer')).toBe(false);
  second.agent.thread.say(question);
  expect(await second.agent.called('answer')).toMatchObject({ ref: 'q', answer: { decision: 'accept' } });
  await second.host[Symbol.asyncDispose]();

  await using third = rig({ ...parts, script: { open: () => Promise.resolve({ unsettled: 'running' }) } });
  await third.event(id, 'session.resumed', 2);
  third.agent.thread.say(question);
  expect(await third.agent.called('answer')).toMatchObject({ ref: 'q' });
  expect((await third.types(id)).filter((type) => type === 'approval.asked')).toHaveLength(1);
});

test('a lost connection is opened again and the turn goes on', async () => {
  await using r = rig({
    script: { open: (thread) => Promise.resolve(thread.unsettled === undefined ? undefined : { unsettled: 'running' }) },
  });
  const { id } = await r.host.openSession({}, OWNER);
  const { turn } = await r.host.requestTurn(id, { input: 'one' }, OWNER);
  await r.event(id, 'turn.started');
  r.agent.thread.end('disconnected');
  await r.event(id, 'session.resumed');
  r.agent.thread.say({ type: 'turn.completed', turn: turn.id, usage: null });
  await r.event(id, 'turn.completed');
});

test('a session at rest falls asleep, lets its thread go, and wakes for the next turn', async () => {
  const clock = new ManualClock();
  await using r = rig({ clock, sleepAfterMs: 1000 });
  const { id } = await r.host.openSession({}, OWNER);
  await r.agent.called('open');
  await r.event(id, 'runtime.started');
  clock.advance(1000);
  await r.agent.called('dispose');
  await r.host.requestTurn(id, { input: 'one' }, OWNER);
  expect(await r.agent.called('open', 2)).toMatchObject({ thread: { resume: 'thread-1', hadTurns: false, unsettled: undefined } });
  await clock.passUntil(r.event(id, 'turn.started'));
});

test('a session is never put to sleep under a running turn', async () => {
  const clock = new ManualClock();
  await using r = rig({ clock, sleepAfterMs: 1000 });
  const { id } = await r.host.openSession({}, OWNER);
  await r.host.requestTurn(id, { input: 'one' }, OWNER);
  await clock.passUntil(r.event(id, 'turn.started'));
  clock.advance(60_000);
  expect((await r.host.status()).sessions).toMatchObject({ awake: 1, running: 1 });
});

test('a full disk loses no fact: they are written, in order, when there is room again', async () => {
  const real = memoryLog();
  let full = false;
  let refusals = 0;
  let refusedTwice = (): void => undefined;
  const commandAndFactRefused = new Promise<void>((resolve) => {
    refusedTwice = resolve;
  });
  const log = logWith(real, (...args) => {
    if (!full) return real.append(...args);
    refusals += 1;
    if (refusals === 2) refusedTwice();
    return Promise.reject(new SpoolError('storage-full', 'no space left'));
  });
  const clock = new ManualClock();
  await using r = rig({ log, clock });
  const { id } = await r.host.openSession({}, OWNER);
  const { turn } = await r.host.requestTurn(id, { input: 'one' }, OWNER);
  await clock.passUntil(r.event(id, 'turn.started'));
  full = true;
  r.agent.thread.say({ type: 'item.delta', turn: turn.id, item: 'm', kind: 'text', text: 'a' });
  await expect(r.host.requestTurn(id, { input: 'two', mode: 'queue' }, OWNER)).rejects.toMatchObject({ code: 'storage-full' });
  r.agent.thread.say(
    { type: 'item.delta', turn: turn.id, item: 'm', kind: 'text', text: 'b' },
    { type: 'turn.completed', turn: turn.id, usage: null },
  );
  await commandAndFactRefused;
  full = false;
  await clock.passUntil(r.event(id, 'turn.completed'));
  const { events } = await r.host.events(id, { after: 0, limit: 100 }, OWNER);
  const text = events.flatMap((event) => (event.type === 'item.delta' ? [event.data.text] : [])).join('');
  expect(text).toBe('ab');
});

test('a turn is sent to a conversation only when the log knows that conversation', async () => {
  const requested = new Gate();
  const asked = new Gate();
  const room = new Gate();
  const real = memoryLog();
  const log = logWith(real, async (...args) => {
    const [, { events }] = args;
    if (events.some(({ type }) => type === 'runtime.started')) {
      asked.open();
      await room.opened;
    }
    return await real.append(...args);
  });
  await using r = rig({ log, script: { open: () => requested.opened.then(() => undefined) } });
  const { id } = await r.host.openSession({}, OWNER);
  const { turn } = await r.host.requestTurn(id, { input: 'one' }, OWNER);
  requested.open();
  await asked.opened;
  expect(r.agent.calls.filter(({ call }) => call === 'startTurn')).toEqual([]);
  room.open();
  expect((await r.agent.called('startTurn')).start.turn).toBe(turn.id);
});

class Gate {
  open: () => void = () => undefined;
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

function logWith(real: Log, append: Log['append']): Log {
  return {
    append,
    read: (query) => real.read(query),
    follow: (query) => real.follow(query),
    head: (stream) => real.head(stream),
    find: (stream, commandId) => real.find(stream, commandId),
    streams: () => real.streams(),
    [Symbol.asyncDispose]: () => real[Symbol.asyncDispose](),
  };
}

test("a session whose agent's file was broken goes on once it is mended", async () => {
  const broken = new SpoolError('invalid-input', "the agent's file is not JSON");
  let sound = true;
  const get = (): AgentInfo => {
    if (sound) return MOCK;
    throw broken;
  };
  await using r = rig({
    agents: fixedAgents({ get, list: () => [] }),
    script: { open: () => (sound ? Promise.resolve({}) : Promise.reject(broken)) },
  });
  const { id } = await r.host.openSession({}, OWNER);
  await r.agent.called('open');
  r.agent.thread.say({ type: 'ended', how: 'closed', message: 'stopped', exitCode: 0, signal: null, stderrTail: '' });
  sound = false;
  await r.host.requestTurn(id, { input: 'one' }, OWNER);
  expect(await r.event(id, 'turn.failed')).toMatchObject({ data: { message: expect.stringContaining('not JSON') as string } });
  sound = true;
  const { turn } = await r.host.requestTurn(id, { input: 'two' }, OWNER);
  expect(await r.event(id, 'turn.started')).toMatchObject({ turn: turn.id });
});
