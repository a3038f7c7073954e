/** WS /v1/ws: calls, subscriptions, and clients that say something wrong or nothing at all. */

import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { BUFFER_LIMIT, PING_MS } from '../../src/doors/live-socket.js';
import type { Host } from '../../src/host/face.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { heldBytes, house, instead, sessionId, TOKEN } from './house.js';

const S = sessionId(1);

describe('Calls', () => {
  test('every route can be called by its name and answers with its status', async () => {
    await using at = await house();
    using ws = await at.webSocket('/v1/ws');
    ws.send({ id: 1, op: 'call', route: 'openSession', body: { title: 'by socket' } });
    const opened = (await ws.next()) as { id: number; result: { id: string } };
    expect(opened).toMatchObject({ id: 1, ok: true, status: 201, result: { title: 'by socket' } });
    const session = opened.result.id;
    ws.send({ id: 'two', op: 'call', route: 'requestTurn', params: { id: session }, body: { input: 'hello' } });
    expect(await ws.next()).toMatchObject({ id: 'two', ok: true, status: 202, result: { disposition: 'started' } });
    ws.send({ id: 3, op: 'call', route: 'listSessions', query: { limit: '1' } });
    expect(await ws.next()).toMatchObject({ id: 3, ok: true, status: 200, result: { items: [{ id: session }] } });
  });

  test('what is wrong is answered as a problem under the id of the command, and the socket stays open', async () => {
    await using at = await house();
    using ws = await at.webSocket('/v1/ws');
    const problem = async (message: unknown): Promise<unknown> => {
      ws.send(message);
      const { id, ok, problem: told } = (await ws.next()) as { id: unknown; ok: boolean; problem: { code: string; detail: string } };
      expect(ok).toBe(false);
      return [id, told.code, told.detail];
    };
    expect(await problem('{"id": 1, ')).toEqual([null, 'invalid-input', expect.stringContaining('position 10')]);
    expect(await problem({ id: 1, op: 'shout' })).toEqual([1, 'invalid-input', expect.stringContaining('op: found "shout"')]);
    expect(await problem({ id: 2, op: 'call', route: 'nothing' })).toEqual([2, 'not-found', expect.stringContaining('nothing')]);
    expect(await problem({ id: 3, op: 'call', route: 'session' })).toEqual([3, 'invalid-input', expect.stringContaining('id')]);
    expect(await problem({ id: 4, op: 'call', route: 'openSession', body: { title: 1 } })).toEqual([
      4,
      'invalid-input',
      'title: found 1, wanted a string',
    ]);
    expect(await problem({ id: 5, op: 'call', route: 'allEvents' })).toEqual([5, 'unsupported', expect.any(String)]);
    expect(await problem({ id: 6, op: 'subscribe', session: S })).toEqual([6, 'not-found', expect.stringContaining(S)]);
    expect(await problem({ id: 7, op: 'unsubscribe', subscription: 6 })).toEqual([7, 'not-found', expect.any(String)]);
    ws.socket.send(Buffer.from([1, 2]));
    expect(await ws.next()).toMatchObject({ id: null, ok: false, problem: { code: 'invalid-input' } });
  });

  test('a viewer may look and not touch', async () => {
    await using at = await house({ principals: (token) => (token === 'token-of-a-viewer' ? { name: 'vera', role: 'viewer' } : null) });
    using ws = await at.webSocket('/v1/ws', {}, 'token-of-a-viewer');
    ws.send({ id: 1, op: 'call', route: 'listSessions' });
    expect(await ws.next()).toMatchObject({ id: 1, ok: true });
    ws.send({ id: 2, op: 'call', route: 'openSession', body: {} });
    expect(await ws.next()).toMatchObject({ id: 2, ok: false, problem: { code: 'forbidden' } });
  });
});

