/** The tools by which agents take part in tasks: who sees them, what they answer, and that a repeat does nothing twice. */

import { describe, expect, test } from 'vitest';
import type { AgentInfo } from '../../src/contract/host.js';
import type { Task } from '../../src/contract/task.js';
import { HostTools } from '../../src/host/tools/host-tools.js';
import { memoryLog } from '../../src/log/memory/memory-log.js';
import { memorySnapshots } from '../../src/log/memory/memory-snapshots.js';
import { silentLogger } from '../../src/ports/logger.js';
import { ManualClock } from '../../src/testing/index.js';
import { MOCK, OWNER } from '../host/rig.js';
import { agent, by } from './stage.js';
import { type ToolStage, toolStage } from './tool-stage.js';

const LEAD = agent('lead', { role: 'plans' });
const HELPER = agent('helper', { role: 'runs commands', skills: ['shell'] });
/** Takes no part. */
const PLAIN: AgentInfo = { ...MOCK, alias: 'plain' };
const ALL = ['list_agents', 'send_task', 'wait_for_task', 'get_task', 'report_progress', 'reply', 'ask_person', 'cancel_task'];

/** A task that lead works on. */
async function working(s: ToolStage, to = 'lead'): Promise<Task> {
  const { id } = await s.send({ to, input: 'find out' });
  return await s.becomes(id, 'running');
}

describe('the tools of tasks', () => {
  test('are seen by agents that take part, as far as their configuration names them, and by nobody else', async () => {
    const choosy = agent('choosy', {}, { hostTools: ['reply'] });
    await using s = toolStage([LEAD, PLAIN, choosy]);
    const names = (alias?: string): string[] => s.host.listTools({}, alias === undefined ? OWNER : by(alias)).map(({ name }) => name);
    expect(names('lead').toSorted()).toEqual(ALL.toSorted());
    expect(names('plain')).toEqual([]);
    expect(names('choosy')).toEqual(['reply']);
    expect(names()).toEqual([]);
    await expect(s.call('plain', 'send_task', { to: 'lead', task: 'x' })).rejects.toMatchObject({ code: 'not-found' });
  });

  test('give way to a tool of the program that is called alike', async () => {
    const program = new HostTools(silentLogger);
    program.offer({ name: 'get_task', description: 'of the program', inputSchema: { type: 'object' }, handler: () => 'mine' });
    await using s = toolStage([LEAD], { tools: [program] });
    const tools = s.host.listTools({}, by('lead'));
    expect(tools).toHaveLength(ALL.length);
    expect(tools.filter(({ name }) => name === 'get_task')).toMatchObject([{ description: 'of the program' }]);
    expect(await s.call('lead', 'get_task')).toMatchObject({ content: [{ text: 'mine' }] });
  });

  test('come to open conversations of an agent that takes part from now on', async () => {
    const agents: AgentInfo[] = [PLAIN];
    await using s = toolStage(agents);
    const session = await s.host.openSession({ agent: 'plain' }, OWNER);
    const { turn } = await s.host.requestTurn(session.id, { input: 'hello' }, OWNER);
    await s.agent.called('startTurn');
    s.agent.thread.say({ type: 'turn.completed', turn: turn.id, usage: null });
    await s.event(session.id, 'turn.completed');
    agents.splice(0, 1, agent('plain', {}));
    s.tools.changed('plain');
    await s.host.requestTurn(session.id, { input: 'again' }, OWNER);
    await s.agent.called('startTurn', 2);
    expect(s.agent.calls.filter(({ call }) => call === 'open')).toHaveLength(2);
  });
});

test('list_agents shows the others, what they can do, and why one may not be sent a task', async () => {
  const closed = agent('closed', { from: ['helper'] });
  await using s = toolStage([LEAD, HELPER, PLAIN, closed]);
  const task = await working(s);
  const { structured } = await s.call('lead', 'list_agents', {}, task.session);
  expect(structured).toMatchObject({
    agents: [
      { alias: 'helper', role: 'runs commands', skills: ['shell'], runtime: 'mock', online: true, load: { running: 0 }, maySend: true },
      { alias: 'plain', maySend: false, why: 'plain takes no tasks of agents: its configuration has no "tasks"' },
      { alias: 'closed', maySend: false, why: 'closed takes tasks only from helper' },
    ],
  });
});

