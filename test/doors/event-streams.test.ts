/** Event streams: replay, then live, through reconnects and beside clients that do not read. */

import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { KEEP_ALIVE_MS } from '../../src/contract/stream.js';
import type { Host } from '../../src/host/face.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { type Frame, heldBytes, house, instead, sessionId, TOKEN } from './house.js';

const S = sessionId(1);
const PATH = `/v1/sessions/${S}/events`;

function opened(frame: Frame | undefined): unknown {
  expect([frame?.event, frame?.id]).toEqual(['stream.opened', undefined]);
  return JSON.parse(frame?.data ?? '');
}

/** A fixed sequence of numbers below `below`, so that a failure comes again. */
function* seeded(seed: number, below: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state * 1103515245 + 12345) % 2147483648;
    yield 1 + (state % below);
  }
}

describe('Replay and live', () => {
  test('a stream says where it stands, replays, and goes on live', async () => {
    await using at = await house();
    await at.fill(S, 3);
    using stream = await at.stream(`${PATH}?after=1`);
    expect([stream.status, stream.headers['content-type'], stream.headers['x-accel-buffering']]).toEqual([200, 'text/event-stream', 'no']);
    expect(stream.headers['cache-control']).toContain('no-cache');
    expect(opened(await stream.next())).toEqual({ resume: 'ok', head: 3 });
    expect((await stream.take(2)).map((frame) => frame.id)).toEqual(['2', '3']);
    await at.fill(S, 2);
    const [fourth] = await stream.take(1);
    expect(fourth).toMatchObject({ id: '4', event: 'warning.raised' });
    expect(JSON.parse(fourth?.data ?? '')).toMatchObject({ position: 4, session: S, type: 'warning.raised', data: { message: 'x 1' } });
  });

  test('reconnecting anywhere, also inside a record, neither loses nor repeats an event, and bytes are the same every time', async () => {
    await using at = await house();
    const total = 600;
    await at.fill(S, 200, { perRecord: 7 });
    const seen = new Map<string, string>();
    const ids: string[] = [];
    const cuts = seeded(7, 40);
    const filled = at.fill(S, total - 200, { perRecord: 3 });
    while (ids.length < total) {
      using stream = await at.stream(PATH, ids.length === 0 ? {} : { 'last-event-id': ids.at(-1) ?? '' });
      opened(await stream.next());
      for (const frame of await stream.take(Math.min(cuts.next().value, total - ids.length))) {
        ids.push(frame.id ?? '');
        seen.set(frame.id ?? '', frame.data);
      }
    }
    await filled;
    expect(ids).toEqual(Array.from({ length: total }, (_, i) => String(i + 1)));
    using whole = await at.stream(`${PATH}?after=0`);
    opened(await whole.next());
    for (const frame of await whole.take(total)) expect(frame.data).toBe(seen.get(frame.id ?? ''));
  });

  test('Last-Event-ID wins over after', async () => {
    await using at = await house();
    await at.fill(S, 5);
    using stream = await at.stream(`${PATH}?after=1`, { 'last-event-id': '4' });
    opened(await stream.next());
    expect((await stream.next())?.id).toBe('5');
  });

  test('a cursor beyond the end of the log is told as a gap and replayed from the start', async () => {
    await using at = await house();
    await at.fill(S, 2);
    using stream = await at.stream(`${PATH}?after=9`);
    expect(opened(await stream.next())).toEqual({ resume: 'gap', head: 2 });
    expect((await stream.take(2)).map((frame) => frame.id)).toEqual(['1', '2']);
  });

  test('an unknown session and a cursor that is no number are refused as problems, before any frame', async () => {
    await using at = await house();
    await at.fill(S, 1);
    const headers = { accept: 'text/event-stream' };
    expect((await at.ask(`/v1/sessions/${sessionId(9)}/events`, { headers })).json()).toMatchObject({ status: 404, code: 'not-found' });
    expect((await at.ask(`${PATH}?after=x`, { headers })).json()).toMatchObject({ status: 400, code: 'invalid-input' });
    expect((await at.ask(PATH, { headers: { ...headers, 'last-event-id': '-1' } })).status).toBe(400);
  });

  test('without Accept the same path answers a page', async () => {
    await using at = await house();
    await at.fill(S, 3);
    expect((await at.ask(`${PATH}?after=1&limit=1`)).json()).toMatchObject({ events: [{ position: 2 }], next: 2 });
    expect((await at.ask(`${PATH}?after=2`)).json()).toMatchObject({ events: [{ position: 3 }], next: null });
  });

  test('the stream of all sessions bears no ids and has what comes after it was opened', async () => {
    await using at = await house();
    await at.fill(S, 3);
    using stream = await at.stream('/v1/events');
    expect(opened(await stream.next())).toEqual({ resume: 'ok', head: 3 });
    await at.fill(sessionId(2), 1);
    await at.fill(S, 1);
    const frames = await stream.take(2);
    expect(frames.map(({ id, data }) => [id, (JSON.parse(data) as { session: string }).session])).toEqual([
      [undefined, sessionId(2)],
      [undefined, S],
    ]);
  });
});

