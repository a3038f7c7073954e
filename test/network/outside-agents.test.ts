/** Agents from elsewhere among others: who may come in under which name, who is there, what they send, and what becomes of them. */

import { describe, expect, test } from 'vitest';
import { memoryLog } from '../../src/log/memory/memory-log.js';
import { memorySnapshots } from '../../src/log/memory/memory-snapshots.js';
import { ManualClock } from '../../src/testing/index.js';
import { memoryOutsideAgents } from '../../src/testing/outside-agents.js';
import { OWNER, type RigOptions } from '../host/rig.js';
import { outsideStage, SCOUT } from './outside-stage.js';
import { by } from './stage.js';

describe('The name of an agent', () => {
  test('is its own: no other agent has it, and nobody else is known by it', async () => {
    await using s = await outsideStage();
    for (const alias of ['a', 'scout', 'person', 'hub', 'owner']) {
      await expect(s.hub.admitOutsideAgent({ alias }, OWNER), alias).rejects.toMatchObject({ code: 'conflict' });
    }
    expect(s.hub.listOutsideAgents(OWNER).items.map(({ alias }) => alias)).toEqual(['scout']);
  });

  test('is given by the owner, and taken by the owner', async () => {
    await using s = await outsideStage();
    for (const role of ['operator', 'viewer', 'agent'] as const) {
      await expect(s.hub.admitOutsideAgent({ alias: 'other' }, { name: 'x', role })).rejects.toMatchObject({ code: 'forbidden' });
      await expect(s.hub.dismissOutsideAgent('scout', { name: 'x', role })).rejects.toMatchObject({ code: 'forbidden' });
    }
    await expect(s.hub.dismissOutsideAgent('scuot', OWNER)).rejects.toMatchObject({
      code: 'not-found',
      hint: expect.stringContaining('there are: scout') as string,
    });
  });
});