describe('send_task', () => {
  test('answers at once with a handle, and the task follows from the one that its agent works on', async () => {
    await using s = toolStage([LEAD, HELPER]);
    const own = await working(s);
    const sent = await s.told('lead', 'send_task', { to: 'helper', task: 'look', deadline_seconds: 60 }, own.session);
    expect(sent).toMatchObject({ to: 'helper', from: 'lead', status: 'leased', next: expect.stringContaining('wait_for_task') as string });
    const task = await s.hub.task(sent.task, OWNER);
    expect(task).toMatchObject({ parent: own.id, root: own.id, chain: ['owner', 'lead', 'helper'], input: 'look' });
    expect(task.deadline).toBeDefined();
  });

  test('to an alias that there is not, or back along the chain, is an error that says what to do', async () => {
    await using s = toolStage([LEAD, HELPER]);
    const own = await working(s);
    const unknown = await s.call('lead', 'send_task', { to: 'helpr', task: 'look' }, own.session);
    expect(unknown).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('did you mean helper?') as string }] });
    const { task: below } = await s.told('lead', 'send_task', { to: 'helper', task: 'look' }, own.session);
    const { session } = await s.becomes(below, 'running');
    const back = await s.call('helper', 'send_task', { to: 'lead', task: 'I have looked' }, session);
    expect(back).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('owner → lead → helper → lead') as string }] });
    expect(back.content).toMatchObject([{ text: expect.stringContaining('answers it with its reply') as string }]);
  });

  test('in a turn that is no task’s sends a first one, also while the agent works on a task elsewhere', async () => {
    await using s = toolStage([LEAD, HELPER]);
    await working(s);
    const session = await s.host.openSession({ agent: 'lead' }, OWNER);
    await s.host.requestTurn(session.id, { input: 'talk to me' }, OWNER);
    const { task } = await s.told('lead', 'send_task', { to: 'helper', task: 'look' }, session.id);
    expect(await s.hub.task(task, OWNER)).toMatchObject({ root: task, chain: ['lead', 'helper'] });
    const reply = await s.call('lead', 'reply', { text: 'done' }, session.id);
    expect(reply).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('no task in this turn') as string }] });
  });

  test('in a turn that went on while the host was away follows from its task, before that is listened to again', async () => {
    const kept = { log: memoryLog(), snapshots: memorySnapshots(), tasks: memorySnapshots() };
    const lead = agent('lead', { atOnce: 2 });
    const own: Task[] = [];
    {
      await using s = toolStage([lead], kept);
      for (const input of ['one', 'two']) own.push(await s.becomes((await s.send({ to: 'lead', input })).id, 'running'));
    }
    await using s = toolStage([lead], { ...kept, script: { open: () => Promise.resolve({ unsettled: 'running' as const }) } });
    for (const { id, session, turn } of own) expect(await s.hub.taskOf(by('lead'), { session, turn })).toBe(id);
  });

  test('that is repeated in a turn is the same task as long as it has not ended, and then a new one', async () => {
    await using s = toolStage([LEAD, HELPER]);
    const own = await working(s);
    const send = () => s.told('lead', 'send_task', { to: 'helper', task: 'look' }, own.session);
    const first = await send();
    expect(await send()).toMatchObject({ task: first.task, next: expect.stringContaining('sent before') as string });
    await s.becomes(first.task, 'running');
    await s.hub.replyTask(first.task, { text: 'seen' }, OWNER);
    expect((await send()).task).not.toBe(first.task);
  });

  test('of which nothing was heard, because the host was killed, is not done twice by asking again', async () => {
    await using s = toolStage([LEAD, HELPER]);
    const own = await working(s);
    const args = { to: 'helper', task: 'look' };
    const { task } = await s.told('lead', 'send_task', args, own.session);
    await s.becomes(task, 'running');
    await s.hub.replyTask(task, { text: 'seen' }, OWNER);
    const later = s.again(own.turn);
    expect(await later('lead', 'send_task', args, own.session)).toMatchObject({ task, status: 'replied', reply: 'seen' });
    expect((await later('lead', 'send_task', args, own.session)).task).not.toBe(task);
  });
});

