/** What people type as an answer to a secret question reaches the agent and never the log. */

import { expect, test } from 'vitest';
import { memoryLog } from '../../src/log/memory/memory-log.js';
import { memorySnapshots } from '../../src/log/memory/memory-snapshots.js';
import type { Fact } from '../../src/ports/agent.js';
import { OWNER, rig } from './rig.js';

const questions = [
  { id: 'user', question: 'Who?' },
  { id: 'pw', question: 'Password?', secret: true },
];
const ask = (turn: string): Fact => ({
  type: 'ask',
  turn,
  ref: 'q',
  ask: { kind: 'userInput', title: 'Log in', questions, decisions: ['accept', 'decline'] },
});

test('a secret answer is handed on and not written down, and the other answers are both', async () => {
  await using r = rig();
  const { id } = await r.host.openSession({}, OWNER);
  const { turn } = await r.host.requestTurn(id, { input: 'hi' }, OWNER);
  await r.event(id, 'turn.started');
  r.agent.thread.say(ask(turn.id));
  const asked = await r.event(id, 'approval.asked');
  const value = { user: 'ann', pw: 'hunter2' };
  await r.host.answerApproval(asked.data.approval.id, { decision: 'accept', value }, OWNER);
  expect(await r.agent.called('answer')).toMatchObject({ ref: 'q', answer: { decision: 'accept', value } });
  const { data } = await r.event(id, 'approval.answered');
  expect(data.answer).toEqual({ decision: 'accept', value: { answers: { user: ['ann'] } }, withheld: true });
  expect(JSON.stringify((await r.host.events(id, { after: 0, limit: 100 }, OWNER)).events)).not.toContain('hunter2');
  expect(JSON.stringify(await r.host.approval(asked.data.approval.id, OWNER))).not.toContain('hunter2');
});

test('a secret that was lost with its host is a no, and the session says so', async () => {
  const parts = { log: memoryLog(), snapshots: memorySnapshots() };
  const first = rig(parts);
  const { id } = await first.host.openSession({}, OWNER);
  const { turn } = await first.host.requestTurn(id, { input: 'hi' }, OWNER);
  await first.event(id, 'turn.started');
  first.agent.thread.say(ask(turn.id));
  const asked = await first.event(id, 'approval.asked');
  first.agent.thread.end('disconnected');
  await first.host.answerApproval(asked.data.approval.id, { decision: 'accept', value: { user: 'ann', pw: 'hunter2' } }, OWNER);
  await first[Symbol.asyncDispose]();

  await using second = rig({ ...parts, script: { open: () => Promise.resolve({ unsettled: 'running' }) } });
  await second.event(id, 'session.resumed', 1);
  second.agent.thread.say(ask(turn.id));
  expect(await second.agent.called('answer')).toMatchObject({ ref: 'q', answer: { decision: 'decline' } });
  expect((await second.event(id, 'warning.raised')).data.message).toMatch(/secret/);
});
