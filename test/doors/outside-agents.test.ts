/** Agents from elsewhere as they come: over HTTP, with a token of their own. */

import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { ROUTES, type Route, type RouteId } from '../../src/contract/routes.js';
import type { OutsideAgent, Task } from '../../src/contract/task.js';
import { mcpDoor } from '../../src/doors/mcp/mcp.js';
import type { Hub } from '../../src/network/face.js';
import { ManualClock } from '../../src/testing/index.js';
import { type Ask, type House, type HouseOptions, house, type Said } from './house.js';

interface OutsideHouse extends House {
  /** As the owner. */
  send(input: string, more?: object): Promise<Task>;
  /** With the token of the agent; that of `scout` unless another one is named. */
  say(path: string, body?: object, ask?: Ask): Promise<Said>;
  task(said: Said | Promise<Said>): Promise<Task>;
}

/** With `scout` and `other` from elsewhere. */
async function open(options: HouseOptions = {}): Promise<OutsideHouse> {
  const at: House = await house({ principals: (token) => at.hub.principalOf(token), ...options });
  const post = (path: string, body: object, ask?: Ask): Promise<Said> => at.ask(path, { method: 'POST', body, ...ask });
  const tokens = new Map<string, string>();
  for (const alias of ['scout', 'other']) {
    const admitted = await post('/v1/outside-agents', { alias, tasks: { atOnce: 2 } });
    expect(admitted.status).toBe(201);
    tokens.set(alias, String(admitted.json()['token']));
  }
  const task: OutsideHouse['task'] = async (said) => {
    const answer = (await said).json() as unknown;
    return (typeof answer === 'object' && answer !== null && 'task' in answer ? answer.task : answer) as Task;
  };
  return {
    ...at,
    send: (input, more = {}) => task(post('/v1/tasks', { to: 'scout', input, ...more })),
    say: (path, body = {}, { token = 'scout', ...ask } = {}) => post(path, body, { token: tokens.get(token ?? '') ?? token, ...ask }),
    task,
    [Symbol.asyncDispose]: () => at[Symbol.asyncDispose](),
  };
}

const NEVER = new AbortController().signal;

/** Tells when these calls have reached the hub: each with the signal that ends it early. */
function watched(...names: ('leaseTask' | 'waitTask')[]): { wrapHub: (hub: Hub) => Hub; reached(n: number): Promise<AbortSignal[]> } {
  const signals: AbortSignal[] = [];
  const listeners = new Set<() => void>();
  const seen = (signal: AbortSignal): void => {
    signals.push(signal);
    for (const listener of listeners) listener();
  };
  return {
    wrapHub: (hub) =>
      new Proxy(hub, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name, target);
          if (typeof value !== 'function') return value;
          return (...args: unknown[]): unknown => {
            const waits = args.map((arg) => (arg !== null && typeof arg === 'object' && 'signal' in arg ? arg.signal : arg));
            if (names.some((one) => one === name)) seen(waits.find((one) => one instanceof AbortSignal) ?? NEVER);
            return Reflect.apply(value, target, args) as unknown;
          };
        },
      }),
    reached: (n) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (signals.length >= n) resolve(signals);
        };
        listeners.add(look);
        look();
      }),
  };
}

