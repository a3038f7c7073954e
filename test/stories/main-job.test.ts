/** The main job: a turn with a command, a file change and an approval on the real Codex, followed by several clients at once. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Event } from '../../src/contract/events.js';
import { eventOf, rawEvents, world } from './rig.js';

test('a turn runs a command and changes a file, each after an approval, and every follower sees the same', async () => {
  await using w = await world();
  const host = await w.serve();
  const session = await host.client.sessions.open({ cwd: w.work, permissions: { profile: ':workspace', approvalPolicy: 'untrusted' } });
  const { turn, position } = await host.client.turns.request(session.id, {
    input: '[[sh:echo made > made.txt]] [[patch:hello.txt=hello]] [[text:all done]]',
  });
  expect(position).toBeGreaterThan(0);
  const answering = (async () => {
    const stop = new AbortController();
    for await (const event of host.client.follow(session.id, { signal: stop.signal })) {
      if (event.type === 'approval.asked') await host.client.approvals.answer(event.data.approval.id, { decision: 'accept' });
      if (event.type === 'turn.completed') stop.abort();
    }
  })();
  const end = await eventOf(host.client, session.id, (event): event is Event<'turn.completed'> => event.type === 'turn.completed');
  await answering;
  expect(end.data.finalText).toBe('all done');
  expect(await readFile(join(w.work, 'made.txt'), 'utf8')).toBe('made\n');
  expect((await readFile(join(w.work, 'hello.txt'), 'utf8')).trim()).toBe('hello');

  const [one, two] = await Promise.all([rawEvents(host, session.id, 0, end.position), rawEvents(host, session.id, 0, end.position)]);
  expect([...one]).toEqual([...two]);
  const { events } = await host.client.sessions.events(session.id, { limit: 1000 });
  const types = new Set(events.map((event) => event.type));
  for (const type of [
    'session.opened',
    'turn.requested',
    'turn.started',
    'item.started',
    'item.completed',
    'approval.asked',
    'approval.answered',
    'usage.reported',
    'turn.completed',
  ]) {
    expect(types).toContain(type);
  }
  expect(await host.client.turns.get(session.id, turn.id)).toMatchObject({
    status: 'completed',
    usage: { totalTokens: expect.any(Number) },
  });
});

test('an interrupt stops a running turn and keeps what had been said', async () => {
  await using w = await world();
  const host = await w.serve();
  const session = await host.client.sessions.open({ cwd: w.work });
  const { turn } = await host.client.turns.request(session.id, { input: '[[deltas:200:50]]' });
  await eventOf(host.client, session.id, (event) => event.type === 'item.delta');
  await host.client.interrupt(session.id);
  const ended = await host.client.wait(session.id, turn.id);
  expect(ended).toMatchObject({ status: 'interrupted' });
  expect(ended.finalText).toMatch(/\S/);
});

test('a declined command is not run, and the turn goes on', async () => {
  await using w = await world();
  const host = await w.serve();
  const session = await host.client.sessions.open({ cwd: w.work, permissions: { approvalPolicy: 'untrusted' } });
  const { turn } = await host.client.turns.request(session.id, { input: '[[sh:touch never.txt]] [[text:fine]]' });
  const asked = await eventOf(host.client, session.id, (event): event is Event<'approval.asked'> => event.type === 'approval.asked');
  expect(asked.data.approval).toMatchObject({ kind: 'command', status: 'pending' });
  expect(asked.data.approval.command).toContain('touch never.txt');
  await host.client.approvals.answer(asked.data.approval.id, { decision: 'decline' });
  expect(await host.client.wait(session.id, turn.id)).toMatchObject({ status: 'completed', finalText: 'fine' });
  await expect(readFile(join(w.work, 'never.txt'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('many sessions share one Codex process and never see each other', async () => {
  await using w = await world();
  const host = await w.serve();
  const sessions = await Promise.all(Array.from({ length: 8 }, () => host.client.sessions.open({ cwd: w.work })));
  const turns = await Promise.all(sessions.map((session, n) => host.client.turns.request(session.id, { input: `[[text:answer ${n}]]` })));
  const ended = await Promise.all(turns.map(({ turn }) => host.client.wait(turn.session, turn.id)));
  expect(ended.map((turn) => turn.finalText)).toEqual(sessions.map((_, n) => `answer ${n}`));
  const { runtimes } = await host.client.status();
  expect(runtimes).toMatchObject([{ runtime: 'codex-app-server', threads: 8 }]);
});
