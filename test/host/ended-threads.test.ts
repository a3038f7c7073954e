/** What a session does when its thread ends although nobody asked for that: a process was recycled, or died at a bad moment. */

import { expect, test } from 'vitest';
import { SpoolError } from '../../src/base/errors.js';
import { OWNER, rig } from './rig.js';

test('a thread that the runtime closes while nothing runs is opened again for the next turn, and nobody sees that', async () => {
  await using r = rig();
  const { id } = await r.host.openSession({}, OWNER);
  const { turn } = await r.host.requestTurn(id, { input: 'one' }, OWNER);
  await r.event(id, 'turn.started');
  r.agent.thread.say({ type: 'turn.completed', turn: turn.id, usage: null });
  await r.event(id, 'turn.completed');
  r.agent.thread.end('closed', 'nobody used it');
  await r.host.requestTurn(id, { input: 'two' }, OWNER);
  await r.event(id, 'turn.started', 2);
  expect(r.agent.calls.flatMap((call) => (call.call === 'open' ? [call.thread.resume] : []))).toEqual([undefined, 'thread-1']);
  expect(await r.types(id)).toEqual([
    ...['session.opened', 'runtime.started', 'turn.requested', 'turn.started', 'turn.completed'],
    ...['turn.requested', 'session.resumed', 'turn.started'],
  ]);
});

test('a turn that meets a thread which was closed a moment ago runs in the next one', async () => {
  let starts = 0;
  await using r = rig({
    script: {
      startTurn: () => {
        starts += 1;
        if (starts > 1) return Promise.resolve('ref');
        r.agent.thread.end('closed');
        return Promise.reject(new SpoolError('unavailable', 'the thread is closed'));
      },
    },
  });
  const { id } = await r.host.openSession({}, OWNER);
  // Nothing else is to be recorded that would have the session look again.
  await r.event(id, 'runtime.started');
  const { turn } = await r.host.requestTurn(id, { input: 'one' }, OWNER);
  expect(await r.event(id, 'turn.started')).toMatchObject({ turn: turn.id });
  // It is asked about before it is sent again: the closed thread may have heard of it.
  expect(await r.agent.called('open', 2)).toMatchObject({ thread: { unsettled: { turn: turn.id, ref: undefined } } });
  expect(await r.types(id)).not.toContain('turn.failed');
});

test('a turn that was being started when its process died is sent to the next one, unless that had heard of it', async () => {
  let starts = 0;
  await using r = rig({
    script: {
      startTurn: () => {
        starts += 1;
        if (starts > 1) return Promise.resolve('ref');
        r.agent.thread.end('exited');
        return Promise.reject(new SpoolError('unavailable', 'no answer'));
      },
    },
  });
  const { id } = await r.host.openSession({}, OWNER);
  await r.host.requestTurn(id, { input: 'one' }, OWNER);
  await r.event(id, 'turn.started');
  expect(await r.types(id)).toContain('runtime.exited');
  expect(await r.types(id)).not.toContain('turn.failed');
});

test('a turn that ends one process after the other fails with the reason', async () => {
  await using r = rig({
    script: {
      startTurn: () => {
        r.agent.thread.end('exited', 'Codex was ended by SIGSEGV');
        return Promise.reject(new SpoolError('unavailable', 'no answer'));
      },
    },
  });
  const { id } = await r.host.openSession({}, OWNER);
  await r.host.requestTurn(id, { input: 'one' }, OWNER);
  expect(await r.event(id, 'turn.failed')).toMatchObject({ data: { code: 'runtime-exited', message: 'Codex was ended by SIGSEGV' } });
  expect(r.agent.calls.filter((call) => call.call === 'startTurn')).toHaveLength(2);
});

test('a lost connection under a start does not fail the turn: it is looked for and goes on', async () => {
  let starts = 0;
  await using r = rig({
    script: {
      open: (thread) => Promise.resolve(thread.unsettled === undefined ? undefined : { unsettled: 'running' }),
      startTurn: () => {
        starts += 1;
        if (starts > 1) return Promise.resolve('ref');
        r.agent.thread.end('disconnected');
        return Promise.reject(new SpoolError('unavailable', 'no answer'));
      },
    },
  });
  const { id } = await r.host.openSession({}, OWNER);
  const { turn } = await r.host.requestTurn(id, { input: 'one' }, OWNER);
  expect(await r.event(id, 'session.resumed')).toMatchObject({ data: { gap: true } });
  await r.event(id, 'turn.started');
  r.agent.thread.say({ type: 'turn.completed', turn: turn.id, usage: null });
  await r.event(id, 'turn.completed');
  expect(await r.types(id)).not.toContain('turn.failed');
});
