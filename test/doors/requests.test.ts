/** Requests that are wrong in some way, and those that are repeated. */

import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { house } from './house.js';

describe('Paths and methods', () => {
  test('an unknown route is 404 and names method and path', async () => {
    await using at = await house();
    for (const [method, path] of [
      ['GET', '/v1/nothing'],
      ['POST', '/v1/sessions/x/y'],
      ['GET', '/'],
      ['DELETE', '/v1/codexd/runs'],
      ['GET', '//evil.example/v1/status'],
    ] as const) {
      const said = await at.ask(path, { method });
      expect([path, said.status]).toEqual([path, 404]);
      expect(said.text).toContain(method);
      expect(said.text).toContain(path);
    }
  });

  test('a known path with another method is 405 and lists those that it takes', async () => {
    await using at = await house();
    const said = await at.ask('/v1/sessions', { method: 'PATCH' });
    expect([said.status, said.headers['allow'], said.json()['code']]).toEqual([405, 'POST, GET, HEAD', 'method-not-allowed']);
    expect((await at.ask('/healthz', { method: 'POST', token: null })).headers['allow']).toBe('GET, HEAD');
    expect((await at.ask('/v1/codexd/turn')).headers['allow']).toBe('POST');
  });

  test('HEAD answers like GET without a body', async () => {
    await using at = await house();
    const said = await at.ask('/v1/status', { method: 'HEAD' });
    expect([said.status, said.text, said.headers['content-type']]).toEqual([200, '', 'application/json']);
  });

  test('a client that offers HTTP/2 with its request is answered in HTTP/1.1', async () => {
    await using at = await house();
    const body = JSON.stringify({ title: 'offered' });
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAAP__' };
    const said = await at.ask('/v1/sessions', { method: 'POST', body, headers });
    expect([said.status, said.json()['title']]).toEqual([201, 'offered']);
    expect((await at.ask('/v1/sessions', { headers })).status).toBe(200);
  });
});

