/** The codexd face, as a conductor uses it. */

import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { type House, house } from './house.js';

async function data(at: House, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const said = await at.ask(`/v1/codexd${path}`, body === undefined ? {} : { method: 'POST', body });
  const { ok, data: told, ...rest } = said.json();
  expect([path, ok, rest]).toEqual([path, true, {}]);
  return told as Record<string, unknown>;
}

describe('The main job', () => {
  test('a session is made, a turn posted, and its end read back from the record', async () => {
    await using at = await house();
    const made = await data(at, '/sessions', { purpose: 'duplex', approvalPolicy: null });
    expect(made).toMatchObject({
      sessionId: expect.stringMatching(/^ses_/) as string,
      purpose: 'duplex',
      cwd: tmpdir(),
      approvalPolicy: null,
      currentTurnId: null,
      lastTurnId: null,
      lastTurnStatus: null,
      lastTurnError: null,
      recentEvents: expect.arrayContaining(['session.opened']) as string[],
      createdAt: expect.any(String) as string,
      updatedAt: expect.any(String) as string,
    });
    const session = String(made['sessionId']);
    const posted = await at.ask('/v1/codexd/turn', { method: 'POST', body: { sessionId: session, prompt: 'hello' } });
    const { turnId } = posted.json()['data'] as { turnId: string };
    expect([posted.status, posted.json()]).toEqual([202, { ok: true, data: { accepted: true, sessionId: session, turnId } }]);
    await at.agent.called('startTurn');
    expect((await data(at, `/sessions/${session}`))['currentTurnId']).toBe(turnId);
    at.agent.thread.say({ type: 'turn.started', turn: turnId, ref: 'ref-1' }, { type: 'turn.completed', turn: turnId, usage: null });
    await at.event(session, 'turn.completed');
    const record = await data(at, `/sessions/${session}`);
    expect(record).toMatchObject({
      threadId: 'thread-1',
      currentTurnId: null,
      lastTurnId: turnId,
      lastTurnStatus: 'completed',
      lastTurnError: null,
    });
    expect((record['recentEvents'] as string[]).at(-1)).toBe('turn.completed');
    expect(await data(at, '/sessions')).toMatchObject({ sessions: [{ sessionId: session, lastTurnStatus: 'completed' }] });
  });

  test('a failed turn shows its message', async () => {
    await using at = await house();
    const { sessionId } = await data(at, '/sessions', {});
    const { turnId } = await data(at, '/turn', { sessionId, input: [{ type: 'text', text: 'hello' }] });
    await at.agent.called('startTurn');
    const error = { code: 'quota', message: 'no more today', retryable: false } as const;
    at.agent.thread.say({ type: 'turn.failed', turn: String(turnId), error });
    await at.event(String(sessionId), 'turn.failed');
    expect(await data(at, `/sessions/${String(sessionId)}`)).toMatchObject({ lastTurnStatus: 'failed', lastTurnError: 'no more today' });
  });

  test('the status tells of the daemon and its children', async () => {
    await using at = await house();
    expect(await data(at, '/status')).toMatchObject({ daemon: { version: '0.0.0', pid: 1 }, mode: 'app-server', children: [] });
  });

  test('an Idempotency-Key posts a turn once', async () => {
    await using at = await house();
    const { sessionId } = await data(at, '/sessions', {});
    const post = { method: 'POST', body: { sessionId, prompt: 'hello' }, headers: { 'idempotency-key': 'once' } };
    const [first, second] = [await at.ask('/v1/codexd/turn', post), await at.ask('/v1/codexd/turn', post)];
    expect(second.json()).toEqual(first.json());
  });
});

describe('Refusals', () => {
  test('runs are unknown like any other path, and the answer names method and path', async () => {
    await using at = await house();
    for (const [method, path] of [
      ['GET', '/v1/codexd/runs'],
      ['POST', '/v1/codexd/runs'],
      ['GET', '/v1/codexd/runs/1'],
      ['GET', '/v1/codexd'],
    ] as const) {
      const said = await at.ask(path, { method });
      expect([said.status, said.json()]).toEqual([
        404,
        expect.objectContaining({ ok: false, error: 'not-found', message: `there is no route ${method} ${path}` }),
      ]);
    }
  });

  test('bodies are strict by type and say which field is wrong', async () => {
    await using at = await house();
    const refused = async (path: string, body: unknown): Promise<unknown> => {
      const said = await at.ask(`/v1/codexd${path}`, { method: 'POST', body });
      expect([said.status, said.json()['ok'], said.json()['error']]).toEqual([400, false, 'invalid-input']);
      return said.json()['message'];
    };
    expect(await refused('/sessions', { purpose: 7 })).toBe('purpose: found 7, wanted a string');
    expect(await refused('/sessions', { approvalPolicy: 'always' })).toContain('approvalPolicy: found "always", wanted one of untrusted');
    expect(await refused('/sessions', { threadId: 'no id of Codex' })).toContain('threadId');
    expect(await refused('/sessions', { sandbox: 'read-only' })).toContain('sandbox');
    expect(await refused('/turn', { prompt: 'hello' })).toBe('sessionId: found nothing, wanted a string');
    expect(await refused('/turn', { sessionId: 'x' })).toContain('prompt: found nothing');
    expect(await refused('/turn', { sessionId: 'x', prompt: 'a', input: 'b' })).toContain('both prompt and input');
    expect(await refused('/turn', '{')).toContain('malformed JSON');
  });

  test('an unknown session is 404 in the envelope', async () => {
    await using at = await house();
    const said = await at.ask('/v1/codexd/turn', { method: 'POST', body: { sessionId: 'nobody', prompt: 'hello' } });
    expect([said.status, said.json()]).toEqual([404, expect.objectContaining({ ok: false, error: 'not-found' })]);
    expect((await at.ask('/v1/codexd/sessions/no%20body')).json()['message']).toContain('no body');
  });
});

describe('Events', () => {
  test('each event is one message, of all sessions or of the one that is named', async () => {
    await using at = await house();
    const { sessionId: one } = await data(at, '/sessions', {});
    const { sessionId: other } = await data(at, '/sessions', {});
    using all = await at.webSocket('/v1/codexd/events');
    using named = await at.webSocket(`/v1/codexd/events?sessionId=${String(one)}`);
    await data(at, '/turn', { sessionId: other, prompt: 'to the other' });
    const { turnId } = await data(at, '/turn', { sessionId: one, prompt: 'to the one' });
    for (let message = await named.next(); message['type'] !== 'turn.requested'; message = await named.next())
      expect(message['session']).toBe(one);
    const seen = new Set<unknown>();
    for (let message = await all.next(); message['turn'] !== turnId; message = await all.next()) seen.add(message['session']);
    expect(seen).toContain(other);
  });

  test('a socket for an unknown session is closed and told why', async () => {
    await using at = await house();
    using ws = await at.webSocket('/v1/codexd/events?sessionId=nobody');
    const [code, reason] = await once(ws.socket, 'close');
    expect([code, String(reason)]).toEqual([1008, expect.stringContaining('nobody')]);
  });
});
