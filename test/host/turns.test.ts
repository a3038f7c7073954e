/** The host with a scripted agent: what is recorded, what the runtime is asked, and in which order. */

import { expect, test } from 'vitest';
import { SpoolError } from '../../src/base/errors.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { OWNER, rig } from './rig.js';

test('a turn is recorded before the runtime hears of it, and its facts follow in order', async () => {
  await using r = rig();
  const { id } = await r.host.openSession({}, OWNER);
  const accepted = await r.host.requestTurn(id, { input: 'hi' }, OWNER);
  expect(accepted).toMatchObject({ disposition: 'started', turn: { status: 'running', session: id } });
  const { start } = await r.agent.called('startTurn');
  expect(start).toMatchObject({ turn: accepted.turn.id, input: [{ type: 'text', text: 'hi' }] });
  expect(await r.types(id)).toContain('turn.requested');

  await r.event(id, 'turn.started');
  const turn = accepted.turn.id;
  r.agent.thread.say(
    { type: 'item.started', turn, item: { id: 'm', kind: 'agentMessage', text: '' } },
    { type: 'item.delta', turn, item: 'm', kind: 'text', text: 'hel' },
    { type: 'item.delta', turn, item: 'm', kind: 'text', text: 'lo' },
    { type: 'item.completed', turn, item: { id: 'm', kind: 'agentMessage', text: 'hello' } },
    { type: 'turn.completed', turn, usage: null },
  );
  expect(await r.event(id, 'turn.completed')).toMatchObject({ turn, data: { finalText: 'hello' } });
  expect(await r.host.turn(id, turn, OWNER)).toMatchObject({ status: 'completed', finalText: 'hello' });
  expect(await r.host.session(id, OWNER)).toMatchObject({ status: 'idle', currentTurn: null, lastTurn: { id: turn, status: 'completed' } });
  const { events } = await r.host.events(id, { after: 0, limit: 100 }, OWNER);
  expect(events.map((event) => event.position)).toEqual(events.map((_, index) => index + 1));
});

test('the same command id asks for one turn only and gets the same answer', async () => {
  await using r = rig();
  const { id } = await r.host.openSession({}, OWNER);
  const first = await r.host.requestTurn(id, { input: 'hi', commandId: 'k' }, OWNER);
  await r.event(id, 'turn.started');
  const second = await r.host.requestTurn(id, { input: 'hi', commandId: 'k', mode: 'reject' }, OWNER);
  expect(second).toEqual(first);
  await expect(r.host.requestTurn(id, { input: 'other', commandId: 'k' }, OWNER)).rejects.toMatchObject({ code: 'conflict' });
  expect((await r.host.listTurns(id, { limit: 10 }, OWNER)).items).toHaveLength(1);
});

test('the same command id opens one session only and gets the same answer', async () => {
  await using r = rig();
  const first = await r.host.openSession({ title: 'a', commandId: 'k' }, OWNER);
  await r.host.requestTurn(first.id, { input: 'hi' }, OWNER);
  expect(await r.host.openSession({ title: 'a', commandId: 'k' }, OWNER)).toEqual(first);
});

test('a runtime that refuses the turn fails it with its words, and the session takes the next one', async () => {
  let refuse = true;
  await using r = rig({
    script: { startTurn: () => (refuse ? Promise.reject(new SpoolError('runtime-failed', 'no such model')) : Promise.resolve('ref')) },
  });
  const { id } = await r.host.openSession({}, OWNER);
  await r.host.requestTurn(id, { input: 'one' }, OWNER);
  expect(await r.event(id, 'turn.failed')).toMatchObject({ data: { code: 'internal', message: 'no such model' } });
  refuse = false;
  await r.host.requestTurn(id, { input: 'two' }, OWNER);
  await r.event(id, 'turn.started');
});

test('a runtime that cannot be opened fails the turn with its hint', async () => {
  await using r = rig({
    script: {
      open: () => Promise.reject(new SpoolError('runtime-missing', 'codex is not installed', { hint: 'npm install -g @openai/codex' })),
    },
  });
  const { id } = await r.host.openSession({}, OWNER);
  await r.host.requestTurn(id, { input: 'one' }, OWNER);
  const failed = await r.event(id, 'turn.failed');
  expect(failed.data.message).toBe('codex is not installed (npm install -g @openai/codex)');
});

test('an interrupt reaches the runtime, and one that comes before the start never starts the turn', async () => {
  let opened = (): void => undefined;
  const gate = new Promise<undefined>((resolve) => {
    opened = () => resolve(undefined);
  });
  await using r = rig({ script: { open: () => gate } });
  const { id } = await r.host.openSession({}, OWNER);
  const { turn } = await r.host.requestTurn(id, { input: 'one' }, OWNER);
  await r.host.interrupt(id, {}, OWNER);
  opened();
  expect(await r.event(id, 'turn.interrupted')).toMatchObject({ turn: turn.id });

  const second = await r.host.requestTurn(id, { input: 'two' }, OWNER);
  await r.event(id, 'turn.started');
  await r.host.interrupt(id, {}, OWNER);
  expect(await r.agent.called('interrupt')).toMatchObject({ turn: second.turn.id });
  r.agent.thread.say({ type: 'turn.interrupted', turn: second.turn.id });
  await r.event(id, 'turn.interrupted', 2);
  expect(r.agent.calls.filter((call) => call.call === 'startTurn')).toHaveLength(1);
});