describe('An agent from elsewhere', () => {
  test('takes a task, tells how it goes, and replies', async () => {
    await using at = await open();
    const asked = at.say('/v1/tasks/lease', { waitSeconds: 30, leaseSeconds: 90 });
    const sent = await at.send('count the stars');
    const task = await at.task(asked);
    expect(task).toMatchObject({ id: sent.id, input: 'count the stars', status: 'leased', leasedBy: 'scout', attempts: 1 });
    const path = `/v1/tasks/${task.id}`;
    expect((await at.say(`${path}/progress`, { text: 'three so far', attempt: 1 })).json()).toMatchObject({ status: 'running' });
    const said = await at.say(`${path}/reply`, { text: 'seven', attempt: 1 });
    expect([said.status, said.json()['status']]).toEqual([200, 'replied']);
    expect((await at.ask(path)).json()).toMatchObject({ reply: 'seven' });
    // Asked for without a wait there is none, and that is no error.
    expect((await at.say('/v1/tasks/lease')).json()).toEqual({ task: null });
  });

  test('that repeats a request of which the answer was lost is answered alike', async () => {
    await using at = await open();
    const [first, second] = [await at.send('one'), await at.send('two')];
    const key = (name: string): Ask => ({ headers: { 'idempotency-key': name } });
    const once = await at.say('/v1/tasks/lease', {}, key('a'));
    expect((await at.say('/v1/tasks/lease', {}, key('a'))).text).toBe(once.text);
    expect((await at.task(once)).id).toBe(first.id);
    expect((await at.task(at.say('/v1/tasks/lease', {}, key('b')))).id).toBe(second.id);
    const said = await at.say(`/v1/tasks/${first.id}/reply`, { text: 'done', attempt: 1 }, key('c'));
    const again = await at.say(`/v1/tasks/${first.id}/reply`, { text: 'done', attempt: 1 }, key('c'));
    expect([said.status, again.status, again.text]).toEqual([200, 200, said.text]);
    const other = await at.say(`/v1/tasks/${first.id}/reply`, { text: 'done differently', attempt: 1 });
    expect([other.status, other.json()]).toMatchObject([409, { code: 'conflict', details: { task: { id: first.id, status: 'replied' } } }]);
  });

  test('that leaves while it waits is given nothing, and the next one is', async () => {
    const { wrapHub, reached } = watched('leaseTask');
    await using at = await open({ wrapHub });
    const socket = await at.socket();
    const body = '{"waitSeconds":30}';
    socket.write(
      `POST /v1/tasks/lease HTTP/1.1\r\nHost: 127.0.0.1:${at.server.port}\r\nAuthorization: Bearer scout\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    const [signal = NEVER] = await reached(1);
    const left = once(signal, 'abort');
    socket.destroy();
    await left;
    const sent = await at.send('x');
    expect(await at.task(at.say('/v1/tasks/lease'))).toMatchObject({ id: sent.id, attempts: 1 });
  });

  test('that waits does not hold up a host that stops, and is told that there was nothing', async () => {
    // A clock that stands still: nothing is cut off because it took too long.
    const { wrapHub, reached } = watched('leaseTask', 'waitTask');
    const at = await open({ clock: new ManualClock(), wrapHub });
    const { id } = await at.send('x', { to: 'other' });
    const asked = at.say('/v1/tasks/lease', { waitSeconds: 30 });
    const waited = at.ask(`/v1/tasks/${id}?wait=60`);
    await reached(2);
    await at.server.close();
    expect((await asked).json()).toEqual({ task: null });
    expect((await waited).json()).toMatchObject({ id, status: 'queued' });
    await at[Symbol.asyncDispose]();
  });

  test('reads what happened to its tasks as a stream, until it is dismissed', async () => {
    await using at = await open();
    const { id } = await at.send('x');
    await at.say('/v1/tasks/lease');
    using stream = await at.stream(`/v1/tasks/${id}/events`, { authorization: 'Bearer scout' });
    expect((await stream.take(3)).map(({ event, id: position }) => [event, position])).toEqual([
      ['stream.opened', undefined],
      ['task.sent', '1'],
      ['task.leased', '2'],
    ]);
    const gone = await at.ask('/v1/outside-agents/scout', { method: 'DELETE' });
    expect((gone.json() as unknown as OutsideAgent).alias).toBe('scout');
    expect(await stream.next()).toBeUndefined();
    expect((await at.say('/v1/tasks/lease')).status).toBe(401);
    expect((await at.ask(`/v1/tasks/${id}`)).json()).toMatchObject({ status: 'queued' });
  });
});

describe('The rights of an agent from elsewhere', () => {
  test('are to work on tasks: every other route is refused', async () => {
    const may: readonly RouteId[] = [
      ...(['healthz', 'sendTask', 'listTasks', 'leaseTask', 'task', 'cancelTask', 'reportProgress'] as const),
      ...(['replyTask', 'failTask', 'taskEvents', 'nodes', 'present'] as const),
    ];
    await using at = await open();
    const allowed: string[] = [];
    for (const [id, route] of Object.entries(ROUTES) as [RouteId, Route][]) {
      const path = route.path.replace(/\{(\w+)\}/g, 'x');
      const { status, text } = await at.say(path, route.method === 'GET' ? undefined : {}, {
        method: route.method,
        ...(route.method === 'GET' ? { body: undefined } : {}),
      });
      if (status !== 403 || !text.includes(`(agent) may not ${route.right} here`)) allowed.push(id);
    }
    expect(allowed.sort()).toEqual([...may].sort());
  });

  test('end at its own tasks: of those of others it learns not even that they are there', async () => {
    await using at = await open();
    const others = await at.send('for another', { to: 'other' });
    await at.say('/v1/tasks/lease', {}, { token: 'other' });
    const mine = await at.send('for me');
    const list = (await at.say('/v1/tasks', undefined, { method: 'GET', body: undefined })).json();
    expect((list['items'] as Task[]).map(({ id }) => id)).toEqual([mine.id]);
    for (const [path, method] of [
      ['', 'GET'],
      ['/events', 'GET'],
      ['/reply', 'POST'],
      ['/progress', 'POST'],
      ['/fail', 'POST'],
      ['/cancel', 'POST'],
    ] as const) {
      const body = path === '/reply' ? { text: 'x' } : path === '/fail' ? { message: 'x' } : {};
      const said = await at.say(`/v1/tasks/${others.id}${path}`, body, { method, ...(method === 'GET' ? { body: undefined } : {}) });
      expect([path, said.status]).toEqual([path, 404]);
    }
    // Nor does it call off what somebody else has sent to it.
    expect((await at.say(`/v1/tasks/${mine.id}/cancel`)).status).toBe(403);
    expect((await at.say('/v1/tasks/lease', { agent: 'other' })).status).toBe(403);
    expect((await at.say('/v1/outside-agents/other/presence')).status).toBe(403);
  });

  test('open no sockets and no doors of others', async () => {
    await using at = await open();
    await expect(at.webSocket('/v1/ws', {}, 'scout')).rejects.toThrow('refused with 403');
    expect((await at.say('/v1/codexd/sessions')).status).toBe(403);
  });

  test('on a server without a token are still its own', async () => {
    await using at = await open({ auth: 'none' });
    const { id } = await at.send('x');
    expect(await at.task(at.say('/v1/tasks/lease'))).toMatchObject({ id, leasedBy: 'scout' });
    expect((await at.say('/v1/status', undefined, { method: 'GET', body: undefined })).status).toBe(403);
    expect((await at.ask('/v1/status', { token: null })).status).toBe(200);
  });

  test('are those of the token: none and a wrong one are none', async () => {
    await using at = await open({ doors: [mcpDoor] });
    for (const token of [null, 'scoutx', 'spool_scout_x']) expect((await at.ask('/v1/tasks', { token })).status).toBe(401);
  });
});
