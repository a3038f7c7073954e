/** A host that dies at each step of a task that one of its agents does: the next one goes on, and nothing is done twice. */

import { expect, test } from 'vitest';
import { OWNER } from '../host/rig.js';
import { GOES_ON, lives, told } from './lives.js';
import { nth } from './mortal-log.js';
import { agent } from './stage.js';

const AGENTS = [agent('a')];
const COMMAND = { id: 'c', kind: 'command', command: 'make', status: 'completed' } as const;

for (const [step, type, n] of [
  ['is sent and leased, before its session is open', 'session.opened', 1],
  ['has a session, before its turn is requested', 'turn.requested', 1],
  ['has a turn, before it knows that', 'task.started', 1],
] as const) {
  for (const written of [false, true]) {
    test(`a task whose host dies when it ${step}${written ? ', with the answer lost' : ''}, has one session and one turn`, async () => {
      const at = lives(AGENTS);
      const first = at.begin();
      first.mortal.dieAt(nth(type, n), written);
      const { id } = await first.send({ to: 'a', input: 'x' });
      await first.mortal.death;
      await using next = at.begin();
      const { turn = '', session } = await next.becomes(id, 'running');
      const { start } = await next.agent.called('startTurn');
      expect(start.turn).toBe(turn);
      next.agent.thread.say({ type: 'turn.completed', turn, usage: null });
      expect(await next.becomes(id, 'replied')).toMatchObject({ attempts: 1 });
      expect((await next.host.listSessions({ limit: 10 }, OWNER)).items.map((one) => one.id)).toEqual([session]);
      expect((await told(next, session)).filter((one) => one === 'turn.requested')).toHaveLength(1);
      expect(await next.history(id)).toEqual(['task.sent', 'task.leased', 'task.started', 'task.replied']);
    });
  }
}

test('a turn that ended just before its host died is the reply, and is not begun again', async () => {
  const at = lives(AGENTS);
  const first = at.begin();
  const { id } = await first.send({ to: 'a', input: 'x' });
  const { turn = '', session = '' } = await first.becomes(id, 'running');
  first.mortal.dieAt(nth('task.replied'));
  first.agent.thread.say(
    { type: 'item.completed', turn, item: COMMAND },
    { type: 'item.completed', turn, item: { id: 'm', kind: 'agentMessage', text: 'made' } },
    { type: 'turn.completed', turn, usage: null },
  );
  await first.mortal.death;
  await using next = at.begin();
  expect(await next.becomes(id, 'replied')).toMatchObject({ reply: 'made', attempts: 1 });
  expect(next.agent.calls).toEqual([]);
  expect((await told(next, session)).filter((one) => one === 'turn.requested')).toHaveLength(1);
});

test('a turn that the runtime has lost with its host, after it had done something, waits for a person', async () => {
  const at = lives(AGENTS);
  const first = at.begin();
  const { id } = await first.send({ to: 'a', input: 'x' });
  const { turn = '', session = '' } = await first.becomes(id, 'running');
  first.agent.thread.say({ type: 'item.completed', turn, item: COMMAND });
  await first.event(session, 'item.completed');
  first.mortal.die();
  await using next = at.begin();
  expect((await next.becomes(id, 'waiting')).waiting).toMatchObject({ for: 'decision', effects: ['ran make'] });
  await next.hub.approveTask(id, {}, OWNER);
  const again = at.clock.passUntil(next.becomes(id, 'running'));
  expect(await again).toMatchObject({ attempts: 2 });
});

test('a task that was called off has its turn stopped, also when the host died between the two', async () => {
  const at = lives(AGENTS);
  const first = at.begin();
  const { id } = await first.send({ to: 'a', input: 'x' });
  await first.becomes(id, 'running');
  await first.agent.called('startTurn');
  first.mortal.dieAt(nth('turn.interrupting'));
  await first.hub.cancelTask(id, {}, OWNER);
  await first.mortal.death;
  await using next = at.begin(GOES_ON);
  await next.agent.called('interrupt');
  expect((await next.hub.task(id, OWNER)).status).toBe('cancelled');
});

test('a task is not called off while its turn is being requested: that turn would be nobody’s when the host dies now', async () => {
  const at = lives(AGENTS);
  const first = at.begin();
  first.mortal.dieAt(nth('turn.requested'), true);
  const { id } = await first.send({ to: 'a', input: 'x' });
  const cancelled = first.hub.cancelTask(id, {}, OWNER).then(() => 'answered');
  await first.mortal.death;
  expect(await Promise.race([cancelled, new Promise((resolve) => setImmediate(() => resolve('not yet')))])).toBe('not yet');
  await using next = at.begin();
  const { turn = '' } = await next.becomes(id, 'running');
  await next.hub.cancelTask(id, {}, OWNER);
  expect(await next.agent.called('interrupt')).toMatchObject({ call: 'interrupt' });
  next.agent.thread.say({ type: 'turn.interrupted', turn });
  expect(await next.history(id)).toEqual(['task.sent', 'task.leased', 'task.started', 'task.cancelled']);
});

test('an end that cannot be written down for a while is written later, and nothing is begun again', async () => {
  const at = lives(AGENTS);
  await using host = at.begin();
  const { id } = await host.send({ to: 'a', input: 'x' });
  const { turn = '' } = await host.becomes(id, 'running');
  // What is shorter would still find room: it must not be said in the place of the end.
  host.mortal.fill(({ types }) => types.includes('task.replied'));
  host.agent.thread.say(
    { type: 'item.completed', turn, item: { id: 'm', kind: 'agentMessage', text: 'made' } },
    { type: 'turn.completed', turn, usage: null },
  );
  await at.clock.passUntil(host.mortal.refusals(2));
  host.mortal.free();
  expect(await at.clock.passUntil(host.becomes(id, 'replied'))).toMatchObject({ reply: 'made', attempts: 1 });
  expect(await host.history(id)).toEqual(['task.sent', 'task.leased', 'task.started', 'task.replied']);
});

test('a task that cannot be begun for a while because the disk is full is begun later, without haste', async () => {
  const at = lives(AGENTS);
  await using host = at.begin();
  host.mortal.fill(({ types }) => !types.includes('task.sent'));
  const { id } = await host.send({ to: 'a', input: 'x' });
  await at.clock.passUntil(host.mortal.refusals(4));
  // Time stands still: nobody tries again meanwhile.
  const before = host.mortal.refused;
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(host.mortal.refused - before).toBeLessThan(4);
  host.mortal.free();
  const { turn = '' } = await at.clock.passUntil(host.becomes(id, 'running'));
  host.agent.thread.say({ type: 'turn.completed', turn, usage: null });
  expect(await at.clock.passUntil(host.becomes(id, 'replied'))).toMatchObject({ attempts: 1 });
});