test('a refused steer goes to the queue and runs next', async () => {
  await using r = rig({ script: { steer: () => Promise.reject(new SpoolError('conflict', 'no active turn to steer')) } });
  const { id } = await r.host.openSession({}, OWNER);
  const first = await r.host.requestTurn(id, { input: 'one' }, OWNER);
  await r.event(id, 'turn.started');
  const second = await r.host.requestTurn(id, { input: 'two' }, OWNER);
  expect(second.disposition).toBe('steered');
  await r.event(id, 'turn.queued');
  r.agent.thread.say({ type: 'turn.completed', turn: first.turn.id, usage: null });
  expect(await r.event(id, 'turn.started', 2)).toMatchObject({ turn: second.turn.id });
});

test('a question waits for the first answer, the second is told who answered', async () => {
  await using r = rig();
  const { id } = await r.host.openSession({}, OWNER);
  const { turn } = await r.host.requestTurn(id, { input: 'one' }, OWNER);
  await r.event(id, 'turn.started');
  r.agent.thread.say({ type: 'ask', turn: turn.id, ref: 'q', ask: { kind: 'command', title: 'ls', decisions: ['accept', 'decline'] } });
  const asked = await r.event(id, 'approval.asked');
  const approval = asked.data.approval.id;
  expect((await r.host.listApprovals({}, OWNER)).items).toMatchObject([{ id: approval, status: 'pending' }]);
  expect(await r.host.answerApproval(approval, { decision: 'accept' }, OWNER)).toMatchObject({ status: 'answered', answeredBy: 'owner' });
  expect(await r.agent.called('answer')).toMatchObject({ ref: 'q', answer: { decision: 'accept' } });
  await expect(r.host.answerApproval(approval, { decision: 'decline' }, OWNER)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('owner has answered: accept'),
  });
});

test('a viewer may look and may not touch', async () => {
  await using r = rig();
  const viewer = { name: 'vera', role: 'viewer' } as const;
  const { id } = await r.host.openSession({}, OWNER);
  expect(await r.host.session(id, viewer)).toMatchObject({ id });
  await expect(r.host.requestTurn(id, { input: 'x' }, viewer)).rejects.toMatchObject({ code: 'forbidden' });
});

test.each([
  ['an unknown session', 'ses_00000000000000000000000000'],
  ['a text that is no session id', '../etc'],
])('%s is not found', async (_, id) => {
  await using r = rig();
  await expect(r.host.requestTurn(id, { input: 'x' }, OWNER)).rejects.toMatchObject({ code: 'not-found' });
  await expect(r.host.head(id, OWNER)).rejects.toMatchObject({ code: 'not-found' });
});

test('a place of work that is not there is refused by name', async () => {
  await using r = rig();
  await expect(r.host.openSession({ cwd: '/no/such/folder' }, OWNER)).rejects.toThrow('/no/such/folder');
  await expect(r.host.openSession({ cwd: 'relative' }, OWNER)).rejects.toThrow('absolute');
  await expect(r.host.openSession({ agent: 'nobody' }, OWNER)).rejects.toMatchObject({
    code: 'not-found',
    hint: 'agents of this host: default',
  });
});

test('what frames the work waits a moment for company; a delta, a question and an end take it along at once', async () => {
  const clock = new ManualClock();
  await using r = rig({ clock });
  const { id } = await r.host.openSession({}, OWNER);
  const { turn } = await r.host.requestTurn(id, { input: 'one' }, OWNER);
  await clock.passUntil(r.event(id, 'turn.started'));
  const before = (await r.log.head()).position;
  const message = { id: 'm', kind: 'agentMessage', text: '' } as const;
  r.agent.thread.say(
    { type: 'item.started', turn: turn.id, item: message },
    { type: 'item.delta', turn: turn.id, item: 'm', kind: 'text', text: 'hi' },
  );
  await r.event(id, 'item.delta');
  r.agent.thread.say(
    { type: 'item.completed', turn: turn.id, item: { ...message, text: 'hi' } },
    { type: 'turn.completed', turn: turn.id, usage: null },
  );
  await r.event(id, 'turn.completed');
  // The clock stood still all the while, and each pair cost one record.
  expect((await r.log.head()).position - before).toBe(2);
});

test('an interrupt that names a turn stops that one only', async () => {
  await using r = rig();
  const { id } = await r.host.openSession({}, OWNER);
  const { turn } = await r.host.requestTurn(id, { input: 'hi' }, OWNER);
  await r.event(id, 'turn.started');
  expect(await r.host.interrupt(id, { turn: 'trn_other' }, OWNER)).toMatchObject({ turn: null });
  expect(await r.types(id)).not.toContain('turn.interrupting');
  expect(await r.host.interrupt(id, { turn: turn.id }, OWNER)).toMatchObject({ turn: { id: turn.id } });
});

test('an interrupt that is repeated does not stop the turn that has begun since', async () => {
  await using r = rig();
  const { id } = await r.host.openSession({}, OWNER);
  const { turn } = await r.host.requestTurn(id, { input: 'one' }, OWNER);
  const { turn: next } = await r.host.requestTurn(id, { input: 'two', mode: 'queue' }, OWNER);
  await r.event(id, 'turn.started');
  const first = await r.host.interrupt(id, { commandId: 'k' }, OWNER);
  r.agent.thread.say({ type: 'turn.interrupted', turn: turn.id });
  await r.event(id, 'turn.started', 2);
  expect(await r.host.interrupt(id, { commandId: 'k' }, OWNER)).toMatchObject({ turn: { id: turn.id }, position: first.position });
  expect(await r.host.session(id, OWNER)).toMatchObject({ currentTurn: next.id });
  expect((await r.types(id)).filter((type) => type === 'turn.interrupting')).toHaveLength(1);
});
