import { describe, expect, test } from 'vitest';
import { gatewayByHand as setUp } from '../../../test/support/gateway-by-hand.js';
import { SpoolError } from '../../base/errors.js';

const refusal = (id: string | number, words: string) => ({ id, error: { code: -32600, message: expect.stringContaining(words) } });

describe('What the interface may ask', () => {
  test('what only reads goes to Codex, and its answer comes back as it is', async () => {
    const { ask, transport, next, acted } = setUp();
    ask('a', 'model/list', { cursor: null });
    ask(2, 'thread/turns/list', { threadId: 'T' });
    expect(transport.sent).toEqual([
      { id: 'a', method: 'model/list', params: { cursor: null } },
      { id: 2, method: 'thread/turns/list', params: { threadId: 'T' } },
    ]);
    transport.say('{"id":2,  "result":{"data":[]}}', { id: 'a', error: { code: 1, message: 'no' } });
    expect([await next(), await next()]).toEqual([
      { id: 2, result: { data: [] } },
      { id: 'a', error: { code: 1, message: 'no' } },
    ]);
    expect(acted).toEqual([]);
  });

  test.each<[string, object, string]>([
    ['command/exec', { command: ['git', 'diff'] }, '--allow processes'],
    ['config/batchWrite', { edits: [{ keyPath: 'model' }] }, '--allow config'],
    ['fs/readFile', { path: '/etc/passwd' }, '--allow processes'],
    ['account/logout', {}, 'the login is the host'],
    ['thread/start', {}, 'spool new'],
    ['thread/delete', { threadId: 'T' }, 'spool archive'],
    ['thread/inject_items', { threadId: 'T' }, 'not for a terminal'],
    ['turn/invented', { threadId: 'T' }, 'not for a terminal'],
  ])('%s is refused in words, and recorded', async (method, params, words) => {
    const { ask, transport, next, acted } = setUp();
    ask(1, method, params);
    expect(await next()).toEqual(refusal(1, words));
    expect(transport.sent).toEqual([]);
    expect(acted).toMatchObject([{ method, allowed: false }]);
  });

  test('what would end the interface with an error is refused with a yes and a word to the person', async () => {
    const { ask, next, transport } = setUp();
    ask(1, 'thread/shellCommand', { threadId: 'T', command: 'ls' });
    expect(await next()).toEqual({ id: 1, result: {} });
    expect(await next()).toMatchObject({
      method: 'error',
      params: { threadId: 'T', error: { message: expect.stringContaining('sandbox') } },
    });
    expect(transport.sent).toEqual([]);
    const older = setUp({ version: '0.138.0' });
    older.ask(1, 'thread/shellCommand', { threadId: 'T', command: 'ls' });
    await older.next();
    expect(await older.next()).toMatchObject({ method: 'warning', params: { message: expect.stringContaining('sandbox') } });
  });

  test('what was granted goes through and is recorded, in its own conversation only', async () => {
    const { ask, transport, acted } = setUp({ allow: ['shell'] });
    ask(1, 'thread/shellCommand', { threadId: 'T', command: 'ls' });
    ask(2, 'thread/shellCommand', { threadId: 'another', command: 'ls' });
    ask(3, 'process/spawn', {});
    expect(transport.sent).toEqual([{ id: 1, method: 'thread/shellCommand', params: { threadId: 'T', command: 'ls' } }]);
    expect(acted).toMatchObject([{ allowed: true, detail: 'ls' }, { allowed: false }, { allowed: false }]);
  });

  test('Codex cannot read a request in another way than it was judged by', () => {
    const { gateway, transport } = setUp();
    gateway.send('{"id":1,"method":"thread/shellCommand","params":{"threadId":"T","command":"ls"},"method":"model/list"}');
    gateway.send('{"method":"thread/shellCommand","params":{}}');
    gateway.send('noise');
    expect(transport.sent).toMatchObject([{ id: 1, method: 'model/list' }]);
  });

  test('what the interface asks for itself is refused and not held against the person', async () => {
    const { ask, next, acted } = setUp();
    ask('title', 'thread/start', { ephemeral: true });
    expect(await next()).toEqual(refusal('title', 'one session'));
    expect(acted).toEqual([]);
  });
});

