/** What becomes of a task as clients of A2A see it: questions and their answers, conversations, other ends, and a host that comes back. */

import type { Part } from '@a2a-js/sdk';
import { describe, expect, test } from 'vitest';
import type { Task } from '../../src/contract/task.js';
import { memoryLog } from '../../src/log/memory/memory-log.js';
import { memorySnapshots } from '../../src/log/memory/memory-snapshots.js';
import type { Hub } from '../../src/network/face.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { OWNER } from '../host/rig.js';
import { brief, clientOf, Ear, fetchAs, refused, saying, send, text, textOf } from './a2a-clients.js';
import { agent, asks, baseOf, ends, HELPER, HIDDEN, instead, open, play, SECOND, says } from './a2a-stage.js';
import type { House } from './house.js';

const data = (value: unknown): Part => ({ content: { $case: 'data', value }, mediaType: '', filename: '', metadata: undefined });

/** Resolves when so many tasks were sent. */
async function sent({ log }: House, count: number): Promise<void> {
  const enough = new AbortController();
  let seen = 0;
  for await (const { events } of log.follow({ after: 0, signal: enough.signal })) {
    if (events[0]?.type === 'task.sent' && ++seen === count) break;
  }
  enough.abort();
}

/** A task that its agent works on. */
async function running(h: House, words = 'x'): Promise<{ id: string; contextId: string; turn: string; session: string }> {
  const client = await clientOf(baseOf(h));
  const { id, contextId } = await send(client, saying(words, { returnImmediately: true }));
  const ear = new Ear(client.resubscribeTask({ tenant: '', id }));
  for (let line = await ear.line(); line !== 'working' && line !== 'task working'; ) line = await ear.line();
  await ear.leave();
  const { turn = '', session = '' } = await h.hub.task(id, OWNER);
  return { id, contextId, turn, session };
}