describe('wait_for_task', () => {
  test('answers after a while with what there is, and with the reply when it has come', async () => {
    const clock = new ManualClock();
    await using s = toolStage([LEAD, HELPER], { clock });
    const own = await working(s);
    const { task } = await s.told('lead', 'send_task', { to: 'helper', task: 'look' }, own.session);
    const waiting = clock.passUntil(s.told('lead', 'wait_for_task', { task }, own.session));
    expect(await waiting).toMatchObject({ task, next: expect.stringContaining('again') as string });
    const again = s.told('lead', 'wait_for_task', { task, seconds: 45 }, own.session);
    await s.becomes(task, 'running');
    await s.hub.replyTask(task, { text: 'seven' }, OWNER);
    const ended = await again;
    expect(ended).toMatchObject({ task, status: 'replied', reply: 'seven' });
    expect(ended).not.toHaveProperty('next');
  });

  test('does not wait for longer than it may, nor for the task that its agent is to answer', async () => {
    await using s = toolStage([LEAD]);
    const { id, session } = await working(s);
    expect(await s.call('lead', 'wait_for_task', { task: id, seconds: 46 }, session)).toMatchObject({ isError: true });
    const own = await s.call('lead', 'wait_for_task', { task: id }, session);
    expect(own).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('reply answers it') as string }] });
  });

  test('shows an agent no task that is none of its business', async () => {
    await using s = toolStage([LEAD, HELPER, agent('third')]);
    const { id } = await working(s, 'third');
    expect(await s.call('helper', 'wait_for_task', { task: id })).toMatchObject({ isError: true });
    expect(await s.call('helper', 'get_task', { task: id })).toMatchObject({ isError: true });
    expect(await s.call('helper', 'cancel_task', { task: id })).toMatchObject({ isError: true });
  });
});

describe('reply', () => {
  test('closes the task once, and whatever its turn still says changes nothing', async () => {
    await using s = toolStage([LEAD]);
    const { id, session, turn } = await working(s);
    await s.told('lead', 'report_progress', { text: 'half of it' }, session);
    expect(await s.hub.task(id, OWNER)).toMatchObject({ status: 'running', progress: { text: 'half of it' } });
    const closed = await s.told('lead', 'reply', { text: 'seven' }, session);
    expect(closed).toMatchObject({ task: id, status: 'replied', next: expect.stringContaining('end your turn') as string });
    // The same once more: nobody heard the answer of the first.
    expect(await s.told('lead', 'reply', { text: 'seven' }, session)).toMatchObject({ status: 'replied' });
    const other = await s.call('lead', 'reply', { text: 'eight' }, session);
    expect(other).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('end your turn') as string }] });
    s.agent.thread.say({ type: 'item.completed', turn: turn ?? '', item: { id: 'm', kind: 'agentMessage', text: 'bye' } });
    s.agent.thread.say({ type: 'turn.completed', turn: turn ?? '', usage: null });
    await s.event(session ?? '', 'turn.completed');
    expect(await s.hub.task(id, OWNER)).toMatchObject({ status: 'replied', reply: 'seven' });
    expect((await s.history(id)).filter((type) => type === 'task.replied')).toHaveLength(1);
  });

  test('says that the task cannot be done, where it cannot', async () => {
    await using s = toolStage([LEAD]);
    const { id, session } = await working(s);
    expect(await s.told('lead', 'reply', { text: 'the door is locked', failed: true }, session)).toMatchObject({ status: 'failed' });
    expect(await s.hub.task(id, OWNER)).toMatchObject({ status: 'failed', error: { code: 'reported', message: 'the door is locked' } });
  });
});

test('get_task without a handle shows an agent what it was asked and what it has sent', async () => {
  await using s = toolStage([LEAD, HELPER]);
  const { id, session } = await working(s);
  const { task } = await s.told('lead', 'send_task', { to: 'helper', task: 'look' }, session);
  expect(await s.told('lead', 'get_task', {}, session)).toMatchObject({ task: id, from: 'owner', asked: 'find out', sent: [{ task }] });
  expect(await s.told('lead', 'get_task', { task }, session)).toMatchObject({ task, to: 'helper' });
});

