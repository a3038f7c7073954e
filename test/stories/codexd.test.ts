/** The codexd face: what conductors already speak, on the real Codex. */

import { expect, test } from 'vitest';
import { eventOf, world } from './rig.js';

interface SessionRecord {
  readonly sessionId: string;
  readonly currentTurnId: string | null;
  readonly lastTurnStatus: string | null;
}

test('a conductor creates a session, posts a turn and reads its end from the session record', async () => {
  await using w = await world();
  const host = await w.serve();
  const call = async (
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: { ok: boolean; data: unknown } & Record<string, unknown> }> => {
    const headers = { authorization: `Bearer ${host.token}`, 'content-type': 'application/json' };
    const response = await fetch(`${host.url}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    return { status: response.status, body: (await response.json()) as { ok: boolean; data: unknown } & Record<string, unknown> };
  };

  const created = await call('POST', '/v1/codexd/sessions', { purpose: 'duplex', cwd: w.work });
  const { sessionId } = created.body.data as SessionRecord;
  const turn = await call('POST', '/v1/codexd/turn', { sessionId, prompt: '[[text:over and out]]' });
  expect(turn).toMatchObject({ status: 202, body: { ok: true, data: { accepted: true, sessionId, turnId: expect.any(String) } } });

  await eventOf(host.client, sessionId, (event) => event.type === 'turn.completed');
  const record = await call('GET', `/v1/codexd/sessions/${encodeURIComponent(sessionId)}`);
  expect(record.body.data).toMatchObject({
    currentTurnId: null,
    lastTurnStatus: 'completed',
    purpose: 'duplex',
    cwd: w.work,
    threadId: expect.any(String),
  });

  for (const [method, path] of [
    ['GET', '/v1/codexd/runs'],
    ['POST', '/v1/codexd/runs'],
    ['GET', '/v1/codexd/runs/1'],
  ] as const) {
    const answer = await call(method, path, method === 'POST' ? {} : undefined);
    expect(answer.status).toBe(404);
    expect(JSON.stringify(answer.body)).toContain(`${method} ${path}`);
  }
  expect((await call('GET', '/v1/codexd/status')).status).toBe(200);
  expect((await fetch(`${host.url}/healthz`)).status).toBe(200);
});