describe('A task that waits', () => {
  test('for a permission says so to who waits for it, and goes on with the answer', async () => {
    await using h = await open();
    const client = await clientOf(baseOf(h));
    const asked = send(client, saying('push it'));
    await play(h, 1, asks('q', 'run git push?'));
    const task = await asked;
    expect(brief(task).state).toBe('input_required');
    expect(textOf(task.status?.message)).toBe('run git push?\n\nAnswer "accept" or "decline".');
    const { id: taskId } = task;
    expect(task.status?.message?.metadata).toMatchObject({ waitsFor: 'approval', id: expect.stringMatching(/^apr_/) as string });
    expect((await refused(send(client, saying('well', { taskId })))).message).toContain('answer "accept" or "decline"');
    const answered = send(client, saying('Yes.', { taskId }));
    expect((await h.agent.called('answer')).answer).toEqual({ decision: 'accept' });
    await play(h, 1, says('Pushed.'), ends);
    expect(brief(await answered)).toEqual({ state: 'completed', reply: 'Pushed.' });
  });

  test('takes one answer once: a repeat of it is not the answer to the next question', async () => {
    await using h = await open();
    const client = await clientOf(baseOf(h));
    const asked = send(client, saying('x'));
    await play(h, 1, asks('one', 'first?'));
    const { id: taskId } = await asked;
    const answer = saying('', { taskId, parts: [data({ decision: 'accept' })] });
    const answered = send(client, answer);
    await h.agent.called('answer');
    await play(h, 1, asks('two', 'second?'));
    expect(textOf((await answered).status?.message)).toContain('second?');
    expect(textOf((await send(client, answer)).status?.message)).toContain('second?');
    const wrong = await refused(send(client, saying('', { taskId, parts: [data({ decision: 'perhaps' })] })));
    expect(wrong.message).toContain('"decision" (accept, decline)');
    await send(client, saying('', { taskId, parts: [data({ decision: 'decline' })], returnImmediately: true }));
    expect((await h.agent.called('answer', 2)).answer).toEqual({ decision: 'decline' });
    await h.event((await h.hub.task(taskId, OWNER)).session ?? '', 'approval.answered', 2);
    // Nor is it wrong once nothing is asked any more.
    expect((await send(client, { ...answer, configuration: saying('', { returnImmediately: true }).configuration })).id).toBe(taskId);
  });

  test('and was answered just now is waited for, although it does not say yet that it goes on', async () => {
    // The host knows of the answer a moment before the task does.
    const slow: Task[] = [];
    const wrap = (hub: Hub): Hub => instead(hub, 'task', async (id, by) => slow.pop() ?? (await hub.task(id, by)));
    await using h = await open([HELPER], { wrap });
    const client = await clientOf(baseOf(h));
    const asked = send(client, saying('push it'));
    await play(h, 1, asks('q', 'run git push?'));
    const { id: taskId } = await asked;
    const waiting = await h.hub.task(taskId, OWNER);
    slow.push(waiting, waiting);
    const answered = send(client, saying('yes', { taskId }));
    await h.agent.called('answer');
    await play(h, 1, says('Pushed.'), ends);
    expect(brief(await answered)).toEqual({ state: 'completed', reply: 'Pushed.' });
  });

  test('for two permissions is answered one after the other', async () => {
    await using h = await open();
    const client = await clientOf(baseOf(h));
    const { id: taskId, session } = await running(h);
    await play(h, 1, asks('one', 'first?'), asks('two', 'second?'));
    await h.event(session, 'approval.asked', 2);
    const ear = new Ear(client.resubscribeTask({ tenant: '', id: taskId }));
    for (let words = ''; !words.includes('second?'); ) {
      const { payload } = (await ear.next()) ?? {};
      if (payload?.$case === 'task' || payload?.$case === 'statusUpdate') words = textOf(payload.value.status?.message);
    }
    await ear.leave();
    expect(brief(await send(client, saying('yes', { taskId }))).state).toBe('input_required');
    const answered = send(client, saying('no', { taskId }));
    expect((await h.agent.called('answer', 2)).answer).toEqual({ decision: 'decline' });
    await play(h, 1, says('Half of it.'), ends);
    expect(brief(await answered)).toEqual({ state: 'completed', reply: 'Half of it.' });
  });

  test('for a person is answered in words, and a repeat of them says nothing more', async () => {
    await using h = await open();
    const client = await clientOf(baseOf(h));
    const { id: taskId, turn, session } = await running(h);
    const speaker = { name: 'helper', role: 'agent' } as const;
    const first = await h.hub.sendTask({ to: 'person', input: 'left or right?' }, speaker, { session, turn });
    const waiting = await client.getTask({ tenant: '', id: taskId });
    expect([brief(waiting).state, textOf(waiting.status?.message)]).toEqual(['input_required', 'left or right?']);
    const answer = saying('left', { taskId });
    const answered = send(client, answer);
    expect(await h.hub.waitTask(first.id, { seconds: 30 }, OWNER)).toMatchObject({ status: 'replied', reply: 'left' });
    const second = await h.hub.sendTask({ to: 'person', input: 'up or down?' }, speaker, { session, turn });
    expect(textOf((await answered).status?.message)).toBe('up or down?');
    await send(client, answer);
    expect(await h.hub.task(second.id, OWNER)).toMatchObject({ status: 'queued' });
  });

  test('to be let go is let go or taken back', async () => {
    await using h = await open();
    const client = await clientOf(baseOf(h));
    const hold = (): Promise<{ id: string }> => h.hub.sendTask({ to: 'helper', input: 'x', hold: true }, OWNER);
    const [one, two] = [await hold(), await hold()];
    expect(textOf((await client.getTask({ tenant: '', id: one.id })).status?.message)).toContain('Answer "approve" to let it go');
    expect((await refused(send(client, saying('hm', { taskId: one.id })))).message).toContain('answer "approve" or "cancel"');
    expect(brief(await send(client, saying('cancel', { taskId: two.id }))).state).toBe('canceled');
    const answered = send(client, saying('approve', { taskId: one.id }));
    await play(h, 1, says('Gone.'), ends);
    expect(brief(await answered)).toEqual({ state: 'completed', reply: 'Gone.' });
  });

  test('for nothing takes no message, and says what to send instead', async () => {
    await using h = await open();
    const client = await clientOf(baseOf(h));
    const { id: taskId, contextId } = await running(h);
    const { name, message } = await refused(send(client, saying('faster', { taskId })));
    expect(name).toContain('UnsupportedOperation');
    expect(message).toContain(`waits for nothing (send a message without taskId, with contextId ${contextId}`);
    expect((await refused(send(client, saying('x', { taskId, contextId: 'other' })))).message).toContain('not to other');
  });
});

