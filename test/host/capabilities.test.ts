/** What a runtime cannot do is refused before anything is recorded. */

import { expect, test } from 'vitest';
import type { RuntimeCapabilities } from '../../src/contract/host.js';
import type { Host } from '../../src/host/face.js';
import { OWNER, rig } from './rig.js';

type Feature = keyof RuntimeCapabilities;

const OPENINGS: readonly (readonly [Feature, Parameters<Host['openSession']>[0]])[] = [
  ['models', { model: 'm' }],
  ['efforts', { effort: 'low' }],
  ['permissions', { permissions: { profile: ':read-only' } }],
  ['sessionTools', { tools: [{ name: 't', description: 'd', inputSchema: {} }] }],
  ['adopt', { threadId: 'thread-1' }],
];

const TURNS: readonly (readonly [Feature, Parameters<Host['requestTurn']>[1]])[] = [
  ['models', { input: 'x', model: 'm' }],
  ['efforts', { input: 'x', effort: 'low' }],
  ['outputSchema', { input: 'x', outputSchema: {} }],
  ['images', { input: [{ type: 'image', url: 'data:image/png;base64,AA==' }] }],
  ['steer', { input: 'x', mode: 'steer' }],
];

const cannot = (feature: Feature) => ({
  code: 'unsupported',
  message: expect.stringMatching(/^the runtime mock cannot /),
  details: { feature },
});

test.each(OPENINGS)('a session that needs %s', async (feature, command) => {
  await using r = rig({ script: { capabilities: { [feature]: false } } });
  await expect(r.host.openSession(command, OWNER)).rejects.toMatchObject(cannot(feature));
  expect((await r.host.listSessions({ limit: 10 }, OWNER)).items).toEqual([]);
  await using able = rig();
  expect(await able.host.openSession(command, OWNER)).toMatchObject({ status: 'idle' });
});

test.each(TURNS)('a turn that needs %s', async (feature, command) => {
  await using r = rig({ script: { capabilities: { [feature]: false } } });
  const { id, position } = await r.host.openSession({}, OWNER);
  await expect(r.host.requestTurn(id, command, OWNER)).rejects.toMatchObject(cannot(feature));
  const { events } = await r.host.events(id, { after: position, limit: 10 }, OWNER);
  expect(events.filter(({ type }) => type.startsWith('turn.'))).toEqual([]);
});

test('a copy, a compaction, a review', async () => {
  await using r = rig({ script: { capabilities: { fork: false, compact: false, review: false } } });
  const { id } = await r.host.openSession({}, OWNER);
  await expect(r.host.forkSession(id, {}, OWNER)).rejects.toMatchObject(cannot('fork'));
  await expect(r.host.compactSession(id, {}, OWNER)).rejects.toMatchObject(cannot('compact'));
  const review = { target: { type: 'uncommittedChanges' } } as const;
  await expect(r.host.reviewSession(id, review, OWNER)).rejects.toMatchObject(cannot('review'));
});

test('where a running turn takes no messages in, a further one waits for its end', async () => {
  await using r = rig({ script: { capabilities: { steer: false } } });
  const { id } = await r.host.openSession({}, OWNER);
  await r.host.requestTurn(id, { input: 'one' }, OWNER);
  await r.event(id, 'turn.started');
  expect((await r.host.requestTurn(id, { input: 'two' }, OWNER)).disposition).toBe('queued');
});
