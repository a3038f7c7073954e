import { request } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Pipe } from '../../base/pipe.js';
import type { Principal, TerminalPlace } from '../../host/face.js';
import { silentLogger } from '../../ports/logger.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { type TerminalDoor, terminalDoor } from './terminal-door.js';

const BY: Principal = { name: 'owner', role: 'owner' };
const doors: TerminalDoor[] = [];

afterEach(async () => {
  for (const door of doors.splice(0)) await door[Symbol.asyncDispose]();
});

/** A door to a session that is played by hand. */
function setUp() {
  const clock = new ManualClock();
  const frames = new Pipe<string>();
  const sent: string[] = [];
  const given: string[] = [];
  let gaveUp = (): void => undefined;
  const givenUp = new Promise<void>((resolve) => {
    gaveUp = resolve;
  });
  const place = (id: string): TerminalPlace => ({
    ...{ id, session: 'ses_1', runtime: 'codex-app-server', version: '0.169.0', threadId: 'T' },
    attach: () => Promise.resolve({ frames, send: (text) => void sent.push(text) }),
    [Symbol.asyncDispose]: () => {
      given.push(id);
      frames.end();
      gaveUp();
      return Promise.resolve();
    },
  });
  let opened = 0;
  const openTerminal = (): Promise<TerminalPlace> => {
    opened += 1;
    return Promise.resolve(place(`ter_${opened}`));
  };
  const host = { openTerminal };
  const door = terminalDoor({ host, clock, logger: silentLogger, unusedMs: 1000 });
  doors.push(door);
  return { door, clock, frames, sent, given, givenUp };
}

/** What a client is told that asks for a WebSocket: 101, or why not. */
function knock(url: string, headers: Record<string, string>, path = '/'): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(new URL(path, url.replace('ws:', 'http:')), {
      headers: {
        ...{ connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' },
        ...headers,
      },
    });
    asked.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve(response.statusCode ?? 0);
    });
    asked.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on('error', reject);
    asked.end();
  });
}

function connect(url: string, token: string): WebSocket {
  return new WebSocket(url, { headers: { authorization: `Bearer ${token}` } });
}

test('a token opens one line, on which texts go both ways', async () => {
  const { door, frames, sent, given, givenUp } = setUp();
  const { url, token, ...rest } = await door.open('ses_1', {}, BY);
  expect(rest).toMatchObject({ id: 'ter_1', session: 'ses_1', threadId: 'T', version: '0.169.0' });
  expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
  expect(token).toMatch(/^[\w-]{43}$/);
  const socket = connect(url, token);
  const heard = new Promise<string>((resolve) => socket.once('message', (data) => resolve(String(data))));
  frames.push('{"hello":1}');
  expect(await heard).toBe('{"hello":1}');
  socket.send('{"id":1}');
  expect(await knock(url, { authorization: `Bearer ${token}` })).toBe(401);
  socket.close();
  await givenUp;
  expect(sent).toEqual(['{"id":1}']);
  expect(given).toEqual(['ter_1']);
});

test('nobody else comes in', async () => {
  const { door } = setUp();
  const { url, token } = await door.open('ses_1', {}, BY);
  const other = await door.open('ses_1', {}, BY);
  const right = { authorization: `Bearer ${token}` };
  expect(other.token).not.toBe(token);
  expect(await knock(url, {})).toBe(401);
  expect(await knock(url, { authorization: `Bearer ${token.slice(1)}x` })).toBe(401);
  expect(await knock(url, { ...right, origin: 'http://127.0.0.1' })).toBe(403);
  expect(await knock(url, { ...right, host: 'evil.example' })).toBe(403);
  expect(await knock(url, right, '/other')).toBe(404);
  const http = url.replace('ws:', 'http:');
  expect((await fetch(`${http}/readyz`)).status).toBe(200);
  expect((await fetch(`${http}/readyz`, { headers: { origin: 'http://127.0.0.1' } })).status).toBe(403);
  expect((await fetch(`${http}/`)).status).toBe(404);
  // None of this has used the token up.
  expect(await knock(url, right)).toBe(101);
});

test('a token that nobody comes with is forgotten, and with the last one the address is closed', async () => {
  const { door, clock, given, givenUp } = setUp();
  const { url, token, expiresAt } = await door.open('ses_1', {}, BY);
  expect(Date.parse(expiresAt)).toBe(clock.now() + 1000);
  clock.advance(1000);
  await givenUp;
  expect(given).toEqual(['ter_1']);
  const after = await knock(url, { authorization: `Bearer ${token}` }).catch((error: NodeJS.ErrnoException) => error.code);
  expect([401, 'ECONNREFUSED', 'ECONNRESET']).toContain(after);
  const again = await door.open('ses_1', {}, BY);
  expect(await knock(again.url, { authorization: `Bearer ${again.token}` })).toBe(101);
});

test('a runtime that hangs up closes the line, and so does the end of the host', async () => {
  const { door, frames } = setUp();
  const { url, token } = await door.open('ses_1', {}, BY);
  const socket = connect(url, token);
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  await new Promise((resolve) => socket.once('open', resolve));
  frames.end();
  expect(await closed).toBe(1011);

  const ending = setUp();
  const place = await ending.door.open('ses_1', {}, BY);
  const sitting = connect(place.url, place.token);
  const gone = new Promise<number>((resolve) => sitting.once('close', resolve));
  await new Promise((resolve) => sitting.once('open', resolve));
  await ending.door[Symbol.asyncDispose]();
  expect(await gone).toBe(1001);
  expect(ending.given).toEqual(['ter_1']);
  await expect(ending.door.open('ses_1', {}, BY)).rejects.toMatchObject({ code: 'unavailable' });
});