test('nothing is lost that happens while the stream of all sessions is being opened', async () => {
  let happens: () => Promise<void> = () => Promise.resolve();
  const wrap = (host: Host): Host =>
    instead(host, 'status', async () => {
      const status = await host.status();
      await happens();
      return status;
    });
  await using at = await house({ wrap });
  happens = () => at.fill(S, 1);
  using stream = await at.stream('/v1/events');
  expect(opened(await stream.next())).toEqual({ resume: 'ok', head: 0 });
  expect(JSON.parse((await stream.next())?.data ?? '')).toMatchObject({ session: S, position: 1 });
});

describe('Clients that come and go', () => {
  test('a comment comes every 15 s', async () => {
    const clock = new ManualClock();
    await using at = await house({ clock });
    await at.fill(S, 1);
    using stream = await at.stream(PATH);
    await stream.take(2);
    clock.advance(45_000);
    await at.fill(S, 1);
    await stream.take(1);
    expect(stream.comments).toBe(3);
  });

  test('a client that goes away is let go of', async () => {
    await using at = await house();
    await at.fill(S, 1);
    const stream = await at.stream(PATH);
    await stream.take(2);
    const open = async (): Promise<string | undefined> => /spool_event_streams (\d+)/.exec((await at.ask('/metrics')).text)?.[1];
    expect(await open()).toBe('1');
    stream[Symbol.dispose]();
    // The server learns of it when the socket's end arrives.
    while ((await open()) !== '0') await at.fill(S, 1);
    expect(await open()).toBe('0');
  });

  test('closing the server ends streams', async () => {
    await using at = await house();
    await at.fill(S, 1);
    using stream = await at.stream(PATH);
    await stream.take(2);
    await at.server.close();
    expect(await stream.next()).toBeUndefined();
  });

  test('closing the server lets go of connections that were to be kept', async () => {
    await using at = await house({ clock: new ManualClock() });
    await at.fill(S, 1);
    const socket = await at.socket();
    socket.write(
      `GET ${PATH} HTTP/1.1\r\nHost: 127.0.0.1:${at.server.port}\r\nAuthorization: Bearer ${TOKEN}\r\nAccept: text/event-stream\r\n\r\n`,
    );
    await once(socket, 'data');
    const start = performance.now();
    const ended = once(socket.resume(), 'end');
    await Promise.all([at.server.close(), ended]);
    // Node itself lets an idle connection go after 5 s; the clock of the grace stands still.
    expect(performance.now() - start).toBeLessThan(4000);
  });

  test('a stream that is asked for while the server closes is refused', async () => {
    await using at = await house();
    await at.fill(S, 1);
    const socket = await at.socket();
    socket.write(`GET ${PATH} HTTP/1.1\r\nHost: 127.0.0.1:${at.server.port}\r\n`);
    await at.ask('/healthz');
    const closed = at.server.close();
    socket.write(`Authorization: Bearer ${TOKEN}\r\nAccept: text/event-stream\r\n\r\n`);
    const [said] = await once(socket, 'data');
    expect(String(said)).toMatch(/^HTTP\/1\.1 503 [\s\S]*\nconnection: close/i);
    await closed;
  });

  test('the end of the host ends streams', async () => {
    await using at = await house();
    await at.fill(S, 1);
    using stream = await at.stream(PATH);
    await stream.take(2);
    await at.host[Symbol.asyncDispose]();
    expect(await stream.next()).toBeUndefined();
  });

  test('a client that does not read holds a bounded number of bytes and slows nobody', async () => {
    const clock = new ManualClock();
    await using at = await house({ clock });
    const text = 'y'.repeat(4096);
    const count = 5000;
    await at.fill(S, 1);
    const stalled = await at.socket();
    stalled.write(
      `GET ${PATH} HTTP/1.1\r\nHost: 127.0.0.1:${at.server.port}\r\nAuthorization: Bearer ${TOKEN}\r\nAccept: text/event-stream\r\n\r\n`,
    );
    await once(stalled, 'readable');
    using reading = await at.stream(PATH);
    await reading.take(2);
    const before = heldBytes(at.server.port);
    await at.fill(S, count, { text });
    expect((await reading.take(count)).at(-1)?.id).toBe(String(count + 1));
    // Many days of comments do not pile up either.
    clock.advance(60_000 * KEEP_ALIVE_MS);
    // Some 20 MB went by: what is held is what the sockets' own buffers take and one batch, not the rest.
    expect(heldBytes(at.server.port) - before).toBeLessThan(512 * 1024);
    let received = 0;
    stalled.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    while (received < count * text.length) await once(stalled, 'data');
    stalled.destroy();
  });
});
