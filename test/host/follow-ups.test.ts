/** Messages for a running turn in every interleaving that a real Codex does not produce on demand. */

import { expect, test } from 'vitest';
import { SpoolError } from '../../src/base/errors.js';
import type { Fact } from '../../src/ports/agent.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { OWNER, type Rig, rig } from './rig.js';

const message = (into: string, turn: string): Fact => ({
  type: 'item.started',
  turn: into,
  item: { id: `u-${turn}`, kind: 'userMessage', text: 'x', turn },
});

async function running(r: Rig): Promise<{ id: string; turn: string }> {
  const { id } = await r.host.openSession({}, OWNER);
  const { turn } = await r.host.requestTurn(id, { input: 'one' }, OWNER);
  await r.event(id, 'turn.started');
  return { id, turn: turn.id };
}

const follow = async (r: Rig, id: string, input = 'two'): Promise<string> => (await r.host.requestTurn(id, { input }, OWNER)).turn.id;

test('an accepted message is not taken in before it is seen, and ends as part of the turn', async () => {
  await using r = rig();
  const { id, turn } = await running(r);
  const second = await follow(r, id);
  await r.agent.called('steer');
  expect(await r.host.turn(id, second, OWNER)).toMatchObject({ status: 'queued', steeredInto: null });
  r.agent.thread.say(message(turn, second));
  await r.event(id, 'turn.steered');
  expect(await r.host.turn(id, second, OWNER)).toMatchObject({ status: 'running', steeredInto: turn });
  r.agent.thread.say({ type: 'turn.completed', turn, usage: null });
  await r.event(id, 'turn.completed');
  expect(await r.host.turn(id, second, OWNER)).toMatchObject({ status: 'completed', finalText: null });
});

test('a message that was accepted and lost runs as a turn of its own, also when the running turn failed or was interrupted', async () => {
  const ends = (turn: string): Fact[] => [
    { type: 'turn.completed', turn, usage: null },
    { type: 'turn.failed', turn, error: { code: 'model', message: 'no', retryable: false } },
    { type: 'turn.interrupted', turn },
  ];
  for (const end of [0, 1, 2]) {
    await using r = rig();
    const { id, turn } = await running(r);
    const second = await follow(r, id);
    await r.agent.called('steer');
    const fact = ends(turn)[end];
    if (fact !== undefined) r.agent.thread.say(fact);
    expect((await r.agent.called('startTurn', 2)).start.turn).toBe(second);
    expect(r.agent.calls.filter(({ call }) => call === 'steer')).toHaveLength(1);
  }
});

test('a message whose fate is unknown because the connection broke is not given again: it shows in the turn, or is queued at its end', async () => {
  for (const taken of [true, false]) {
    const clock = new ManualClock();
    let lose: (error: Error) => void = () => undefined;
    const steer = (): Promise<void> =>
      new Promise((_, reject) => {
        lose = reject;
      });
    await using r = rig({ clock, script: { steer, open: () => Promise.resolve({ unsettled: 'running' as const }) } });
    const { id } = await r.host.openSession({}, OWNER);
    const { turn } = await r.host.requestTurn(id, { input: 'one' }, OWNER);
    await clock.passUntil(r.event(id, 'turn.started'));
    const second = await follow(r, id);
    await r.agent.called('steer');
    lose(new SpoolError('unavailable', 'the connection is gone'));
    r.agent.thread.end('disconnected');
    await clock.passUntil(r.agent.called('open', 2));
    await clock.passUntil(r.event(id, 'session.resumed'));
    if (taken) r.agent.thread.say(message(turn.id, second));
    r.agent.thread.say({ type: 'turn.completed', turn: turn.id, usage: null });
    await clock.passUntil(r.event(id, 'turn.completed'));
    expect(r.agent.calls.filter(({ call }) => call === 'steer')).toHaveLength(1);
    const now = await r.host.turn(id, second, OWNER);
    expect(now).toMatchObject(taken ? { status: 'completed', steeredInto: turn.id } : { status: 'running', steeredInto: null });
  }
});

test('messages are given one after the other, and those behind a refused one wait with it', async () => {
  let refuse: (error: Error) => void = () => undefined;
  const steer = (): Promise<void> =>
    new Promise((_, reject) => {
      refuse = reject;
    });
  await using r = rig({ script: { steer } });
  const { id, turn } = await running(r);
  const [second, third] = [await follow(r, id, 'two'), await follow(r, id, 'three')];
  await r.agent.called('steer');
  refuse(new SpoolError('conflict', 'not now'));
  await r.event(id, 'turn.queued', 2);
  expect(r.agent.calls.filter(({ call }) => call === 'steer')).toHaveLength(1);
  r.agent.thread.say({ type: 'turn.completed', turn, usage: null });
  expect((await r.agent.called('startTurn', 2)).start.turn).toBe(second);
  await r.event(id, 'turn.started', 2);
  r.agent.thread.say({ type: 'turn.completed', turn: second, usage: null });
  expect((await r.agent.called('startTurn', 3)).start.turn).toBe(third);
});

test('in mode steer a refusal fails the message and says why', async () => {
  await using r = rig({ script: { steer: () => Promise.reject(new SpoolError('conflict', 'a review takes no messages')) } });
  const { id } = await running(r);
  const { turn } = await r.host.requestTurn(id, { input: 'two', mode: 'steer' }, OWNER);
  expect(await r.event(id, 'turn.failed')).toMatchObject({
    turn: turn.id,
    data: { message: expect.stringMatching(/a review takes no messages/) },
  });
});

test('a turn taken back before it begins never reaches the runtime', async () => {
  await using r = rig();
  const { id, turn } = await running(r);
  const { turn: second } = await r.host.requestTurn(id, { input: 'two', mode: 'queue' }, OWNER);
  expect(await r.host.cancelTurn(id, second.id, OWNER)).toMatchObject({ status: 'interrupted' });
  r.agent.thread.say({ type: 'turn.completed', turn, usage: null });
  await r.event(id, 'turn.completed');
  expect(await r.host.session(id, OWNER)).toMatchObject({ status: 'idle', queued: 0 });
  expect(r.agent.calls.filter(({ call }) => call === 'startTurn')).toHaveLength(1);
});

test('a message that the running turn had taken in when the runtime died is not run again, and one that it had not is', async () => {
  for (const taken of [true, false]) {
    const opens: { unsettled?: 'running'; taken?: ReadonlySet<string> }[] = [{}];
    await using r = rig({ script: { open: () => Promise.resolve(opens.shift() ?? {}) } });
    const { id, turn } = await running(r);
    const second = await follow(r, id);
    await r.agent.called('steer');
    opens.push(taken ? { taken: new Set([second]) } : {});
    r.agent.thread.end('exited', 'Codex was ended by SIGKILL');
    const { thread } = await r.agent.called('open', 2);
    expect(thread.given).toEqual([{ turn: second, into: 'ref-1' }]);
    expect(await r.event(id, 'turn.failed')).toMatchObject({ turn, data: { code: 'runtime-exited' } });
    if (taken) {
      expect(await r.event(id, 'turn.failed', 2)).toMatchObject({ turn: second, data: { code: 'runtime-exited', retryable: true } });
      expect(r.agent.calls.filter(({ call }) => call === 'startTurn')).toHaveLength(1);
    } else expect((await r.agent.called('startTurn', 2)).start.turn).toBe(second);
  }
});