describe('A conversation', () => {
  test('is a session: what has its context goes on in it, what has another one does not', async () => {
    await using h = await open();
    const client = await clientOf(baseOf(h));
    const done = async (n: number, contextId?: string): Promise<{ contextId: string; session: string | undefined }> => {
      const asked = send(client, saying(`number ${n}`, contextId === undefined ? {} : { contextId }));
      await play(h, n, says('ok'), ends);
      const task = await asked;
      return { contextId: task.contextId, session: (await h.hub.task(task.id, OWNER)).session };
    };
    const one = await done(1);
    const two = await done(2, one.contextId);
    const other = await done(3, 'mine');
    const fresh = await done(4);
    expect(two).toEqual(one);
    expect(other.contextId).toBe('mine');
    expect(new Set([one, other, fresh].map(({ contextId, session }) => `${contextId} ${session}`)).size).toBe(3);
    expect(new Set([one, other, fresh].map(({ session }) => session)).size).toBe(3);
    const { tasks, totalSize } = await client.listTasks({ ...LIST, contextId: one.contextId });
    expect([totalSize, ...tasks.map(({ artifacts }) => artifacts.length)]).toEqual([2, 0, 0]);
    const whole = await client.listTasks({ ...LIST, contextId: one.contextId, includeArtifacts: true });
    expect(whole.tasks.map((task) => brief(task).reply)).toEqual(['ok', 'ok']);
  });

  test('its tasks are listed by state, in pages, with what came of them only if that is asked for', async () => {
    await using h = await open([HELPER, SECOND]);
    for (const way of ['JSON-RPC 1.0', 'HTTP+JSON 1.0'] as const) {
      const client = await clientOf(baseOf(h), way);
      const first = await send(client, saying('x', { returnImmediately: true }));
      await client.cancelTask({ tenant: '', id: first.id, metadata: undefined });
    }
    await send(await clientOf(baseOf(h, 'second')), saying('x', { returnImmediately: true }));
    for (const way of ['JSON-RPC 1.0', 'HTTP+JSON 1.0'] as const) {
      const client = await clientOf(baseOf(h), way);
      const page = await client.listTasks({ ...LIST, pageSize: 1 });
      expect(page).toMatchObject({ pageSize: 1, totalSize: 2, tasks: [{ artifacts: [] }] });
      const next = await client.listTasks({ ...LIST, pageSize: 1, pageToken: page.nextPageToken });
      expect(new Set([...page.tasks, ...next.tasks].map(({ id }) => id)).size).toBe(2);
      expect((await client.listTasks({ ...LIST, status: CANCELED })).tasks).toHaveLength(2);
      expect((await client.listTasks({ ...LIST, status: WORKING })).tasks).toEqual([]);
      expect((await refused(client.listTasks({ ...LIST, pageSize: 101 }))).message).toContain('pageSize');
    }
  });
});

const [WORKING, CANCELED] = [2, 5];
const LIST = { tenant: '', contextId: '', status: 0, pageToken: '', statusTimestampAfter: undefined };

describe('An end that is none of success', () => {
  test('is told with its reason: failed, out of time, and not let pass', async () => {
    const clock = new ManualClock();
    await using h = await open([HELPER, agent('picky', { public: true, from: [] })], { clock });
    const client = await clientOf(baseOf(h));
    const failing = send(client, saying('x'));
    const error = { code: 'auth' as const, message: 'no login', retryable: false };
    await clock.passUntil(play(h, 1, says('I tried.'), (turn) => ({ type: 'turn.failed', turn, error })));
    const failed = await clock.passUntil(failing);
    expect(brief(failed)).toEqual({ state: 'failed', reply: 'I tried.' });
    expect(textOf(failed.status?.message)).toBe('no login (auth)');
    const late = await clock.passUntil(h.hub.sendTask({ to: 'helper', input: 'x', deadlineSeconds: 5 }, OWNER));
    const ear = new Ear(client.resubscribeTask({ tenant: '', id: late.id }));
    await ear.next();
    clock.advance(6000);
    expect((await ear.rest()).at(-1)).toBe('failed');
    expect(textOf((await client.getTask({ tenant: '', id: late.id })).status?.message)).toContain('it was to be done by');
    const { token } = await h.hub.admitOutsideAgent({ alias: 'far', tasks: {} }, OWNER);
    const rejected = await send(await clientOf(baseOf(h, 'picky'), 'JSON-RPC 1.0', token), saying('x'));
    expect(brief(rejected).state).toBe('rejected');
    expect(textOf(rejected.status?.message)).toContain('picky takes tasks only from nobody');
  });
});

