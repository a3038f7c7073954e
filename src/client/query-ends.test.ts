/** How a query ends: by its own will, by abort, by errors, and when its consumer leaves. */

import { expect, test } from 'vitest';
import { instead } from '../../test/doors/house.js';
import { OWNER } from '../../test/host/rig.js';
import { Listener, said, stage, takenIn } from '../../test/support/query-stage.js';
import { SpoolError } from '../base/errors.js';
import { localSession } from '../daemon/local-session.js';
import type { Host } from '../host/face.js';
import { connect } from './connect.js';

test('end lets what was pushed finish, and takes no more', async () => {
  await using s = await stage();
  const query = s.session.query('one');
  const heard = new Listener(query);
  const turn = await s.started();
  query.push('two', { model: 'other' });
  query.end();
  expect(() => query.push('three')).toThrow('takes no more messages');
  s.say(...said(turn, 'first'));
  s.say(...said(await s.started(2), 'second'));
  expect(await heard.ended).toBeUndefined();
  expect(heard.words.filter(({ type }) => type === 'result')).toHaveLength(2);
});

test('abort ends the events without a result, stops the running turn, and takes back what waits', async () => {
  await using s = await stage();
  const query = s.session.query('one');
  const heard = new Listener(query);
  const turn = await s.started();
  await heard.heard('init');
  query.push('two', { model: 'other' });
  const queued = await s.event(s.session.id, 'turn.queued');
  const stopped = query.abort();
  expect(await heard.ended).toBeUndefined();
  expect(await s.agent.called('interrupt')).toMatchObject({ turn });
  s.say({ type: 'turn.interrupted', turn });
  await stopped;
  expect(await s.host.turn(s.session.id, queued.turn ?? '', OWNER)).toMatchObject({ status: 'interrupted', startedAt: null });
  expect(heard.words.map(({ type }) => type)).toEqual(['init']);
  expect(s.agent.calls.filter(({ call }) => call === 'startTurn')).toHaveLength(1);
  await query.abort();
});

test('abort takes back a message that was given to the running turn and not taken in', async () => {
  await using s = await stage();
  const query = s.session.query('one');
  const turn = await s.started();
  query.push('two');
  await s.agent.called('steer');
  const stopped = query.abort();
  await s.agent.called('interrupt');
  s.say({ type: 'turn.interrupted', turn });
  const after = await s.agent.called('startTurn', 2).then(({ start }) => start.turn);
  await s.agent.called('interrupt', 2);
  s.say({ type: 'turn.interrupted', turn: after });
  await stopped;
  expect((await s.host.session(s.session.id, OWNER)).status).toBe('idle');
});

test('abort leaves alone the turn of somebody else that took the message in', async () => {
  await using s = await stage();
  const theirs = await s.host.requestTurn(s.session.id, { input: 'theirs' }, OWNER);
  await s.started();
  const query = s.session.query('ours');
  const { start } = await s.agent.called('steer');
  const stopped = query.abort();
  s.say(takenIn(theirs.turn.id, start.turn));
  await stopped;
  s.say(...said(theirs.turn.id, 'both'));
  await s.event(s.session.id, 'turn.completed');
  expect(s.agent.calls.some(({ call }) => call === 'interrupt')).toBe(false);
});

test('abort forgets a message that the turn of somebody else has taken in', async () => {
  await using s = await stage();
  const theirs = await s.host.requestTurn(s.session.id, { input: 'theirs' }, OWNER);
  await s.started();
  const query = s.session.query('ours');
  const heard = new Listener(query);
  const { start } = await s.agent.called('steer');
  s.say(takenIn(theirs.turn.id, start.turn));
  await heard.heard('init');
  await query.abort();
  expect(s.agent.calls.some(({ call }) => call === 'interrupt')).toBe(false);
});

test('abort stops a turn whose request is still on its way to the host', async () => {
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const late = (host: Host): Host =>
    instead(host, 'requestTurn', async (...args) => {
      await gate;
      return host.requestTurn(...args);
    });
  await using s = await stage({ wrap: late });
  const query = s.session.query('one');
  const heard = new Listener(query);
  const stopped = query.abort();
  expect(await heard.ended).toBeUndefined();
  open();
  await stopped;
  expect((await s.host.listTurns(s.session.id, { limit: 10 }, OWNER)).items).toMatchObject([]);

  const second = s.session.query('two');
  await s.event(s.session.id, 'turn.requested');
  const putAway = second.abort();
  const { turn } = await s.agent.called('interrupt');
  s.say({ type: 'turn.interrupted', turn });
  await putAway;
});

