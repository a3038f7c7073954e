/** A hub that comes back: every task stands where it stood, every queue is as it was. */

import { expect, test } from 'vitest';
import { memoryLog } from '../../src/log/memory/memory-log.js';
import { memorySnapshots } from '../../src/log/memory/memory-snapshots.js';
import type { AgentScript } from '../../src/testing/index.js';
import { memoryOutsideAgents } from '../../src/testing/outside-agents.js';
import { OWNER } from '../host/rig.js';
import { agent, by, type Stage, stage } from './stage.js';

const AGENTS = [agent('a'), agent('b', { atOnce: 2 })];

/** Hosts one after the other over the same log. */
function house() {
  const kept = { log: memoryLog(), snapshots: memorySnapshots(), tasks: memorySnapshots(), outside: memoryOutsideAgents() };
  return {
    open: (script?: AgentScript): Stage => stage(AGENTS, { ...kept, ...(script === undefined ? {} : { script }) }),
    tasks: kept.tasks,
  };
}

const goesOn: AgentScript = { open: () => Promise.resolve({ unsettled: 'running' as const }) };

test('what ran goes on as the same turn, and its reply is brought home once', async () => {
  const at = house();
  let id: string;
  let turn: string;
  {
    await using s = at.open();
    ({ id } = await s.send({ to: 'a', input: 'x' }));
    ({ turn = '' } = await s.becomes(id, 'running'));
    // What was said before the end counts too.
    s.agent.thread.say({ type: 'item.completed', turn, item: { id: 'm', kind: 'agentMessage', text: 'before' } });
    await s.event((await s.hub.task(id, OWNER)).session ?? '', 'item.completed');
  }
  await using s = at.open(goesOn);
  await s.event((await s.hub.task(id, OWNER)).session ?? '', 'session.resumed');
  s.agent.thread.say(
    { type: 'item.completed', turn, item: { id: 'n', kind: 'agentMessage', text: 'after' } },
    { type: 'turn.completed', turn, usage: null },
  );
  expect(await s.becomes(id, 'replied')).toMatchObject({ reply: 'before\n\nafter', attempts: 1, turn });
  expect(await s.history(id)).toEqual(['task.sent', 'task.leased', 'task.started', 'task.replied']);
});

test('what ended while there was no hub is heard of at once', async () => {
  const at = house();
  let id: string;
  {
    await using s = at.open();
    ({ id } = await s.send({ to: 'a', input: 'x' }));
    await s.becomes(id, 'running');
    // The hub is gone, the host still there: as when a process dies between the two records.
    await s.hub[Symbol.asyncDispose]();
    const { session = '', turn = '' } = await s.hub.task(id, OWNER);
    s.agent.thread.say(
      { type: 'item.completed', turn, item: { id: 'm', kind: 'agentMessage', text: 'done' } },
      { type: 'turn.completed', turn, usage: null },
    );
    await s.event(session, 'turn.completed');
  }
  await using s = at.open();
  expect(await s.becomes(id, 'replied')).toMatchObject({ reply: 'done' });
});

test('queues are as they were, and snapshots are not needed for it', async () => {
  const at = house();
  const ids: string[] = [];
  {
    await using s = at.open();
    for (const input of ['1', '2', '3']) ids.push((await s.send({ to: 'a', input })).id);
    await s.send({ to: 'a', input: 'held', hold: true });
    await s.becomes(ids[0] ?? '', 'running');
  }
  for (const id of ids) await at.tasks.remove(id);
  await using s = at.open(goesOn);
  await s.event((await s.hub.task(ids[0] ?? '', OWNER)).session ?? '', 'session.resumed');
  const [node] = (await s.hub.nodes(OWNER)).items;
  expect(node?.agents.find(({ alias }) => alias === 'a')?.load).toEqual({ running: 1, queued: 2, atOnce: 1 });
  for (const id of ids) {
    const { turn = '' } = await s.becomes(id, 'running');
    s.agent.threads.at(-1)?.say({ type: 'turn.completed', turn, usage: null });
    await s.becomes(id, 'replied');
  }
});

