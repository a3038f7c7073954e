import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { systemClock } from '../../base/clock.js';
import { processStart, type RunningProcess, startOnItsOwn } from '../../base/process.js';
import { codexBinary } from '../../testing/codex-binary.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { CODEX_VERSION } from '../generated/version.js';
import { Client } from './client.js';
import { handshake } from './handshake.js';
import type { Transport } from './transport.js';
import { connectWebSocket } from './websocket.js';

const folder = mkdtempSync(join(tmpdir(), 'spool-ws-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const clock = systemClock;

describe('Over a WebSocket', () => {
  const servers: WebSocketServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  async function serve(): Promise<{ server: WebSocketServer; address: string }> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    servers.push(server);
    await once(server, 'listening');
    return { server, address: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  test('what the server says in the moment of connecting is not lost, binary frames are not messages, and no Origin is sent', async () => {
    const { server, address } = await serve();
    const headers: unknown[] = [];
    server.on('connection', (socket, request) => {
      headers.push([request.headers.authorization, request.headers.origin, request.headers['sec-websocket-extensions']]);
      socket.send('first');
      socket.send(Buffer.from('binary'));
      socket.send('second ä');
      socket.close(1012);
    });
    const transport = await connectWebSocket({ address, token: 'secret', clock });
    const heard: string[] = [];
    transport.receive((text) => heard.push(text));
    expect(await transport.closed).toEqual({ how: 'ended', message: 'Codex closed the connection (1012)' });
    expect(heard).toEqual(['first', 'second ä']);
    expect(headers).toEqual([['Bearer secret', undefined, undefined]]);
    transport.send('nobody is there');
    await transport.close();
  });

  test('a message over the limit that the server told is refused, and the connection stays', async () => {
    const { server, address } = await serve();
    server.on('headers', (headers) => headers.push('x-codex-websocket-max-unfragmented-message-bytes: 10'));
    server.on('connection', (socket) => socket.on('message', (data) => socket.send(`heard ${String(data)}`)));
    const transport = await connectWebSocket({ address, clock });
    expect(() => transport.send('ä'.repeat(6))).toThrow(
      expect.objectContaining({ code: 'too-large', details: { bytes: 12, maxBytes: 10 } }),
    );
    const heard = nextOf(transport);
    transport.send('ä'.repeat(5));
    expect(await heard).toBe('heard äääää');
    await transport.close();
  });

  test('a line on which nobody answers is given up after the signs of life that may be missed, and a living one is not', async () => {
    const { server, address } = await serve();
    const [alive, silent] = [new ManualClock(), new ManualClock()];
    const heartbeat = { everyMs: 1_000, mayMiss: 2 };
    let pings = 0;
    const came = once(server, 'connection');
    server.on('connection', (socket) =>
      socket.on('ping', () => {
        pings += 1;
      }),
    );
    const living = await connectWebSocket({ address, clock: alive, heartbeat });
    const [peer] = (await came) as [WebSocket];
    const heard: string[] = [];
    living.receive((text) => heard.push(text));
    const asked = async (n: number): Promise<void> => {
      while (pings < n) await once(peer, 'ping');
    };
    for (let beat = 1; beat <= 6; beat += 1) {
      await asked(beat);
      // What follows a pong has come behind it.
      peer.send(`beat ${beat}`);
      while (heard.at(-1) !== `beat ${beat}`) await new Promise((resolve) => setImmediate(resolve));
      alive.advance(1_000);
    }
    await living.close();

    const deaf = new WebSocketServer({ port: 0, host: '127.0.0.1', autoPong: false });
    servers.push(deaf);
    await once(deaf, 'listening');
    const dead = await connectWebSocket({ address: `ws://127.0.0.1:${(deaf.address() as AddressInfo).port}`, clock: silent, heartbeat });
    silent.advance(2_000);
    let over = false;
    void dead.closed.then(() => {
      over = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(over).toBe(false);
    silent.advance(1_000);
    expect(await dead.closed).toEqual({ how: 'failed', message: 'the connection to Codex failed: no sign of life for 3 s' });
    expect(silent.waiting).toBe(0);
  });

  test('a server that does not say goodbye does not keep us', async () => {
    const { http, address, end } = await httpServer();
    http.on('upgrade', (request, socket) => {
      const key = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`);
    });
    const transport = await connectWebSocket({ address, clock });
    await transport.close();
    expect((await transport.closed).how).toBe('closed');
    await end();
  });

  test('each way of not getting through has its own code, and connecting can be cancelled', async () => {
    await expect(connectWebSocket({ address: 'ws://127.0.0.1:1', clock })).rejects.toMatchObject({ code: 'unavailable' });
    await expect(connectWebSocket({ address: `unix:${folder}/nobody`, clock })).rejects.toMatchObject({ code: 'unavailable' });
    await expect(connectWebSocket({ address: 'nonsense', clock })).rejects.toMatchObject({ code: 'invalid-input' });
    const { http, address, end } = await httpServer();
    http.on('upgrade', () => undefined);
    await expect(connectWebSocket({ address, clock, connectTimeoutMs: 50 })).rejects.toMatchObject({ code: 'timeout' });
    const abort = new AbortController();
    const connecting = connectWebSocket({ address, clock, signal: abort.signal });
    abort.abort();
    await expect(connecting).rejects.toMatchObject({ code: 'cancelled' });
    await expect(connectWebSocket({ address, clock, signal: abort.signal })).rejects.toMatchObject({ code: 'cancelled' });
    await end();
  });
});

describe('The real Codex on a socket', () => {
  const running: RunningProcess[] = [];
  afterEach(async () => {
    for (const child of running.splice(0)) await child.stop();
  });

  async function listening(args: readonly string[], name: string): Promise<{ child: RunningProcess; log: string }> {
    const log = join(folder, `${name}.log`);
    const env = { PATH: process.env['PATH'], CODEX_HOME: folder };
    const child = await startOnItsOwn({ command: codexBinary(), args: ['app-server', '--listen', ...args], env, output: log });
    running.push(child);
    return { child, log };
  }

  function talk(transport: Transport): Client {
    return new Client(transport, { clock, onNotification: () => undefined, onRequest: () => undefined });
  }

  async function converse(client: Client): Promise<void> {
    expect(await handshake(client, { version: '0.0.1' })).toEqual({ version: CODEX_VERSION, codexHome: folder });
    expect((await client.request('thread/loaded/list', {})).data).toEqual([]);
    await client.close();
    expect((await client.ended).how).toBe('closed');
  }

  test('on a loopback port it wants the token, outlives our connection, and its end ends the next one', async () => {
    const token = randomBytes(32).toString('hex');
    const digest = createHash('sha256').update(token).digest('hex');
    const { child, log } = await listening(['ws://127.0.0.1:0', '--ws-auth', 'capability-token', '--ws-token-sha256', digest], 'port');
    const address = (await fileHas(log, /ws:\/\/127\.0\.0\.1:\d+/))[0];
    await expect(connectWebSocket({ address, clock })).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(connectWebSocket({ address, clock, token: 'wrong' })).rejects.toMatchObject({ code: 'unauthorized' });
    await converse(talk(await connectWebSocket({ address, clock, token })));
    const client = talk(await connectWebSocket({ address, clock, token }));
    await handshake(client, { version: '0.0.1' });
    const limit = client.request('fs/writeFile', { path: join(folder, 'big'), dataBase64: 'A'.repeat(17 * 1024 * 1024) });
    await expect(limit).rejects.toMatchObject({ code: 'too-large' });
    expect((await client.request('thread/loaded/list', {})).data).toEqual([]);
    expect(await child.stop()).toEqual([]);
    expect((await client.ended).how).toBe('ended');
    await expect(client.request('thread/loaded/list', {})).rejects.toMatchObject({ code: 'unavailable' });
    expect(await processStart(child.pid)).toBeUndefined();
  });

  test('on a unix socket it is met by its path, also one with a colon in it', async () => {
    const path = join(folder, 'a:b.sock');
    const { child } = await listening([`unix://${path}`], 'unix');
    await converse(talk(await whenThere(() => connectWebSocket({ address: `unix:${path}`, clock }))));
    await converse(talk(await connectWebSocket({ address: `unix://${path}`, clock })));
    expect(await child.stop()).toEqual([]);
    expect(child.exit).toEqual({ code: 0, signal: null });
  });

  async function whenThere<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        expect(error).toMatchObject({ code: 'unavailable' });
      }
    }
  }
});

async function fileHas(path: string, pattern: RegExp): Promise<RegExpExecArray> {
  for (;;) {
    const found = pattern.exec(await readFile(path, 'utf8'));
    if (found !== null) return found;
  }
}

/** An HTTP server of which nothing is left at its end, upgraded connections included. */
async function httpServer(): Promise<{ http: Server; address: string; end(): Promise<void> }> {
  const http = createServer();
  const sockets = new Set<Socket>();
  http.on('connection', (socket) => sockets.add(socket));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const end = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => http.close(resolve));
  };
  return { http, address: `ws://127.0.0.1:${(http.address() as AddressInfo).port}`, end };
}

function nextOf(transport: Transport): Promise<string> {
  return new Promise((resolve) => transport.receive(resolve));
}