test('ask_person has the task wait for a person, whose answer goes to the agent that asked', async () => {
  await using s = toolStage([LEAD]);
  const { id, session } = await working(s);
  const { task } = await s.told('lead', 'ask_person', { question: 'red or blue?', choices: ['red', 'blue'] }, session);
  expect(await s.hub.task(id, OWNER)).toMatchObject({ status: 'waiting', waiting: { for: 'person', id: task } });
  expect(await s.hub.task(task, OWNER)).toMatchObject({ to: 'person', input: 'red or blue?\n\n- red\n- blue' });
  const waiting = s.told('lead', 'wait_for_task', { task }, session);
  await s.hub.replyTask(task, { text: 'blue' }, OWNER);
  expect(await waiting).toMatchObject({ status: 'replied', reply: 'blue' });
  await s.becomes(id, 'running');
});

test('cancel_task stops what its agent has sent', async () => {
  await using s = toolStage([LEAD, HELPER]);
  const { session } = await working(s);
  const { task } = await s.told('lead', 'send_task', { to: 'helper', task: 'look' }, session);
  await s.becomes(task, 'running');
  expect(await s.told('lead', 'cancel_task', { task, reason: 'no need' }, session)).toMatchObject({ task, status: 'cancelled' });
  expect(await s.call('helper', 'cancel_task', { task })).toMatchObject({ isError: true });
});

describe('an agent from elsewhere', () => {
  const program = (): HostTools => {
    const tools = new HostTools(silentLogger);
    tools.offer({ name: 'lookup', description: 'looks', inputSchema: { type: 'object' }, handler: () => 'found' });
    return tools;
  };

  test('sees the tools of tasks and none of the program, also where an agent of the host is called alike', async () => {
    await using s = toolStage([LEAD], { tools: [program()] });
    await s.admit('relay');
    const names = (alias: string): string[] => s.host.listTools({}, by(alias)).map(({ name }) => name);
    expect(names('relay').toSorted()).toEqual(ALL.toSorted());
    expect(names('lead')).toContain('lookup');
    await s.outside.admit('lead', {});
    expect(names('lead')).not.toContain('lookup');
    expect(() => names('nobody')).toThrow(expect.objectContaining({ code: 'not-found' }));
    await s.outside.dismiss('relay');
    expect(() => names('relay')).toThrow(expect.objectContaining({ code: 'not-found' }));
  });

  test('works on what it has leased: it sends from there, reports and replies', async () => {
    await using s = toolStage([LEAD]);
    await s.admit('relay');
    const { id } = await s.send({ to: 'relay', input: 'carry' });
    await s.hub.leaseTask({ leaseSeconds: 60 }, by('relay'));
    const { task } = await s.told('relay', 'send_task', { to: 'lead', task: 'think' });
    expect(await s.hub.task(task, OWNER)).toMatchObject({ parent: id, chain: ['owner', 'relay', 'lead'] });
    await s.told('relay', 'report_progress', { text: 'it is on its way' });
    expect(await s.told('relay', 'reply', { text: 'carried' })).toMatchObject({ task: id, status: 'replied' });
  });

  test('that has several says which one it means', async () => {
    await using s = toolStage([LEAD]);
    await s.admit('relay', { atOnce: 2 });
    const [one, two] = [await s.send({ to: 'relay', input: 'one' }), await s.send({ to: 'relay', input: 'two' })];
    await s.hub.leaseTask({}, by('relay'));
    await s.hub.leaseTask({}, by('relay'));
    const unclear = await s.call('relay', 'reply', { text: 'done' });
    expect(unclear).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('2 tasks') as string }] });
    expect(await s.told('relay', 'reply', { text: 'done', task: two.id })).toMatchObject({ task: two.id });
    expect(await s.told('relay', 'reply', { text: 'done' })).toMatchObject({ task: one.id });
    expect(await s.call('relay', 'reply', { text: 'done', task: one.id })).toMatchObject({ isError: true });
  });
});