describe('What the interface sees', () => {
  test('its own conversation and the sub-agents of it, and no other', async () => {
    const { transport, next, ask } = setUp();
    const delta = (threadId: string, text: string) => ({
      method: 'item/agentMessage/delta',
      params: { threadId, turnId: 'U', delta: text },
    });
    transport.say(
      delta('other', 'secret'),
      { method: 'thread/started', params: { thread: { id: 'other', parentThreadId: null } } },
      { method: 'thread/started', params: { thread: { id: 'child', parentThreadId: 'T' } } },
      delta('child', 'helping'),
      delta('T', 'own'),
      { id: 9, method: 'item/fileChange/requestApproval', params: { threadId: 'other', turnId: 'V', itemId: 'i' } },
      { method: 'account/rateLimits/updated', params: {} },
    );
    expect([await next(), await next(), await next(), await next()]).toMatchObject([
      { method: 'thread/started', params: { thread: { id: 'child' } } },
      { params: { delta: 'helping' } },
      { params: { delta: 'own' } },
      { method: 'account/rateLimits/updated' },
    ]);
    ask(1, 'thread/read', { threadId: 'other' });
    expect(await next()).toEqual(refusal(1, 'its own conversation only'));
    ask(2, 'thread/resume', { threadId: 'other' });
    expect(await next()).toEqual(refusal(2, 'spool tui'));
    ask(3, 'thread/read', { threadId: 'child' });
    expect(transport.sent).toMatchObject([{ id: 3, method: 'thread/read' }]);
  });

  test('lists without the others, and a configuration without its keys', async () => {
    const { transport, next, ask } = setUp();
    ask(1, 'thread/list');
    ask(2, 'thread/loaded/list');
    ask(3, 'config/read');
    ask(4, 'account/read');
    transport.say(
      { id: 1, result: { data: [{ id: 'other' }, { id: 'T' }, { id: 'child', parentThreadId: 'T' }], nextCursor: null } },
      { id: 2, result: { data: ['other', 'T', 'child'] } },
      {
        id: 3,
        result: { config: { model: 'm', mcp_servers: { a: { env: { KEY: 'x' } } } }, layers: [{ config: { model_providers: {} } }] },
      },
      { id: 4, result: { account: null, requiresOpenaiAuth: false } },
    );
    expect([await next(), await next(), await next(), await next()]).toEqual([
      { id: 1, result: { data: [{ id: 'T' }, { id: 'child', parentThreadId: 'T' }], nextCursor: null } },
      { id: 2, result: { data: ['T', 'child'] } },
      { id: 3, result: { config: { model: 'm' }, layers: [{ config: {} }] } },
      { id: 4, result: { account: { type: 'apiKey' }, requiresOpenaiAuth: false } },
    ]);
  });

  test('it resumes the conversation, and not with settings of its own', () => {
    const { transport, ask } = setUp();
    ask(1, 'thread/resume', {
      threadId: 'T',
      approvalPolicy: 'never',
      sandbox: 'danger-full-access',
      cwd: '/',
      path: '/x',
      excludeTurns: true,
    });
    expect(transport.sent).toEqual([{ id: 1, method: 'thread/resume', params: { threadId: 'T', excludeTurns: true } }]);
  });
});

const text = (words: string) => ({ threadId: 'T', input: [{ type: 'text', text: words, text_elements: [] }] });

