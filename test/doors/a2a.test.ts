/** Agents that clients of A2A reach: asked by the clients of the protocol's own makers over real HTTP, with an agent that follows a script. */

import { describe, expect, test } from 'vitest';
import type { Hub } from '../../src/network/face.js';
import { OWNER } from '../host/rig.js';
import { brief, clientOf, Ear, refused, saying, send, textOf, WAYS } from './a2a-clients.js';
import { baseOf, ends, HELPER, instead, open, play, SECOND, says } from './a2a-stage.js';

describe.each(WAYS)('a client of %s', (way) => {
  test('sends a message and gets the completed task with the reply', async () => {
    await using h = await open();
    const client = await clientOf(baseOf(h), way);
    const request = saying('how many?');
    const asked = send(client, request);
    await play(h, 1, says('Seven.'), ends);
    const task = await asked;
    expect(brief(task)).toEqual({ state: 'completed', reply: 'Seven.' });
    expect(task.history.map((one) => [one.messageId, textOf(one)])).toEqual([[request.message?.messageId, 'how many?']]);
    const { start } = await h.agent.called('startTurn');
    expect(start.input).toEqual([{ type: 'text', text: 'how many?' }]);
  });

  test('that will not wait gets the task at once, and asks for it until it is done', async () => {
    await using h = await open();
    const client = await clientOf(baseOf(h), way);
    const begun = await send(client, saying('x', { returnImmediately: true }));
    expect(brief(begun)).toEqual({ state: 'submitted', reply: '' });
    await play(h, 1, says('Done.'), ends);
    await h.hub.waitTask(begun.id, { seconds: 30 }, OWNER);
    const done = await client.getTask({ tenant: '', id: begun.id, historyLength: 0 });
    expect(brief(done)).toEqual({ state: 'completed', reply: 'Done.' });
    expect(done).toMatchObject({ contextId: begun.contextId, history: [] });
  });

  test('hears what is written while it is written, and then the whole', async () => {
    await using h = await open();
    const client = await clientOf(baseOf(h), way);
    const ear = new Ear(client.sendMessageStream(saying('x')));
    expect(await ear.line()).toBe('task submitted');
    expect(await ear.line()).toBe('working');
    const { start } = await h.agent.called('startTurn');
    const { turn } = start;
    const piece = 'a'.repeat(1024);
    h.agent.thread.say(
      { type: 'item.started', turn, item: { id: 'm', kind: 'agentMessage', text: '' } },
      { type: 'item.delta', turn, item: 'm', kind: 'text', text: piece },
    );
    expect(await ear.line()).toBe(`=${piece}`);
    h.agent.thread.say(says(`${piece} and more`)(turn), ends(turn));
    expect(await ear.rest()).toEqual(['+ and more.', 'completed']);
  });

  test('takes a task back', async () => {
    await using h = await open();
    const client = await clientOf(baseOf(h), way);
    const { id } = await send(client, saying('x', { returnImmediately: true }));
    await h.agent.called('startTurn');
    expect(brief(await client.cancelTask({ tenant: '', id, metadata: undefined })).state).toBe('canceled');
    // Once more is fine.
    expect(brief(await client.cancelTask({ tenant: '', id, metadata: undefined })).state).toBe('canceled');
    expect((await h.agent.called('interrupt')).turn).toBeDefined();
    const ear = new Ear(client.resubscribeTask({ tenant: '', id }));
    expect(await refused(ear.line())).toMatchObject({ name: expect.stringContaining('UnsupportedOperation') as string });
  });

  test('is told what is wrong in words of the protocol', async () => {
    await using h = await open([HELPER, SECOND]);
    const client = await clientOf(baseOf(h), way);
    const get = (id: string): Promise<unknown> => client.getTask({ tenant: '', id });
    expect(await refused(get('tsk_nothing'))).toMatchObject({ name: expect.stringContaining('TaskNotFound') as string });
    const elsewhere = await send(await clientOf(baseOf(h, 'second'), way), saying('x', { returnImmediately: true }));
    // A task of another agent is none of this one.
    expect((await refused(get(elsewhere.id))).message).toContain('of helper');
    expect((await refused(send(client, saying('', { parts: [] })))).message).toContain('the message has no content');
    const file = {
      content: { $case: 'url' as const, value: 'https://x.test/a.pdf' },
      mediaType: 'application/pdf',
      filename: '',
      metadata: undefined,
    };
    const wrongType = await refused(send(client, saying('', { parts: [file] })));
    expect(wrongType.name).toContain('ContentTypeNotSupported');
    expect(wrongType.message).toContain('cannot be given to helper');
    await play(h, 1, ends);
    await h.hub.waitTask(elsewhere.id, { seconds: 30 }, OWNER);
    const second = await clientOf(baseOf(h, 'second'), way);
    const late = await refused(second.cancelTask({ tenant: '', id: elsewhere.id, metadata: undefined }));
    expect(late.name).toContain('TaskNotCancelable');
    const more = await refused(send(second, saying('and?', { taskId: elsewhere.id })));
    expect(more).toMatchObject({ name: expect.stringContaining('UnsupportedOperation') as string });
    expect(more.message).toContain('has ended');
  });
});

test('a message that is repeated is the same task, whatever it was answered', async () => {
  await using h = await open();
  const client = await clientOf(baseOf(h));
  const request = saying('once', { returnImmediately: true });
  const one = await send(client, request);
  const two = await send(client, request);
  expect(two).toMatchObject({ id: one.id, contextId: one.contextId });
  await play(h, 1, says('Yes.'), ends);
  await h.hub.waitTask(one.id, { seconds: 30 }, OWNER);
  expect(await new Ear(client.sendMessageStream(request)).rest()).toEqual(['task completed Yes.']);
  expect((await h.hub.listTasks({ limit: 10 }, OWNER)).items).toHaveLength(1);
  const other = await refused(send(client, saying('other', { messageId: request.message?.messageId ?? '' })));
  expect(other.message).toContain('was used for another task');
});

test('a client that leaves is followed by nobody, also while nothing happens', async () => {
  let follows = 0;
  let ended: () => void = () => undefined;
  const allEnded = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const wrap = (hub: Hub): Hub =>
    instead(hub, 'follow', async function* (query, by) {
      follows += 1;
      try {
        yield* hub.follow(query, by);
      } finally {
        if (--follows === 0) ended();
      }
    });
  await using h = await open([HELPER], { wrap });
  const ear = new Ear((await clientOf(baseOf(h))).sendMessageStream(saying('x')));
  expect([await ear.line(), await ear.line()]).toEqual(['task submitted', 'working']);
  await ear.leave();
  await allEnded;
});
