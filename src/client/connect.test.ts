import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { expect, test } from 'vitest';
import { ContractHost } from '../../test/support/contract-host.js';
import { connect } from './connect.js';

const AT = '2026-01-01T00:00:02.000Z';

async function hostAndClient(): Promise<{ host: ContractHost; client: ReturnType<typeof connect> }> {
  const host = await new ContractHost().start();
  return { host, client: connect({ url: `${host.url}/`, token: host.token }) };
}

test('calls carry token, parameters, query and body, and bring back the answer', async () => {
  const { host, client } = await hostAndClient();
  await using _host = host;
  const session = await client.sessions.open({ title: 'A title' });
  expect((await client.sessions.get(session.id)).title).toBe('A title');
  expect((await client.sessions.list({ limit: 5 })).items.map(({ id }) => id)).toEqual([session.id]);
  const { turn, disposition } = await client.turns.request(session.id, { input: 'Hello' });
  expect(disposition).toBe('started');
  expect((await client.turns.get(session.id, turn.id)).input).toEqual([{ type: 'text', text: 'Hello' }]);
  expect((await client.sessions.events(session.id, { after: 0 })).events).toHaveLength(1);
  expect((await client.agents.list()).items[0]?.alias).toBe('default');
});

test('an id cannot lead a call to another path', async () => {
  const { host, client } = await hostAndClient();
  await using _host = host;
  await expect(client.sessions.get('../approvals?x=')).rejects.toMatchObject({ code: 'not-found' });
  expect(host.requests.at(-1)?.path).toBe('/v1/sessions/..%2Fapprovals%3Fx%3D');
});

test('a problem becomes a SpoolError with code and hint', async () => {
  const { host, client } = await hostAndClient();
  await using _host = host;
  await expect(client.sessions.get('ses_x')).rejects.toMatchObject({
    name: 'SpoolError',
    code: 'not-found',
    message: 'no session ses_x',
    hint: '`spool ls` shows the sessions',
  });
});

test('answers that are no problem documents still have a code', async () => {
  const answer = (status: number, body: string): ReturnType<typeof connect> =>
    connect({ url: 'http://proxy', fetch: () => Promise.resolve(new Response(body, { status })) });
  await expect(answer(502, '<h1>Bad gateway</h1>').status()).rejects.toMatchObject({ code: 'unavailable' });
  await expect(answer(413, '').status()).rejects.toMatchObject({ code: 'too-large' });
  await expect(answer(200, '<html>').status()).rejects.toMatchObject({ code: 'internal' });
});

test('when no host answers the error says how to start one', async () => {
  const { host, client } = await hostAndClient();
  await host[Symbol.asyncDispose]();
  await expect(client.status()).rejects.toMatchObject({ code: 'unavailable', hint: expect.stringContaining('spool serve') });
});

test('what is no address is refused before anything is sent', () => {
  for (const url of ['', '127.0.0.1:4319', 'ftp://x', 'http://']) {
    expect(() => connect({ url })).toThrow(expect.objectContaining({ code: 'invalid-input' }));
  }
});

test('a call that is aborted rejects as cancelled, one that ran out of time as timeout', async () => {
  const { host, client } = await hostAndClient();
  await using _host = host;
  await expect(client.call('status', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
  const slow = connect({
    url: host.url,
    fetch: (_, init) => new Promise((_ok, fail) => init?.signal?.addEventListener('abort', () => fail(new Error('x')))),
  });
  await expect(slow.call('status', { signal: AbortSignal.timeout(1) })).rejects.toMatchObject({ code: 'timeout' });
});

test('run gives the events of its turn alone and returns the ended turn', async () => {
  const { host, client } = await hostAndClient();
  await using _host = host;
  const { id } = host.addSession('ses_00000000000000000000000007');
  host.append(id, { type: 'warning.raised', at: AT, data: { message: 'before' } });
  host.onTurn = (session, turn) => {
    host.append(session, { type: 'turn.completed', turn: 'trn_other', at: AT, data: { finalText: 'theirs', usage: null } });
    host.append(session, { type: 'turn.started', turn: turn.id, at: AT, data: { ref: 'r' } });
    host.append(session, { type: 'turn.completed', turn: turn.id, at: AT, data: { finalText: 'ours', usage: null } });
    host.append(session, { type: 'warning.raised', at: AT, data: { message: 'after' } });
  };
  const types: string[] = [];
  const events = client.run(id, { input: 'Go' });
  let step = await events.next();
  for (; step.done !== true; step = await events.next()) types.push(step.value.type);
  expect(types).toEqual(['turn.requested', 'turn.started', 'turn.completed']);
  expect(step.value).toMatchObject({ status: 'completed', finalText: 'ours' });
});

test('a turn that was steered into another one ends with that one', async () => {
  const { host, client } = await hostAndClient();
  await using _host = host;
  const { id } = host.addSession('ses_00000000000000000000000007');
  host.onTurn = (session, turn) => {
    host.append(session, { type: 'turn.steered', turn: turn.id, at: AT, data: { into: 'trn_running' } });
    host.append(session, { type: 'turn.completed', turn: 'trn_running', at: AT, data: { finalText: 'both', usage: null } });
  };
  const types: string[] = [];
  for await (const event of client.run(id, { input: 'Also this' })) types.push(event.type);
  expect(types).toEqual(['turn.requested', 'turn.steered', 'turn.completed']);
});

test('wait answers for a turn that has ended and for one that ends later', async () => {
  const { host, client } = await hostAndClient();
  await using _host = host;
  const { id } = host.addSession('ses_00000000000000000000000007');
  const { turn } = await client.turns.request(id, { input: 'Go' });
  const waiting = client.wait(id, turn.id);
  host.append(id, {
    type: 'turn.failed',
    turn: turn.id,
    at: AT,
    data: { code: 'quota', message: 'no', retryable: true, finalText: null, usage: null },
  });
  expect(await waiting).toMatchObject({ status: 'failed', error: { code: 'quota' } });
  expect(await client.wait(id, turn.id)).toMatchObject({ status: 'failed' });
});

test.each([
  ['for a page that follows and asks', 'connect.ts', 8],
  ['with all that there is, for an agent too', 'index.ts', 10],
])('the bundle for a browser needs nothing of Node and stays small: %s', async (_, entry, kilobytes) => {
  const bundle = await rolldown({ input: `${import.meta.dirname}/${entry}`, platform: 'browser', logLevel: 'silent' });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  const [chunk] = output;
  expect(chunk.imports).toEqual([]);
  expect(chunk.code).not.toMatch(/\bnode:|\brequire\(|\bBuffer\b|\bprocess\b/);
  expect(gzipSync(chunk.code).length).toBeLessThan(kilobytes * 1024);
});