test('a runtime that dies under a turn gives exactly one error, which is thrown too', async () => {
  await using s = await stage();
  const query = s.session.query('one');
  const heard = new Listener(query);
  const turn = await s.started();
  s.agent.thread.end('exited', 'Codex was ended by SIGKILL');
  const thrown = await heard.ended;
  expect(heard.words.slice(1)).toEqual([
    {
      type: 'error',
      message: 'Codex was ended by SIGKILL',
      retryable: true,
      classification: 'runtime-exited',
      turn,
      messages: [query.first],
    },
  ]);
  expect(thrown).toMatchObject({ code: 'runtime-failed', message: 'Codex was ended by SIGKILL', details: { turn, retryable: true } });
  expect(() => query.push('late')).toThrow(SpoolError);
});

test('a turn that fails does not take those behind it along', async () => {
  await using s = await stage();
  const query = s.session.query('one');
  const heard = new Listener(query);
  const turn = await s.started();
  const second = query.push('two', { model: 'other' });
  await s.event(s.session.id, 'turn.queued');
  s.say({ type: 'turn.failed', turn, error: { code: 'quota', message: 'no more today', retryable: false } });
  s.say(...said(await s.started(2), 'second'));
  expect(await heard.heard('result')).toMatchObject({ text: 'second', messages: [second] });
  expect(await heard.heard('error')).toMatchObject({ classification: 'quota', retryable: false, messages: [query.first] });
  query.end();
  expect(await heard.ended).toBeUndefined();
});

test('a turn that somebody else stopped has a result that says so', async () => {
  await using s = await stage();
  const query = s.session.query('one');
  const heard = new Listener(query);
  const turn = await s.started();
  s.say({ type: 'item.delta', turn, item: 'm', kind: 'text', text: 'half' }, { type: 'turn.interrupted', turn });
  expect(await heard.heard('result')).toMatchObject({ text: 'half', interrupted: true });
});

test('a session that is not there, or takes no turns, is one error and the end', async () => {
  await using s = await stage();
  const missing = new Listener(localSession(s.host, 'ses_00000000000000000000000000', OWNER).query('hi'));
  expect(await missing.ended).toMatchObject({ code: 'not-found' });
  expect(missing.events).toMatchObject([{ type: 'error', classification: 'stale-session', retryable: false, turn: null }]);
  await s.host.archiveSession(s.session.id, OWNER);
  const archived = new Listener(s.session.query('hi'));
  expect(await archived.ended).toMatchObject({ code: 'conflict' });
  expect(archived.events.map(({ type }) => type)).toEqual(['error']);
});

test('a host that was never there is one error, told at once', async () => {
  const heard = new Listener(connect({ url: 'http://127.0.0.1:9' }).session('ses_1').query('hi'));
  expect(await heard.ended).toMatchObject({ code: 'unavailable', hint: expect.stringContaining('spool serve') });
  expect(heard.events).toMatchObject([{ type: 'error', classification: 'transport-closed', retryable: true }]);
});

test('a host that closes ends the query with an error that may be tried again', async () => {
  await using s = await stage();
  const query = s.session.query('one');
  const heard = new Listener(query);
  await s.started();
  await heard.heard('init');
  await s.host[Symbol.asyncDispose]();
  expect(await heard.ended).toMatchObject({ code: 'unavailable' });
  expect(heard.words.at(-1)).toMatchObject({ type: 'error', retryable: true, messages: [query.first] });
});

test('who leaves the loop lets go: the turn goes on, and so do the messages behind it', async () => {
  await using s = await stage();
  const query = s.session.query('one');
  query.push('two', { model: 'other' });
  for await (const event of query.events) if (event.type === 'init') break;
  s.say(...said(await s.started(), 'first'));
  s.say(...said(await s.started(2), 'second'));
  await s.event(s.session.id, 'turn.completed', 2);
  expect(() => query.push('three')).toThrow(SpoolError);
  await query[Symbol.asyncDispose]();
});

test('a message without input is refused at once', async () => {
  await using s = await stage();
  expect(() => s.session.query('')).toThrow(SpoolError);
  const query = s.session.query('one');
  expect(() => query.push([])).toThrow(SpoolError);
  await query[Symbol.asyncDispose]();
});