test('a task that was called off while its turn still ran has its turn stopped by the next hub', async () => {
  const at = house();
  let id: string;
  {
    await using s = at.open({ interrupt: () => new Promise(() => undefined) });
    ({ id } = await s.send({ to: 'a', input: 'x' }));
    await s.becomes(id, 'running');
    await s.hub[Symbol.asyncDispose]();
    await s.hub.cancelTask(id, {}, OWNER);
  }
  await using s = at.open(goesOn);
  await s.agent.called('interrupt');
  expect((await s.hub.task(id, OWNER)).status).toBe('cancelled');
});

test('the end of a task that nobody was told of is told by the next hub: to its parent and to its chain', async () => {
  const at = house();
  let parent: string;
  {
    await using s = at.open();
    ({ id: parent } = await s.send({ to: 'a', input: 'x' }));
    const { session, turn } = await s.becomes(parent, 'running');
    const question = await s.hub.sendTask({ to: 'person', input: 'left or right?' }, by('a'), { session, turn });
    await s.becomes(parent, 'waiting');
    await s.hub[Symbol.asyncDispose]();
    await s.log.append(
      question.id,
      {
        events: [
          {
            type: 'task.replied',
            body: JSON.stringify({ type: 'task.replied', at: '2026-01-01T00:00:00.000Z', data: { text: 'left', by: 'owner' } }),
          },
        ],
      },
      'any',
    );
  }
  await using s = at.open(goesOn);
  expect((await s.becomes(parent, 'running')).waiting).toBeUndefined();
  await s.taskEvent(parent, 'task.spent');
});

test('an agent that is gone keeps its tasks until it is back', async () => {
  const kept = { log: memoryLog(), snapshots: memorySnapshots(), tasks: memorySnapshots() };
  let id: string;
  {
    await using s = stage([agent('a')], kept);
    await s.send({ to: 'a', input: 'first' });
    ({ id } = await s.send({ to: 'a', input: 'second' }));
  }
  {
    await using s = stage([agent('other')], kept);
    expect((await s.hub.listTasks({ limit: 10, status: 'open', to: 'a' }, OWNER)).items.map((task) => task.id)).toContain(id);
  }
  await using s = stage([agent('a')], { ...kept, script: goesOn });
  expect((await s.hub.task(id, OWNER)).status).toBe('queued');
});

test('what a process did that died with the host is not known, so a person decides whether it is done again', async () => {
  const at = house();
  const program = { name: 'codex', from: '0.130.0', below: null };
  let id: string;
  let turn: string;
  {
    await using s = at.open({ capabilities: { program } });
    ({ id } = await s.send({ to: 'a', input: 'x' }));
    ({ turn = '' } = await s.becomes(id, 'running'));
    s.agent.thread.say({ type: 'turn.started', turn, ref: 'r' }, { type: 'item.delta', turn, item: 'm', kind: 'text', text: 'x' });
    await s.event((await s.hub.task(id, OWNER)).session ?? '', 'turn.started');
  }
  // Its runtime no longer knows the turn.
  await using s = at.open({ capabilities: { program } });
  expect((await s.becomes(id, 'waiting')).waiting).toMatchObject({
    for: 'decision',
    effects: ['what it did while the host was away is not known'],
  });
});

test('where nothing can have been done, or the runtime tells it afterwards, it is begun again', async () => {
  for (const capabilities of [{}, { program: { name: 'codex', from: null, below: null }, outlivesHost: true }]) {
    const at = house();
    let id: string;
    {
      await using s = at.open({ capabilities });
      ({ id } = await s.send({ to: 'a', input: 'x' }));
      const { turn = '', session = '' } = await s.becomes(id, 'running');
      s.agent.thread.say({ type: 'turn.started', turn, ref: 'r' }, { type: 'item.delta', turn, item: 'm', kind: 'text', text: 'x' });
      await s.event(session, 'turn.started');
    }
    await using s = at.open({ capabilities });
    await s.taskEvent(id, 'task.leased', 2);
  }
});
