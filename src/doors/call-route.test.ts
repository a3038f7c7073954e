import { expect, test } from 'vitest';
import { SpoolError } from '../base/errors.js';
import type { Host } from '../host/face.js';
import type { Hub } from '../network/face.js';
import { callRoute } from './call-route.js';
import { createHandlers } from './handlers.js';

/** A host that must not be asked. */
const untouchable = new Proxy({} as Host, {
  get: (_target, name) => {
    throw new SpoolError('internal', `the host was asked for ${String(name)}`);
  },
});
const untouchableHub = untouchable as unknown as Hub;
const handlers = createHandlers(untouchable, untouchableHub, {
  metrics: () => Promise.resolve('none'),
  openapi: () => Promise.resolve({}),
  terminal: () => expect.fail('nobody asked for a terminal'),
});
const [viewer, owner] = [
  { name: 'vera', role: 'viewer' },
  { name: 'owner', role: 'owner' },
] as const;

test('who has not the right of a route gets no further than here', async () => {
  const call = callRoute(handlers, 'openSession', { params: {}, query: {}, body: {}, by: viewer });
  await expect(call).rejects.toMatchObject({ code: 'forbidden', message: 'vera (viewer) may not operate here' });
});

test('what the schemas refuse gets no further than here', async () => {
  const call = callRoute(handlers, 'listSessions', { params: {}, query: { limit: 'many' }, body: undefined, by: owner });
  await expect(call).rejects.toMatchObject({ code: 'invalid-input', message: expect.stringContaining('limit: found "many"') as string });
  const without = callRoute(handlers, 'session', { params: {}, query: {}, body: undefined, by: owner });
  await expect(without).rejects.toMatchObject({ code: 'invalid-input', message: 'id: found nothing, wanted the id in /v1/sessions/{id}' });
});

test('an answer bears the status of its route', async () => {
  expect(await callRoute(handlers, 'metrics', { params: {}, query: {}, body: undefined, by: owner })).toEqual({
    status: 200,
    result: 'none',
  });
});
