/** A turn that is heard from its start after a restart: what was told of it before is not told again. */

import { expect, test } from 'vitest';
import type { TaskEvent } from '../../src/contract/task-events.js';
import { memoryLog } from '../../src/log/memory/memory-log.js';
import { memorySnapshots } from '../../src/log/memory/memory-snapshots.js';
import type { Fact } from '../../src/ports/agent.js';
import type { AgentScript } from '../../src/testing/index.js';
import { OWNER } from '../host/rig.js';
import { agent, type Stage, stage } from './stage.js';

function house() {
  const kept = { log: memoryLog(), snapshots: memorySnapshots(), tasks: memorySnapshots() };
  return (script?: AgentScript): Stage => stage([agent('a')], { ...kept, ...(script === undefined ? {} : { script }) });
}

const goesOn: AgentScript = { open: () => Promise.resolve({ unsettled: 'running' as const }) };

const asks = (turn: string, ref: string): Fact => ({
  type: 'ask',
  turn,
  ref,
  ask: { kind: 'command', title: `${ref}?`, command: 'git push', decisions: ['accept', 'decline'] },
});

async function eventsOf(s: Stage, id: string): Promise<readonly TaskEvent[]> {
  return (await s.hub.events(id, { after: 0, limit: 1000 }, OWNER)).events;
}

test('what its agent has written is in the task once', async () => {
  const open = house();
  const [one, two] = ['1'.repeat(1024), '2'.repeat(1024)];
  let id: string;
  let turn: string;
  {
    await using s = open();
    ({ id } = await s.send({ to: 'a', input: 'x' }));
    ({ turn = '' } = await s.becomes(id, 'running'));
    s.agent.thread.say({ type: 'item.delta', turn, item: 'm', kind: 'text', text: one });
    await s.taskEvent(id, 'task.progressed');
  }
  await using s = open(goesOn);
  await s.event((await s.hub.task(id, OWNER)).session ?? '', 'session.resumed');
  s.agent.thread.say(
    { type: 'item.delta', turn, item: 'm', kind: 'text', text: two },
    { type: 'item.completed', turn, item: { id: 'm', kind: 'agentMessage', text: one + two } },
    { type: 'turn.completed', turn, usage: null },
  );
  expect(await s.becomes(id, 'replied')).toMatchObject({ reply: one + two });
  const told = (await eventsOf(s, id)).flatMap((event) => (event.type === 'task.progressed' ? [event.data.text] : []));
  expect(told).toEqual([one, two]);
});

test('its messages are told with an empty line between them, as the reply has them, and once', async () => {
  const open = house();
  const [one, two, three] = ['1'.repeat(1024), '2'.repeat(1024), '3'.repeat(1024)];
  const message = (item: string, text: string): Fact[] => [
    { type: 'item.delta', turn, item, kind: 'text', text },
    { type: 'item.completed', turn, item: { id: item, kind: 'agentMessage', text } },
  ];
  let id: string;
  let turn = '';
  {
    await using s = open();
    ({ id } = await s.send({ to: 'a', input: 'x' }));
    ({ turn = '' } = await s.becomes(id, 'running'));
    s.agent.thread.say(...message('m1', one), ...message('m2', two));
    await s.taskEvent(id, 'task.progressed', 2);
  }
  await using s = open(goesOn);
  await s.event((await s.hub.task(id, OWNER)).session ?? '', 'session.resumed');
  s.agent.thread.say(...message('m3', three), { type: 'turn.completed', turn, usage: null });
  const { reply } = await s.becomes(id, 'replied');
  const told = (await eventsOf(s, id)).flatMap((event) => (event.type === 'task.progressed' ? [event.data.text] : []));
  expect(told).toEqual([one, `\n\n${two}`, `\n\n${three}`]);
  expect(told.join('')).toBe(reply);
});

test('a question that was answered is not waited for again, and one that was not is waited for still', async () => {
  const open = house();
  let id: string;
  let session: string;
  {
    await using s = open();
    ({ id } = await s.send({ to: 'a', input: 'x' }));
    const now = await s.becomes(id, 'running');
    const { turn = '' } = now;
    ({ session = '' } = now);
    s.agent.thread.say(asks(turn, 'first'));
    const first = await s.becomes(id, 'waiting');
    await s.host.answerApproval(first.waiting?.id ?? '', { decision: 'accept' }, OWNER);
    await s.becomes(id, 'running');
    s.agent.thread.say(asks(turn, 'second'));
    await s.becomes(id, 'waiting');
  }
  const waits = ['task.sent', 'task.leased', 'task.started', 'task.waiting', 'task.resumed', 'task.waiting'];
  await using s = open(goesOn);
  await s.event(session, 'session.resumed');
  const { waiting } = await s.hub.task(id, OWNER);
  expect(waiting).toMatchObject({ for: 'approval', reason: 'second?' });
  await s.host.answerApproval(waiting?.id ?? '', { decision: 'accept' }, OWNER);
  await s.becomes(id, 'running');
  expect(await s.history(id)).toEqual([...waits, 'task.resumed']);
});