describe('Presence', () => {
  test('comes with whatever an agent asks or says, and goes when it was not heard of for a while', async () => {
    const clock = new ManualClock();
    await using s = await outsideStage({ clock });
    const online = (): boolean | undefined => s.hub.listOutsideAgents(OWNER).items[0]?.online;
    expect(online()).toBe(false);
    expect(await s.send({ to: 'scout', input: 'x' })).toMatchObject({ note: 'scout is offline: the task waits until it is back' });
    await s.hub.present('scout', { seconds: 10 }, SCOUT);
    expect(online()).toBe(true);
    clock.advance(10_000);
    expect(online()).toBe(false);
    const { id } = await s.leased({ leaseSeconds: 300 });
    // As long as it has a lease, nobody has to hear of it.
    clock.advance(299_000);
    expect(online()).toBe(true);
    await s.hub.reportProgress(id, {}, SCOUT);
    clock.advance(299_000);
    expect(online()).toBe(true);
    await s.hub.replyTask(id, { text: 'done' }, SCOUT);
    clock.advance(300_000);
    expect(s.hub.listOutsideAgents(OWNER).items).toMatchObject([{ alias: 'scout', online: false, seenAt: '2026-01-01T00:10:08.000Z' }]);
  });

  test('is said by an agent of itself only', async () => {
    await using s = await outsideStage({}, { scout: {}, other: {} });
    await expect(s.hub.present('other', {}, SCOUT)).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('shows in the list of all agents, with what each of them has to do', async () => {
    await using s = await outsideStage({}, { scout: { role: 'finds things', skills: ['maps'] } });
    await s.send({ to: 'scout', input: 'one' });
    await s.send({ to: 'scout', input: 'two' });
    await s.leased();
    const [node] = (await s.hub.nodes(SCOUT)).items;
    expect(node?.agents.find(({ alias }) => alias === 'scout')).toMatchObject({
      ...{ runtime: null, role: 'finds things', skills: ['maps'], online: true, takesTasks: true },
      load: { running: 1, queued: 1, atOnce: 1 },
    });
  });
});

describe('A task that ends while an agent has it', () => {
  test('because it was called off tells so at the next word', async () => {
    await using s = await outsideStage();
    const { id } = await s.send({ to: 'scout', input: 'x' });
    await s.leased();
    await s.hub.cancelTask(id, { reason: 'no need' }, OWNER);
    await expect(s.hub.reportProgress(id, { text: 'on it' }, SCOUT)).rejects.toMatchObject({
      code: 'conflict',
      details: { task: { id, status: 'cancelled' } },
    });
    // Its place is free again.
    const next = await s.send({ to: 'scout', input: 'y' });
    expect(await s.leased()).toMatchObject({ id: next.id });
  });

  test('because its time is over tells so too, however long the lease still is', async () => {
    const clock = new ManualClock();
    await using s = await outsideStage({ clock });
    const { id } = await s.send({ to: 'scout', input: 'x', deadlineSeconds: 30 });
    await s.leased({ leaseSeconds: 600 });
    clock.advance(30_000);
    await s.becomes(id, 'expired');
    await expect(s.hub.replyTask(id, { text: 'done' }, SCOUT)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('has ended: expired') as string,
      details: { task: { id, status: 'expired', expired: 'deadline' } },
    });
  });

  test('with its own reply answers a repeat of the same request alike, and another one with a refusal', async () => {
    await using s = await outsideStage();
    const { id } = await s.send({ to: 'scout', input: 'x' });
    await s.leased();
    const said = await s.hub.replyTask(id, { text: 'seven', attempt: 1, commandId: 'r' }, SCOUT);
    expect(await s.hub.replyTask(id, { text: 'seven', attempt: 1, commandId: 'r' }, SCOUT)).toEqual(said);
    await expect(s.hub.replyTask(id, { text: 'eight' }, SCOUT)).rejects.toMatchObject({ details: { task: { reply: 'seven' } } });
    expect((await s.history(id)).filter((type) => type === 'task.replied')).toHaveLength(1);
  });

  test('can be replied to in parts', async () => {
    await using s = await outsideStage();
    const { id } = await s.send({ to: 'scout', input: 'x' });
    await s.leased();
    await s.hub.replyTask(id, { text: 'se', final: false, commandId: '1' }, SCOUT);
    await s.hub.replyTask(id, { text: 'se', final: false, commandId: '1' }, SCOUT);
    await s.hub.reportProgress(id, { text: 'ven', final: true }, SCOUT);
    expect(await s.hub.task(id, OWNER)).toMatchObject({ status: 'replied', reply: 'seven' });
  });
});

describe('What an agent sends', () => {
  test('belongs to the task that it has leased, where it has one', async () => {
    await using s = await outsideStage();
    const { id } = await s.send({ to: 'scout', input: 'x' });
    await s.leased();
    expect(await s.send({ to: 'a', input: 'help' }, SCOUT)).toMatchObject({
      ...{ from: 'scout', parent: id, root: id, chain: ['owner', 'scout', 'a'] },
      ceiling: { permissions: { profile: ':read-only' } },
    });
    await expect(s.send({ to: 'a', input: 'y', from: 'owner' }, SCOUT)).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('says from which one where it has several, and it must be one of these', async () => {
    await using s = await outsideStage({}, { scout: { atOnce: 2 }, other: {} });
    const [one, two] = [await s.send({ to: 'scout', input: 'x' }), await s.send({ to: 'scout', input: 'y' })];
    await s.leased();
    await s.leased();
    await expect(s.send({ to: 'a', input: 'help' }, SCOUT)).rejects.toMatchObject({ code: 'invalid-input' });
    expect(await s.send({ to: 'a', input: 'help', parent: two.id }, SCOUT)).toMatchObject({ parent: two.id });
    await expect(s.send({ to: 'a', input: 'help', parent: one.id }, by('other'))).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('does not belong to one that it has lost', async () => {
    const clock = new ManualClock();
    await using s = await outsideStage({ clock });
    const { id } = await s.send({ to: 'scout', input: 'x' });
    await s.leased({ leaseSeconds: 20 });
    clock.advance(20_000);
    await s.becomes(id, 'queued');
    await expect(s.send({ to: 'a', input: 'help', parent: id }, SCOUT)).rejects.toMatchObject({ code: 'forbidden' });
    const alone = await s.send({ to: 'a', input: 'help' }, SCOUT);
    expect(alone).toMatchObject({ chain: ['scout', 'a'], root: alone.id });
  });

  test('to a person keeps its own task waiting, and the lease goes on by signs of life', async () => {
    const clock = new ManualClock();
    await using s = await outsideStage({ clock });
    const { id } = await s.send({ to: 'scout', input: 'x' });
    await s.leased({ leaseSeconds: 20 });
    const asked = await s.send({ to: 'person', input: 'red or blue?' }, SCOUT);
    expect(await s.becomes(id, 'waiting')).toMatchObject({ waiting: { for: 'person', id: asked.id }, leasedBy: 'scout' });
    clock.advance(15_000);
    await s.hub.reportProgress(id, {}, SCOUT);
    clock.advance(15_000);
    await s.hub.replyTask(asked.id, { text: 'blue' }, OWNER);
    expect(await s.hub.task(asked.id, SCOUT)).toMatchObject({ reply: 'blue' });
    await s.becomes(id, 'leased');
    await s.hub.replyTask(id, { text: 'it is blue', attempt: 1 }, SCOUT);
  });
});

describe('An agent that is dismissed', () => {
  test('loses what it has at once: it is queued again, or waits for a person', async () => {
    await using s = await outsideStage({}, { scout: { atOnce: 2 } });
    const [one, two] = [await s.send({ to: 'scout', input: 'x' }), await s.send({ to: 'scout', input: 'y' })];
    await s.leased();
    await s.leased();
    await s.hub.reportProgress(two.id, { effect: true }, SCOUT);
    await s.hub.dismissOutsideAgent('scout', OWNER);
    expect(s.hub.principalOf('scout')).toBeNull();
    expect(await s.last(one.id)).toMatchObject({ type: 'task.requeued', data: { reason: 'scout was dismissed', attempt: 1 } });
    expect(await s.last(two.id)).toMatchObject({ type: 'task.waiting', data: { for: 'decision' } });
    await expect(s.send({ to: 'scout', input: 'z' })).rejects.toMatchObject({ code: 'not-found' });
    // Under the same name somebody else may go on with it.
    await s.hub.admitOutsideAgent({ alias: 'scout' }, OWNER);
    expect(await s.lease({ waitSeconds: 30 })).toMatchObject({ id: one.id, attempts: 2 });
  });

  test('waits for nothing and follows nothing any more', async () => {
    await using s = await outsideStage({}, { scout: { atOnce: 2 } });
    const { id } = await s.send({ to: 'scout', input: 'x' });
    await s.leased();
    const never = new AbortController();
    const seen: string[] = [];
    const follow = async (): Promise<void> => {
      const records = s.hub.follow({ task: id, after: 0, signal: never.signal }, SCOUT);
      for await (const { events } of records) seen.push(...events.map(({ type }) => type));
    };
    const following = follow();
    const asked = s.lease({ waitSeconds: 30 });
    const waited = s.hub.waitTask(id, { seconds: 60 }, SCOUT);
    await s.hub.reportProgress(id, { text: 'on it' }, SCOUT);
    await s.hub.dismissOutsideAgent('scout', OWNER);
    expect(await asked).toBeNull();
    expect(await waited).toMatchObject({ id });
    await following;
    expect(seen).not.toContain('task.requeued');
    await expect(s.lease()).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('A hub that comes back', () => {
  function kept(): RigOptions & { clock: ManualClock } {
    return {
      ...{ log: memoryLog(), snapshots: memorySnapshots(), tasks: memorySnapshots(), outside: memoryOutsideAgents() },
      clock: new ManualClock(),
    };
  }

  test('gives each lease one more time of its own, and hears of the agent with its next word', async () => {
    const options = kept();
    const { clock } = options;
    let id: string;
    {
      await using s = await outsideStage(options);
      ({ id } = await s.send({ to: 'scout', input: 'x' }));
      await s.leased({ leaseSeconds: 60 });
    }
    // It was away for longer than the lease.
    clock.advance(600_000);
    await using s = await outsideStage(options);
    expect(await s.hub.task(id, OWNER)).toMatchObject({ status: 'leased' });
    clock.advance(59_000);
    expect(s.hub.listOutsideAgents(OWNER).items).toMatchObject([{ online: false }]);
    await s.hub.reportProgress(id, { text: 'still on it', attempt: 1 }, SCOUT);
    expect(s.hub.listOutsideAgents(OWNER).items).toMatchObject([{ online: true }]);
    clock.advance(59_000);
    expect(await s.hub.task(id, OWNER)).toMatchObject({ status: 'running', attempts: 1 });
    clock.advance(1000);
    await s.becomes(id, 'queued');
  });

  test('takes the task back when the agent is not heard of by then', async () => {
    const options = kept();
    let id: string;
    {
      await using s = await outsideStage(options);
      ({ id } = await s.send({ to: 'scout', input: 'x' }));
      await s.leased({ leaseSeconds: 60 });
    }
    await using s = await outsideStage(options);
    // By then all that was open is awake.
    expect((await s.hub.listTasks({ limit: 10 }, OWNER)).items).toMatchObject([{ id, status: 'leased' }]);
    options.clock.advance(60_000);
    await s.becomes(id, 'queued');
  });

  test('answers what was asked of the one before: the repeat of a lease, and of a reply', async () => {
    const options = kept();
    let id: string;
    {
      await using s = await outsideStage(options);
      ({ id } = await s.send({ to: 'scout', input: 'x' }));
      await s.leased({ commandId: 'k' });
    }
    {
      await using s = await outsideStage(options);
      expect(await s.leased({ commandId: 'k' })).toMatchObject({ id, attempts: 1 });
      await s.hub.replyTask(id, { text: 'done', attempt: 1, commandId: 'r' }, SCOUT);
    }
    await using s = await outsideStage(options);
    expect(await s.hub.replyTask(id, { text: 'done', attempt: 1, commandId: 'r' }, SCOUT)).toMatchObject({ status: 'replied' });
  });

  test('has lost nothing that was asked for while the one before was stopping', async () => {
    const options = kept();
    let id: string;
    {
      await using s = await outsideStage(options);
      const asked = s.lease({ waitSeconds: 30 });
      const sent = s.send({ to: 'scout', input: 'x' });
      await s[Symbol.asyncDispose]();
      expect(await asked).toBeNull();
      ({ id } = await sent);
    }
    await using s = await outsideStage(options);
    expect(await s.leased()).toMatchObject({ id, attemptsLeft: 2 });
  });
});