describe('Subscriptions', () => {
  test('many run on one socket, each from its own position, with the bytes that event streams have', async () => {
    await using at = await house();
    await at.fill(S, 3);
    await at.fill(sessionId(2), 2);
    using ws = await at.webSocket('/v1/ws');
    ws.send({ id: 'a', op: 'subscribe', session: S, after: 2 });
    expect(await ws.take(3)).toMatchObject([
      { id: 'a', ok: true },
      { subscription: 'a', type: 'stream.opened', data: { resume: 'ok', head: 3 } },
      { subscription: 'a', event: { position: 3, session: S } },
    ]);
    ws.send({ id: 'b', op: 'subscribe', session: sessionId(2) });
    const [, , first] = await ws.take(4);
    using stream = await at.stream(`/v1/sessions/${sessionId(2)}/events`);
    await stream.next();
    expect(JSON.stringify(first?.['event'])).toBe((await stream.next())?.data);
    await at.fill(S, 1);
    expect(await ws.next()).toMatchObject({ subscription: 'a', event: { position: 4 } });
  });

  test('a subscription that was ended says no more, and its id is free again', async () => {
    await using at = await house();
    await at.fill(S, 1);
    using ws = await at.webSocket('/v1/ws');
    ws.send({ id: 1, op: 'subscribe', session: S });
    await ws.take(3);
    ws.send({ id: 1, op: 'subscribe', session: S });
    expect(await ws.next()).toMatchObject({ id: 1, ok: false, problem: { code: 'conflict' } });
    ws.send({ id: 2, op: 'unsubscribe', subscription: 1 });
    expect(await ws.next()).toMatchObject({ id: 2, ok: true });
    await at.fill(S, 1);
    ws.send({ id: 1, op: 'subscribe', session: S, after: 9 });
    expect(await ws.take(4)).toMatchObject([
      { id: 1, ok: true },
      { subscription: 1, data: { resume: 'gap', head: 2 } },
      { event: { position: 1 } },
      { event: { position: 2 } },
    ]);
  });

  test('without a session all that happens from now on comes', async () => {
    await using at = await house();
    await at.fill(S, 2);
    using ws = await at.webSocket('/v1/ws');
    ws.send({ id: 1, op: 'subscribe' });
    await ws.take(2);
    await at.fill(sessionId(2), 1);
    expect(await ws.next()).toMatchObject({ subscription: 1, event: { session: sessionId(2), position: 1 } });
  });

  test('a client that does not read stops its own subscription only, and gets everything once it reads again', async () => {
    await using at = await house();
    await at.fill(S, 1);
    using slow = await at.webSocket('/v1/ws');
    using fast = await at.webSocket('/v1/ws');
    for (const ws of [slow, fast]) {
      ws.send({ id: 1, op: 'subscribe', session: S });
      await ws.take(3);
    }
    slow.socket.pause();
    const before = heldBytes(at.server.port);
    const [count, text] = [4000, 'z'.repeat(4096)];
    await at.fill(S, count, { text });
    expect((await fast.take(count)).at(-1)).toMatchObject({ event: { position: count + 1 } });
    expect(heldBytes(at.server.port) - before).toBeLessThan(BUFFER_LIMIT + 512 * 1024);
    slow.socket.resume();
    const positions = (await slow.take(count)).map(({ event }) => (event as { position: number }).position);
    expect(positions).toEqual(Array.from({ length: count }, (_, i) => i + 2));
  });
});

describe('Sockets', () => {
  test('a client that asks and asks without reading the answers is read no further, and gets them all in the end', async () => {
    await using at = await house();
    await at.fill(S, 500, { text: 'w'.repeat(2048) });
    using ws = await at.webSocket('/v1/ws');
    ws.socket.pause();
    const before = heldBytes(at.server.port);
    for (let id = 1; id <= 60; id++) ws.send({ id, op: 'call', route: 'events', params: { id: S } });
    using stream = await at.stream(`/v1/sessions/${S}/events`);
    await stream.take(501);
    // An answer is about 1 MiB; as many as may be at work at once can be held, not sixty.
    expect(heldBytes(at.server.port) - before).toBeLessThan(20 * BUFFER_LIMIT);
    ws.socket.resume();
    const ids = (await ws.take(60)).map(({ id }) => Number(id));
    expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  });

  test('a client that is gone is followed for no more', async () => {
    let leave: () => void = () => undefined;
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    await using at = await house({
      wrap: (host) => instead(host, 'follow', noting(host.follow.bind(host), leave)),
    });
    await at.fill(S, 1);
    const ws = await at.webSocket('/v1/ws');
    ws.send({ id: 1, op: 'subscribe', session: S });
    await ws.take(3);
    ws[Symbol.dispose]();
    await left;
  });

  test('a client that does not answer pings is dropped after two of them', async () => {
    const clock = new ManualClock();
    await using at = await house({ clock });
    using ws = await at.webSocket('/v1/ws', {});
    clock.advance(PING_MS);
    await once(ws.socket, 'ping');
    ws.send({ id: 1, op: 'call', route: 'healthz' });
    await ws.next();
    // From here on the client hears nothing and so answers nothing.
    ws.socket.pause();
    for (let missed = 0; missed < 3; missed++) clock.advance(PING_MS);
    ws.socket.resume();
    const [code] = await once(ws.socket, 'close');
    expect(code).toBe(1006);
  });

  test('a message over 1 MiB closes the socket with the code for it', async () => {
    await using at = await house();
    using ws = await at.webSocket('/v1/ws');
    ws.send('x'.repeat(1024 * 1024 + 1));
    const [code] = await once(ws.socket, 'close');
    expect(code).toBe(1009);
  });

  test('closing the server tells clients that it goes away', async () => {
    await using at = await house();
    using ws = await at.webSocket('/v1/ws');
    const closed = once(ws.socket, 'close');
    await at.server.close();
    expect((await closed)[0]).toBe(1001);
  });

  test('a socket that is asked for while the server closes is refused', async () => {
    await using at = await house();
    const socket = await at.socket();
    const start = `GET /v1/ws HTTP/1.1\r\nHost: 127.0.0.1:${at.server.port}\r\nAuthorization: Bearer ${TOKEN}\r\n`;
    socket.write(`${start}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n`);
    await at.ask('/healthz');
    const closed = at.server.close();
    socket.write('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n');
    const [said] = await once(socket, 'data');
    expect(String(said)).toMatch(/^HTTP\/1\.1 503 /);
    await closed;
  });

  test('a path without a socket refuses the upgrade', async () => {
    await using at = await house();
    await expect(at.webSocket('/v1/nothing')).rejects.toThrow('refused with 404');
  });
});

type Follow = Host['follow'];

function noting(follow: Follow, left: () => void): Follow {
  return async function* (query, by) {
    try {
      yield* follow(query, by);
    } finally {
      left();
    }
  };
}