describe('Bodies', () => {
  test('what a schema refuses is told as field, what was found and what is wanted', async () => {
    await using at = await house();
    const detail = async (body: unknown): Promise<unknown> => {
      const said = await at.ask('/v1/sessions', { method: 'POST', body });
      expect([said.status, said.headers['content-type']]).toEqual([400, 'application/problem+json']);
      return said.json()['detail'];
    };
    expect(await detail({ title: 7 })).toBe('title: found 7, wanted a string');
    expect(await detail({ effort: 'huge' })).toBe('effort: found "huge", wanted one of none, minimal, low, medium, high, xhigh');
    expect(await detail({ titel: 'x' })).toBe('titel: found a field that is not known here, wanted no such field');
    expect(await detail([])).toBe('the body: found an empty list, wanted an object');
    expect(await detail({ title: '' })).toBe('title: found "", wanted at least 1 characters');
    expect(await detail({ permissions: { approvalPolicy: 'maybe' } })).toBe(
      'permissions.approvalPolicy: found "maybe", wanted one of untrusted, on-request, never',
    );
  });

  test('a union is explained by the branch that was meant', async () => {
    await using at = await house();
    const { id } = (await at.ask('/v1/sessions', { method: 'POST', body: {} })).json();
    const detail = async (body: unknown): Promise<unknown> =>
      (await at.ask(`/v1/sessions/${String(id)}/turns`, { method: 'POST', body })).json()['detail'];
    expect(await detail({ input: [{ type: 'text', text: 3 }] })).toBe('input[0].text: found 3, wanted a string');
    expect(await detail({ input: 3 })).toBe('input: found 3, wanted a string or an array');
    expect(await detail({})).toBe('input: found nothing, wanted a string or an array');
    expect(await detail({ input: [{ type: 'sound' }] })).toContain('input[0].type: found "sound"');
  });

  test('the issues are there for programs too', async () => {
    await using at = await house();
    const said = await at.ask('/v1/sessions?limit=0&status=gone');
    expect(said.json()).toMatchObject({
      code: 'invalid-input',
      details: { issues: expect.arrayContaining([{ path: 'limit', found: '"0"', wanted: 'at least 1' }]) as unknown },
    });
  });

  test('malformed JSON is 400 with the place where it breaks', async () => {
    await using at = await house();
    const said = await at.ask('/v1/sessions', { method: 'POST', body: '{\n  "title": }' });
    expect(said.json()).toMatchObject({
      status: 400,
      code: 'invalid-input',
      detail: 'malformed JSON at position 13 (line 2, column 12): found "}", wanted value',
      details: { position: 13 },
    });
  });

  test('no body, another type, another encoding and bytes that are no text are told apart', async () => {
    await using at = await house();
    const detail = async (ask: { body?: string; headers?: Record<string, string> }): Promise<unknown> =>
      (await at.ask('/v1/sessions', { method: 'POST', ...ask })).json()['detail'];
    expect((await at.ask('/v1/sessions/x/turns', { method: 'POST' })).json()['detail']).toBe('the body: found nothing, wanted an object');
    expect(await detail({ body: '{}', headers: { 'content-type': 'text/plain' } })).toBe('the body is text/plain, wanted application/json');
    expect(await detail({ body: '{}', headers: { 'content-encoding': 'gzip' } })).toBe('the body is encoded as gzip, wanted plain JSON');
  });

  test('where nothing has to be said, no body is needed, and a repeat is still known by its key', async () => {
    await using at = await house();
    const open = async (): Promise<unknown> =>
      (await at.ask('/v1/sessions', { method: 'POST', headers: { 'idempotency-key': 'k' } })).json()['id'];
    expect(await open()).toMatch(/^ses_/);
    expect(await open()).toBe(await open());
  });

  test('a body over 1 MiB is 413, told before it has come', async () => {
    await using at = await house();
    const socket = await at.socket();
    const start = `POST /v1/sessions HTTP/1.1\r\nHost: 127.0.0.1:${at.server.port}\r\nAuthorization: Bearer a-token-of-the-test\r\n`;
    socket.write(`${start}Content-Type: application/json\r\nContent-Length: 900000000\r\n\r\n{"title":"`);
    const [said] = await once(socket, 'data');
    expect(String(said)).toMatch(/^HTTP\/1\.1 413 [\s\S]*too-large/);
    socket.destroy();
  });

  test('a body of unknown length is refused once 1 MiB of it has come', async () => {
    await using at = await house();
    const socket = await at.socket();
    const start = `POST /v1/sessions HTTP/1.1\r\nHost: 127.0.0.1:${at.server.port}\r\nAuthorization: Bearer a-token-of-the-test\r\n`;
    socket.write(`${start}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    for (let i = 0; i < 17; i++) socket.write(chunk);
    const [said] = await once(socket, 'data');
    expect(String(said)).toMatch(/^HTTP\/1\.1 413 [\s\S]*too-large/);
    socket.destroy();
    const whole = await at.ask('/v1/sessions', { method: 'POST', body: { title: 'x'.repeat(1024 * 1024) } });
    expect(whole.status).toBe(413);
    expect((await at.ask('/healthz')).status).toBe(200);
  });
});

describe('Repeats', () => {
  test('the Idempotency-Key header makes a repeat the same session', async () => {
    await using at = await house();
    const open = { method: 'POST', body: { title: 'once' }, headers: { 'idempotency-key': 'key-1' } };
    const first = (await at.ask('/v1/sessions', open)).json();
    const second = (await at.ask('/v1/sessions', open)).json();
    const named = (await at.ask('/v1/sessions', { method: 'POST', body: { title: 'once', commandId: 'key-1' } })).json();
    expect([second['id'], named['id']]).toEqual([first['id'], first['id']]);
    const other = (await at.ask('/v1/sessions', { ...open, headers: { 'idempotency-key': 'key-2' } })).json();
    expect(other['id']).not.toBe(first['id']);
  });

  test('a header and a body that name different commands are refused', async () => {
    await using at = await house();
    const ask = { method: 'POST', body: { commandId: 'a' }, headers: { 'idempotency-key': 'b' } };
    expect((await at.ask('/v1/sessions', ask)).json()['detail']).toContain('differ');
    expect((await at.ask('/v1/sessions', { ...ask, body: { commandId: 'b' } })).status).toBe(201);
  });
});

describe('The rest of the table', () => {
  test('a turn goes the whole road: asked for, answered with 202, read back, interrupted', async () => {
    await using at = await house();
    const { id } = (await at.ask('/v1/sessions', { method: 'POST', body: {} })).json();
    const path = `/v1/sessions/${String(id)}`;
    const accepted = await at.ask(`${path}/turns`, { method: 'POST', body: { input: 'hello' } });
    const { turn, disposition } = accepted.json() as { turn: { id: string }; disposition: string };
    expect([accepted.status, disposition]).toEqual([202, 'started']);
    expect((await at.ask(`${path}/turns/${turn.id}`)).json()).toMatchObject({ id: turn.id, input: [{ type: 'text', text: 'hello' }] });
    expect((await at.ask(`${path}/turns`)).json()).toMatchObject({ items: [{ id: turn.id }], next: null });
    await at.agent.called('startTurn');
    expect((await at.ask(`${path}/interrupt`, { method: 'POST' })).status).toBe(202);
    expect((await at.agent.called('interrupt')).turn).toBe(turn.id);
    expect((await at.ask(`${path}/turns/trn_none`)).status).toBe(404);
    expect((await at.ask(`${path}/events?limit=1`)).json()).toMatchObject({ events: [{ position: 1, type: 'session.opened' }], next: 1 });
    expect((await at.ask('/v1/agents/default')).json()).toMatchObject({ alias: 'default' });
  });

  test('metrics count requests by route and status, and say what the host does', async () => {
    await using at = await house();
    await at.ask('/v1/sessions', { method: 'POST', body: {} });
    await at.ask('/v1/nothing');
    const { text, headers } = await at.ask('/metrics');
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toContain('spool_http_requests_total{route="openSession",status="201"} 1');
    expect(text).toContain('spool_http_requests_total{route="none",status="404"} 1');
    expect(text).toMatch(/spool_log_records [1-9]/);
    expect(text).toContain('spool_sessions{state="awake"} 1');
    expect(text).toContain('process_resident_memory_bytes');
    expect((await at.ask('/readyz')).json()).toEqual({ ok: true });
  });

  test('a host that is stopping is not ready', async () => {
    await using at = await house();
    await at.host[Symbol.asyncDispose]();
    expect((await at.ask('/readyz')).json()).toMatchObject({ status: 503, code: 'unavailable' });
    expect((await at.ask('/healthz')).status).toBe(200);
  });

  test('closing waits neither for connections that never asked nor for those that were answered', async () => {
    await using at = await house({ clock: new ManualClock() });
    const [silent, answered] = [await at.socket(), await at.socket()];
    answered.write(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${at.server.port}\r\n\r\n`);
    await once(answered, 'data');
    const ends = [silent, answered].map((socket) => once(socket.resume(), 'end'));
    const start = performance.now();
    await Promise.all([at.server.close(), ...ends]);
    // Node lets an idle connection go after 5 s; the clock of the grace stands still.
    expect(performance.now() - start).toBeLessThan(4000);
  });

  test('closing lets a running request end, takes no new one, and is harmless twice', async () => {
    await using at = await house({ rig: { script: {} } });
    const socket = await at.socket();
    const start = `POST /v1/sessions HTTP/1.1\r\nHost: 127.0.0.1:${at.server.port}\r\nAuthorization: Bearer a-token-of-the-test\r\n`;
    socket.write(`${start}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n`);
    await at.ask('/healthz');
    const closed = at.server.close();
    await expect(at.ask('/healthz')).rejects.toThrow('ECONNREFUSED');
    socket.write('{}');
    const [said] = await once(socket, 'data');
    expect(String(said)).toMatch(/^HTTP\/1\.1 201 [\s\S]*connection: close/i);
    await closed;
    await at.server.close();
  });
});