describe('An agent from elsewhere', () => {
  test('works on what clients send: its words, parts of its reply and a second attempt are heard as they come', async () => {
    await using h = await open([]);
    await h.hub.admitOutsideAgent({ alias: 'far', tasks: { public: true } }, OWNER);
    const far = { name: 'far', role: 'agent' } as const;
    const client = await clientOf(baseOf(h, 'far'));
    const ear = new Ear(client.sendMessageStream(saying('x')));
    expect(await ear.line()).toBe('task submitted');
    const { id } = ear.task;
    expect(textOf(ear.task.status?.message)).toContain('far is offline');
    await h.hub.leaseTask({ waitSeconds: 20 }, far);
    await h.hub.replyTask(id, { text: 'half', final: false }, far);
    await h.hub.failTask(id, { message: 'I lost it', retryable: true }, far);
    await h.hub.leaseTask({ waitSeconds: 20 }, far);
    await h.hub.reportProgress(id, { text: 'on it' }, far);
    await h.hub.replyTask(id, { text: 'one ', final: false }, far);
    const late = new Ear(client.resubscribeTask({ tenant: '', id }));
    expect(await late.line()).toBe('task working one');
    await h.hub.replyTask(id, { text: 'two' }, far);
    expect(await ear.rest()).toEqual(['working', '=half', 'submitted', 'working', '=one ', '+two.', 'completed']);
    expect(await late.rest()).toEqual(['+two.', 'completed']);
  });

  test('that has a token sees its own tasks only', async () => {
    await using h = await open();
    const { token } = await h.hub.admitOutsideAgent({ alias: 'far', tasks: {} }, OWNER);
    const [owner, far] = [await clientOf(baseOf(h)), await clientOf(baseOf(h), 'JSON-RPC 1.0', token)];
    const own = await send(far, saying('x', { returnImmediately: true }));
    const others = await send(owner, saying('x', { returnImmediately: true }));
    expect((await far.listTasks(LIST)).tasks.map(({ id }) => id)).toEqual([own.id]);
    expect((await refused(far.getTask({ tenant: '', id: others.id }))).name).toContain('TaskNotFound');
    expect((await owner.getTask({ tenant: '', id: own.id })).id).toBe(own.id);
  });
});

test('images and data are given to the agent, and come back in the history', async () => {
  await using h = await open();
  const client = await clientOf(baseOf(h));
  const raw: Part = { content: { $case: 'raw', value: Buffer.from('png') }, mediaType: 'image/png', filename: '', metadata: undefined };
  const link: Part = { content: { $case: 'url', value: 'https://x.test/a.png' }, mediaType: '', filename: '', metadata: undefined };
  const { id } = await send(client, saying('', { parts: [text('look'), data({ a: 1 }), link, raw], returnImmediately: true }));
  const { start } = await h.agent.called('startTurn');
  expect(start.input).toEqual([
    { type: 'text', text: 'look' },
    { type: 'text', text: '{"a":1}' },
    { type: 'image', url: 'https://x.test/a.png' },
    { type: 'image', url: `data:image/png;base64,${Buffer.from('png').toString('base64')}` },
  ]);
  expect((await client.getTask({ tenant: '', id })).history[0]?.parts.map(({ content }) => content?.$case)).toEqual([
    'text',
    'text',
    'url',
    'url',
  ]);
});