describe('What the person says', () => {
  test('is said to the host and not to Codex, and shows again under the name that it was given', async () => {
    const { ask, transport, next, said } = setUp();
    ask(1, 'turn/start', { ...text('hello'), clientUserMessageId: 'mine', cwd: '/elsewhere' });
    expect(await next()).toMatchObject({ id: 1, result: { turn: { id: 'ref-trn_1', status: 'inProgress' } } });
    expect(said).toEqual([{ input: [{ type: 'text', text: 'hello' }] }]);
    expect(transport.sent).toEqual([]);
    const item = { type: 'userMessage', id: 'i', clientId: 'trn_1', content: [] };
    transport.say({ method: 'item/started', params: { threadId: 'T', turnId: 'ref-trn_1', item } });
    expect(await next()).toMatchObject({ params: { item: { clientId: 'mine' } } });
    transport.say({ method: 'item/started', params: { threadId: 'T', turnId: 'U', item: { ...item, clientId: 'trn_of_somebody' } } });
    expect(await next()).toMatchObject({ params: { item: { clientId: 'trn_of_somebody' } } });
  });

  test('to a running turn is answered with that one; what the host refuses is an error that is shown', async () => {
    const { ask, next } = setUp({
      seat: {
        say: ({ input }) =>
          input[0]?.type === 'text' && input[0].text === 'no'
            ? Promise.reject(new SpoolError('conflict', 'the session is archived'))
            : Promise.resolve({ turn: 'trn_1', beside: 'running', begun: new Promise(() => undefined) }),
      },
    });
    ask(1, 'turn/steer', { ...text('also'), expectedTurnId: 'running' });
    expect(await next()).toEqual({ id: 1, result: { turnId: 'running' } });
    ask(2, 'turn/start', text('and'));
    expect(await next()).toMatchObject({ id: 2, result: { turn: { id: 'running' } } });
    ask(3, 'turn/start', text('no'));
    expect(await next()).toEqual(refusal(3, 'archived'));
  });

  test('is said once, although the interface sends again what a stopped turn did not take in', async () => {
    const { ask, next, said, transport } = setUp({
      seat: {
        say: (what) => Promise.resolve({ turn: `trn_${said.push(what)}`, beside: 'running', begun: Promise.resolve('its own') }),
      },
    });
    ask(1, 'turn/steer', text('rather this'));
    await next();
    ask(2, 'turn/interrupt', { threadId: 'T', turnId: 'running' });
    expect(await next()).toEqual({ id: 2, result: {} });
    transport.say({ method: 'turn/completed', params: { threadId: 'T', turn: { id: 'running' } } });
    await next();
    ask(3, 'turn/start', { ...text('rather this'), clientUserMessageId: 'again' });
    expect(await next()).toMatchObject({ id: 3, result: { turn: { id: 'its own' } } });
    expect(said).toHaveLength(1);
    // Said once more by hand, it is another message.
    ask(4, 'turn/start', text('rather this'));
    await next();
    expect(said).toHaveLength(2);
  });

  test('a message that the running turn took in is not taken for one that was sent again', async () => {
    const { ask, next, said, transport } = setUp({
      seat: {
        say: (what) => Promise.resolve({ turn: `trn_${said.push(what)}`, beside: 'running', begun: Promise.resolve('running') }),
      },
    });
    ask(1, 'turn/steer', text('the same'));
    await next();
    const item = { type: 'userMessage', id: 'i', clientId: 'trn_1', content: [] };
    transport.say({ method: 'item/started', params: { threadId: 'T', turnId: 'running', item } });
    await next();
    ask(2, 'turn/start', text('the same'));
    await next();
    expect(said).toHaveLength(2);
  });

  test('another model counts from the next message on; what the agent may do does not change, and plans are not made', async () => {
    const { ask, next, said, transport, acted } = setUp();
    ask('r', 'thread/resume', { threadId: 'T' });
    const opened = { model: 'a', reasoningEffort: null, approvalPolicy: 'on-request', sandbox: { type: 'readOnly' }, cwd: '/w' };
    transport.say({ id: 'r', result: { thread: { id: 'T' }, ...opened, activePermissionProfile: { id: ':read-only' } } });
    await next();
    ask(1, 'thread/settings/update', { threadId: 'T', model: 'b', effort: 'high' });
    expect(await next()).toEqual({ id: 1, result: {} });
    ask(2, 'thread/settings/update', { threadId: 'T', permissions: ':danger-full-access' });
    expect(await next()).toEqual(refusal(2, 'what the agent may do'));
    ask(3, 'turn/start', { ...text('x'), model: 'b', effort: 'high', approvalPolicy: 'on-request', permissions: ':read-only', cwd: '/w' });
    await next();
    expect(said).toEqual([{ input: [{ type: 'text', text: 'x' }], model: 'b', effort: 'high' }]);
    ask(4, 'turn/start', { ...text('y'), model: 'a', approvalPolicy: 'never' });
    expect(await next()).toMatchObject({
      method: 'error',
      params: { error: { message: expect.stringContaining('what the agent may do') } },
    });
    await next();
    expect(said[1]).toEqual({ input: [{ type: 'text', text: 'y' }] });
    ask(5, 'turn/start', { ...text('z'), collaborationMode: { mode: 'plan' } });
    expect(await next()).toEqual(refusal(5, 'plan mode'));
    expect(said).toHaveLength(2);
    expect(acted).toHaveLength(3);
    expect(transport.sent).toHaveLength(1);
  });

  test('other work and a name are the host’s to do, and an interrupt of what it does not know is Codex’s', async () => {
    const { ask, next, said, transport } = setUp({ seat: { interrupt: () => Promise.resolve(false) } });
    ask(1, 'thread/compact/start', { threadId: 'T' });
    expect(await next()).toEqual({ id: 1, result: {} });
    ask(2, 'review/start', { threadId: 'T', target: { type: 'custom', instructions: 'look' } });
    expect(await next()).toMatchObject({ id: 2, result: { reviewThreadId: 'T', turn: { id: 'ref-trn_2' } } });
    expect(said.map(({ action }) => action)).toEqual([
      { type: 'compact' },
      { type: 'review', target: { type: 'custom', instructions: 'look' } },
    ]);
    ask(3, 'thread/name/set', { threadId: 'T', name: 'new' });
    expect(await next()).toEqual({ id: 3, result: {} });
    expect(transport.sent).toEqual([]);
    ask(4, 'turn/interrupt', { threadId: 'T', turnId: 'shell' });
    await Promise.resolve();
    await Promise.resolve();
    expect(transport.sent).toMatchObject([{ id: 4, method: 'turn/interrupt' }]);
    ask(5, 'turn/start', { ...text('x'), threadId: 'child' });
    expect(await next()).toEqual(refusal(5, 'only its own'));
  });
});

