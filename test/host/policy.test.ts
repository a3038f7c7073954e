/** Who answers: the session's policy, else its agent's, else a person; and what becomes of a question that nobody answers. */

import { expect, test } from 'vitest';
import type { ApprovalPolicy } from '../../src/contract/approval-policy.js';
import { parseEvent } from '../../src/contract/event-text.js';
import type { AgentInfo } from '../../src/contract/host.js';
import { memoryLog } from '../../src/log/memory/memory-log.js';
import { memorySnapshots } from '../../src/log/memory/memory-snapshots.js';
import type { Fact } from '../../src/ports/agent.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { fixedAgents, MOCK, OWNER, type Rig, rig } from './rig.js';

interface Ruled extends AsyncDisposable {
  readonly r: Rig;
  readonly clock: ManualClock;
  readonly id: string;
  /** What the agent's file says; null while it is broken. */
  file: AgentInfo | null;
  /** The agent asks to run this command. */
  ask(command: string): void;
}

/** A session in which a turn runs, of an agent with this policy. */
async function ruled(approvals: ApprovalPolicy, session: { approvals?: ApprovalPolicy } = {}): Promise<Ruled> {
  const clock = new ManualClock();
  const get = (): AgentInfo => {
    if (t.file === null) throw new Error('the file is not JSON');
    return t.file;
  };
  const r = rig({ clock, agents: fixedAgents({ get, list: () => [] }) });
  let turn = '';
  let asked = 0;
  const t: Ruled = {
    r,
    clock,
    id: '',
    file: { ...MOCK, approvals },
    ask(command) {
      const decisions = ['accept', 'decline', 'cancel'] as const;
      const ask: Extract<Fact, { type: 'ask' }>['ask'] = { kind: 'command', title: 'Run?', command, cwd: '/', decisions: [...decisions] };
      r.agent.thread.say({ type: 'ask', turn, ref: `q${++asked}`, ask });
    },
    [Symbol.asyncDispose]: () => r[Symbol.asyncDispose](),
  };
  const { id } = await r.host.openSession(session, OWNER);
  const requested = await r.host.requestTurn(id, { input: 'hi', limits: { idleSeconds: null } }, OWNER);
  turn = requested.turn.id;
  await clock.passUntil(r.event(id, 'turn.started'));
  return Object.assign(t, { id });
}

const TOUCH: ApprovalPolicy = { mode: 'auto', rules: [{ decision: 'accept', command: 'touch' }] };

test('what a rule answers is asked and answered in one record, with the rule, and handed to the runtime', async () => {
  await using t = await ruled(TOUCH);
  const { r, clock, id } = t;
  t.ask('touch a');
  const answered = await clock.passUntil(r.event(id, 'approval.answered'));
  const why = 'rule 1 (command "touch") accepts';
  expect(answered.data).toMatchObject({ answer: { decision: 'accept' }, by: 'policy', why });
  expect(await clock.passUntil(r.agent.called('answer'))).toMatchObject({ ref: 'q1', answer: { decision: 'accept' } });
  expect(await r.host.approval(answered.data.approval, OWNER)).toMatchObject({
    status: 'answered',
    answeredBy: 'policy',
    answeredWhy: why,
  });
  const done = new AbortController();
  for await (const record of r.host.follow({ session: id, after: answered.position - 2, signal: done.signal }, OWNER)) {
    const events = record.events.map((one) => parseEvent(id, one.position, one.body).type);
    expect(events.slice(-2)).toEqual(['approval.asked', 'approval.answered']);
    done.abort();
  }
});

test('what no rule of "auto" decides is declined after a minute in which nobody answered', async () => {
  await using t = await ruled(TOUCH);
  const { r, clock, id } = t;
  t.ask('rm a');
  const asked = await clock.passUntil(r.event(id, 'approval.asked'));
  const { deadline, askedAt } = asked.data.approval;
  expect(Date.parse(deadline ?? '') - Date.parse(askedAt)).toBe(60_000);
  clock.advance(59_000);
  expect((await r.host.approval(asked.data.approval.id, OWNER)).status).toBe('pending');
  const answered = await clock.passUntil(r.event(id, 'approval.answered'));
  expect(answered.data).toMatchObject({ answer: { decision: 'decline' }, by: 'deadline', why: 'nobody answered within 60 s' });
  expect(await clock.passUntil(r.agent.called('answer'))).toMatchObject({ answer: { decision: 'decline' } });
});

test('a person who answers in time is the one who answered, and the deadline is over', async () => {
  await using t = await ruled({ mode: 'ask', deadlineSeconds: 10 });
  const { r, clock, id } = t;
  t.ask('rm a');
  const { data } = await clock.passUntil(r.event(id, 'approval.asked'));
  clock.advance(9000);
  await r.host.answerApproval(data.approval.id, { decision: 'accept' }, OWNER);
  clock.advance(60_000);
  expect(clock.waiting).toBe(0);
  expect(await r.host.approval(data.approval.id, OWNER)).toMatchObject({ answeredBy: 'owner', answer: { decision: 'accept' } });
});

test('the session’s own policy stands above the agent’s', async () => {
  await using t = await ruled({ mode: 'auto' }, { approvals: { mode: 'deny' } });
  t.ask('touch a');
  const { data } = await t.clock.passUntil(t.r.event(t.id, 'approval.answered'));
  expect(data).toMatchObject({ answer: { decision: 'decline' }, by: 'policy', why: 'the mode "deny" declines' });
});

test('the agent’s file is read anew with each question, and while it is broken a person is asked', async () => {
  await using t = await ruled({ mode: 'auto' });
  const { r, clock, id } = t;
  t.file = null;
  t.ask('touch a');
  const { data } = await clock.passUntil(r.event(id, 'approval.asked'));
  clock.advance(3_600_000);
  expect(await r.host.approval(data.approval.id, OWNER)).toMatchObject({ status: 'pending' });
  expect(data.approval.deadline).toBeUndefined();
  t.file = { ...MOCK, approvals: { mode: 'deny' } };
  t.ask('touch b');
  expect((await clock.passUntil(r.event(id, 'approval.answered'))).data).toMatchObject({ by: 'policy', answer: { decision: 'decline' } });
});

test('a deadline that passed while no host ran is acted on by the next one', async () => {
  const parts = { log: memoryLog(), snapshots: memorySnapshots(), clock: new ManualClock() };
  const { clock } = parts;
  const first = rig(parts);
  const { id } = await first.host.openSession({ approvals: { mode: 'ask', deadlineSeconds: 60 } }, OWNER);
  const { turn } = await first.host.requestTurn(id, { input: 'hi' }, OWNER);
  await clock.passUntil(first.event(id, 'turn.started'));
  const ask: Fact = { type: 'ask', turn: turn.id, ref: 'q', ask: { kind: 'command', title: 'Run?', decisions: ['accept', 'decline'] } };
  first.agent.thread.say(ask);
  await clock.passUntil(first.event(id, 'approval.asked'));
  await clock.passUntil(Promise.resolve(first.host[Symbol.asyncDispose]()));
  clock.advance(3_600_000);

  await using second = rig({ ...parts, script: { open: () => Promise.resolve({ unsettled: 'running' }) } });
  const { data } = await clock.passUntil(second.event(id, 'approval.answered'));
  expect(data).toMatchObject({ answer: { decision: 'decline' }, by: 'deadline' });
  await clock.passUntil(second.event(id, 'session.resumed'));
  second.agent.thread.say(ask);
  expect(await clock.passUntil(second.agent.called('answer'))).toMatchObject({ ref: 'q', answer: { decision: 'decline' } });
});