describe('Who comes back', () => {
  const goesOn = { open: () => Promise.resolve({ unsettled: 'running' as const }) };

  test('after a restart of the host hears the rest of the task that it had begun before', async () => {
    const kept = { log: memoryLog(), snapshots: memorySnapshots(), tasks: memorySnapshots() };
    const written = 'b'.repeat(1024);
    let id: string;
    let turn: string;
    {
      await using h = await open([HELPER], kept);
      const ear = new Ear((await clientOf(baseOf(h))).sendMessageStream(saying('x')));
      await ear.line();
      expect(await ear.line()).toBe('working');
      turn = await play(h, 1, (of) => ({ type: 'item.delta', turn: of, item: 'm', kind: 'text', text: written }));
      expect(await ear.line()).toBe(`=${written}`);
      ({ id } = ear.task);
      const blocked = refused(send(await clientOf(baseOf(h)), saying('y')));
      await sent(h, 2);
      await h.server.close();
      // The stream ends without an end of the task, and who waited is told to ask again.
      expect(await ear.rest()).toEqual([]);
      expect((await blocked).message).toContain('send the same message again');
    }
    await using h = await open([HELPER], { ...kept, script: goesOn });
    const client = await clientOf(baseOf(h));
    const ear = new Ear(client.resubscribeTask({ tenant: '', id }));
    expect(await ear.line()).toBe(`task working ${written}`);
    await h.event((await h.hub.task(id, OWNER)).session ?? '', 'session.resumed');
    for (const thread of h.agent.threads) thread.say(says(`${written}!`)(turn), ends(turn));
    expect(await ear.rest()).toEqual(['+!.', 'completed']);
  });

  test('is heard apart from the others: one who leaves takes nothing from those who stay', async () => {
    await using h = await open();
    const client = await clientOf(baseOf(h));
    const { id } = await running(h);
    const [one, two] = [new Ear(client.resubscribeTask({ tenant: '', id })), new Ear(client.resubscribeTask({ tenant: '', id }))];
    expect([await one.line(), await two.line()]).toEqual(['task working', 'task working']);
    await one.leave();
    await play(h, 1, says('ok'), ends);
    expect(await two.rest()).toEqual(['=ok.', 'completed']);
  });

  test('and says nothing for long hears signs of life', async () => {
    const clock = new ManualClock();
    await using h = await open([HELPER], { clock });
    const body = {
      jsonrpc: '2.0',
      id: 7,
      method: 'SendStreamingMessage',
      params: { message: { messageId: 'm', role: 'ROLE_USER', parts: [{ text: 'x' }] } },
    };
    const answer = await fetchAs('a-token-of-the-test')(baseOf(h), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    let heard = '';
    while (!heard.includes(': keep-alive'))
      heard += (await clock.passUntil(reader?.read() ?? Promise.reject(new Error('no body')))).value ?? '';
    expect(heard).toContain('"id":7');
    await reader?.cancel();
  });
});

describe('Wire', () => {
  const call = async (h: House, body: unknown, headers: Record<string, string> = {}): Promise<Record<string, unknown>> => {
    const answer = await h.ask('/a2a/helper', { method: 'POST', body, headers });
    expect(answer.status).toBe(200);
    return answer.json();
  };

  test('what cannot be read, is unknown or of another version is an error of JSON-RPC', async () => {
    await using h = await open();
    expect(await call(h, '{"jsonrpc":')).toMatchObject({ id: null, error: { code: -32700 } });
    expect(await call(h, '[]')).toMatchObject({ id: null, error: { code: -32602 } });
    expect(await call(h, { jsonrpc: '2.0', id: 'a', method: 'nothing', params: {} })).toMatchObject({ id: 'a', error: { code: -32601 } });
    expect(await call(h, { jsonrpc: '2.0', id: 1, method: 'SendMessage', params: {} })).toMatchObject({ error: { code: -32602 } });
    expect(await call(h, { jsonrpc: '2.0', id: 1, method: 'GetTask', params: { id: 'x' } }, { 'a2a-version': '2.0' })).toMatchObject({
      error: { code: -32009, message: 'version 2.0 of A2A is not spoken here: 1.0 and 0.3' },
    });
    expect(await call(h, 'x'.repeat(1024 * 1024 + 1))).toMatchObject({ error: { code: -32602 } });
    const plain = await call(h, '{}', { 'content-type': 'text/plain' });
    expect(plain['error']).toMatchObject({ message: expect.stringContaining('wanted application/json') as string });
  });

  test('HTTP+JSON says errors with a status', async () => {
    await using h = await open();
    const nothing = await h.ask('/a2a/helper/tasks/tsk_nothing');
    expect([nothing.status, nothing.json()['error']]).toEqual([404, expect.objectContaining({ status: 'NOT_FOUND' }) as unknown]);
    expect((await h.ask('/a2a/helper/tasks/x?historyLength=-1')).status).toBe(400);
    expect((await h.ask('/a2a/helper/tasks', { headers: { 'a2a-version': '0.3' } })).status).toBe(400);
    expect((await h.ask('/a2a/helper/tasks/x/pushNotificationConfigs')).status).toBe(400);
    expect((await h.ask('/a2a/helper/extendedAgentCard')).status).toBe(400);
    expect((await h.ask('/a2a/helper/message:send', { method: 'POST' })).status).toBe(400);
    expect((await h.ask('/a2a/helper/tasks')).json()).toEqual({ tasks: [], nextPageToken: '', pageSize: 50, totalSize: 0 });
  });

  test('push notifications are refused and not passed over', async () => {
    await using h = await open([HELPER, HIDDEN]);
    const client = await clientOf(baseOf(h));
    const request = saying('x');
    const config = { tenant: '', id: '', taskId: '', url: 'https://x.test', token: '', authentication: undefined };
    const pushed = { acceptedOutputModes: [], returnImmediately: false, taskPushNotificationConfig: config };
    expect((await refused(send(client, { ...request, configuration: pushed }))).name).toContain('PushNotificationNotSupported');
    expect((await h.hub.listTasks({ limit: 1 }, OWNER)).items).toEqual([]);
  });
});