test('a conversation in which nothing was said is shown as it was started, and joined when its first turn begins', async () => {
  const started = { thread: { id: 'T', turns: [] }, model: 'a', cwd: '/w' };
  const { ask, transport, next } = setUp({ started });
  const noRecord = { code: -32600, message: 'no rollout found for thread id T' };
  ask(1, 'thread/resume', { threadId: 'T', excludeTurns: true });
  transport.say({ id: 1, error: noRecord });
  expect(await next()).toEqual({ id: 1, result: { ...started, initialTurnsPage: null } });
  ask(2, 'thread/turns/list', { threadId: 'T' });
  transport.say({ id: 2, error: { code: -32600, message: 'not materialized yet' } });
  expect(await next()).toEqual({ id: 2, result: { data: [], nextCursor: null, backwardsCursor: null } });
  transport.say({ id: 'spool-1', result: { thread: { status: { type: 'idle' } } } });

  transport.say({ method: 'thread/status/changed', params: { threadId: 'T', status: { type: 'active' } } });
  expect(await next()).toMatchObject({ method: 'thread/status/changed' });
  expect(transport.sent.at(-1)).toEqual({ id: 'spool-2', method: 'thread/resume', params: { threadId: 'T', excludeTurns: false } });
  const item = { type: 'userMessage', id: 'i', clientId: null, content: [] };
  transport.say(
    { method: 'deprecationNotice', params: { summary: 'page instead' } },
    { id: 'spool-2', result: { thread: { id: 'T', turns: [{ id: 'U', status: 'inProgress', items: [item] }] } } },
  );
  expect([await next(), await next(), await next()]).toMatchObject([
    { method: 'turn/started', params: { threadId: 'T', turn: { id: 'U', items: [] } } },
    { method: 'item/started', params: { turnId: 'U', item } },
    { method: 'item/completed', params: { turnId: 'U', item } },
  ]);
  transport.say({ method: 'item/agentMessage/delta', params: { threadId: 'T', turnId: 'U', delta: 'x' } });
  expect(await next()).toMatchObject({ params: { delta: 'x' } });
});

test('it ends with the line to Codex, and lets go once', async () => {
  const { gateway, transport, next, released } = setUp();
  transport.end({ how: 'ended', message: 'gone' });
  expect(await next()).toBeUndefined();
  await gateway[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
  expect(released()).toBe(1);
  gateway.send(JSON.stringify({ id: 1, method: 'model/list' }));
});
