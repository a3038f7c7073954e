/** Who gets in: tokens and roles, the Host and Origin headers, and where the server may listen at all. */

import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { startHttp } from '../../src/doors/http/server.js';
import type { Principal } from '../../src/host/face.js';
import { rig } from '../host/rig.js';
import { house, sessionId, TOKEN } from './house.js';

const PRINCIPALS: Record<string, Principal> = {
  'token-of-a-viewer': { name: 'vera', role: 'viewer' },
  'token-of-an-operator': { name: 'otto', role: 'operator' },
};
const principals = (token: string): Principal | null => PRINCIPALS[token] ?? null;

describe('Tokens', () => {
  test('without a token only healthz answers, and every other answer says how to come in', async () => {
    await using at = await house();
    expect((await at.ask('/healthz', { token: null })).json()).toEqual({ ok: true });
    for (const path of [
      '/readyz',
      '/metrics',
      '/openapi.json',
      '/v1/status',
      '/v1/sessions',
      '/v1/events',
      '/v1/codexd/status',
      '/nowhere',
    ]) {
      const said = await at.ask(path, { token: null });
      expect([path, said.status, said.headers['content-type']]).toEqual([
        path,
        401,
        path.includes('codexd') ? 'application/json' : 'application/problem+json',
      ]);
      expect(said.headers['www-authenticate']).toMatch(/^Bearer/);
    }
  });

  test('a wrong token, another scheme and an empty one are 401, and the answer repeats none of it', async () => {
    await using at = await house();
    for (const authorization of ['Bearer wrong-token', `Basic ${TOKEN}`, 'Bearer ', `Bearer ${TOKEN}x`, TOKEN]) {
      const said = await at.ask('/v1/status', { headers: { authorization } });
      expect(said.status).toBe(401);
      expect(said.text).not.toContain('wrong-token');
      expect(said.text).not.toContain(TOKEN);
    }
    expect((await at.ask('/v1/status')).status).toBe(200);
  });

  test('a role does what its rights allow and no more', async () => {
    await using at = await house({ principals });
    const viewer = await at.ask('/v1/sessions', { method: 'POST', body: {}, token: 'token-of-a-viewer' });
    expect([viewer.status, viewer.json()['code']]).toEqual([403, 'forbidden']);
    expect(viewer.json()['detail']).toContain('vera (viewer)');
    expect((await at.ask('/v1/sessions', { token: 'token-of-a-viewer' })).status).toBe(200);
    expect((await at.ask('/v1/codexd/sessions', { method: 'POST', body: {}, token: 'token-of-a-viewer' })).status).toBe(403);
    expect((await at.ask('/v1/sessions', { method: 'POST', body: {}, token: 'token-of-an-operator' })).status).toBe(201);
  });

  test('access_token in the URL opens event streams and sockets, and nothing else', async () => {
    await using at = await house();
    await at.fill(sessionId(1), 1);
    expect((await at.ask(`/v1/status?access_token=${TOKEN}`, { token: null })).status).toBe(401);
    expect((await at.ask(`/v1/sessions/${sessionId(1)}/events?access_token=${TOKEN}`, { token: null })).status).toBe(401);
    const asked = `/v1/sessions/${sessionId(1)}/events?access_token=${TOKEN}`;
    const wrong = await at.ask('/v1/events?access_token=wrong', { token: null, headers: { accept: 'text/event-stream' } });
    expect(wrong.status).toBe(401);
    const socket = await at.socket();
    socket.write(`GET ${asked} HTTP/1.1\r\nHost: 127.0.0.1:${at.server.port}\r\nAccept: text/event-stream\r\n\r\n`);
    const [head] = await once(socket, 'data');
    expect(String(head)).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
    using open = await at.webSocket(`/v1/ws?access_token=${TOKEN}`, {}, null);
    expect(open.socket.readyState).toBe(1);
    await expect(at.webSocket('/v1/ws?access_token=wrong', {}, null)).rejects.toThrow('refused with 401');
  });

  test('without auth everybody is the owner', async () => {
    await using at = await house({ auth: 'none' });
    expect((await at.ask('/v1/sessions', { method: 'POST', body: {}, token: null })).status).toBe(201);
  });
});

describe('Host and Origin', () => {
  test('only the names of this machine, with the port, are taken as Host', async () => {
    await using at = await house({ allowedHosts: ['spool.example', 'other.example:99'] });
    const { port } = at.server;
    const status = async (host: string): Promise<number> => (await at.ask('/healthz', { headers: { host } })).status;
    for (const host of [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      `LOCALHOST:${port}`,
      `[::1]:${port}`,
      'spool.example',
      'spool.example:7',
    ]) {
      expect([host, await status(host)]).toEqual([host, 200]);
    }
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      '127.0.0.1',
      '127.0.0.1:1',
      `127.0.0.1.evil.example:${port}`,
      'other.example',
    ]) {
      expect([host, await status(host)]).toEqual([host, 403]);
    }
  });

  test('pages of other origins are refused, on sockets too, unless they are allowed', async () => {
    await using at = await house({ allowedOrigins: ['https://console.example'] });
    const own = at.server.url;
    const status = async (origin: string): Promise<number> => (await at.ask('/v1/status', { headers: { origin } })).status;
    expect(await status(own)).toBe(200);
    expect(await status('https://console.example')).toBe(200);
    for (const origin of ['https://evil.example', 'null', `http://localhost:${at.server.port}`, `${own}.evil.example`]) {
      expect([origin, await status(origin)]).toEqual([origin, 403]);
      await expect(at.webSocket('/v1/ws', { origin })).rejects.toThrow('refused with 403');
    }
    using allowed = await at.webSocket('/v1/ws', { origin: own });
    expect(allowed.socket.readyState).toBe(1);
  });

  test('a page of an allowed origin may ask first what it may do, and read the answer', async () => {
    await using at = await house({ allowedOrigins: ['https://console.example'] });
    const asked = await at.ask('/v1/sessions', { method: 'OPTIONS', token: null, headers: { origin: 'https://console.example' } });
    expect(asked.status).toBe(204);
    expect(asked.headers['access-control-allow-headers']).toContain('authorization');
    const said = await at.ask('/v1/status', { headers: { origin: 'https://console.example' } });
    expect(said.headers['access-control-allow-origin']).toBe('https://console.example');
  });
});

describe('Listening', () => {
  test('without a token the server listens on loopback only', async () => {
    await using built = rig();
    const start = startHttp({ host: built.host, hub: built.hub, port: 0, bind: '0.0.0.0', auth: 'none' });
    await expect(start).rejects.toMatchObject({ code: 'invalid-input', message: expect.stringContaining('loopback only') as string });
  });

  test('a port in use is an error that says what to do', async () => {
    await using at = await house();
    const start = startHttp({ host: at.host, hub: at.hub, port: at.server.port, bind: '127.0.0.1', auth: { token: TOKEN } });
    await expect(start).rejects.toMatchObject({ code: 'port-in-use', hint: expect.stringContaining('--port') as string });
    expect((await at.ask('/healthz')).status).toBe(200);
  });

  test('an address of another machine is an error that names it', async () => {
    await using built = rig();
    const start = startHttp({ host: built.host, hub: built.hub, port: 0, bind: '192.0.2.1', auth: { token: TOKEN } });
    await expect(start).rejects.toMatchObject({ code: 'invalid-input', message: expect.stringContaining('192.0.2.1') as string });
  });
});
