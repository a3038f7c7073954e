/** What a query tells, and of whose message. */

import { expect, test } from 'vitest';
import { instead } from '../../test/doors/house.js';
import { OWNER } from '../../test/host/rig.js';
import { Listener, said, stage, takenIn } from '../../test/support/query-stage.js';
import { SpoolError } from '../base/errors.js';
import type { Event } from '../contract/events.js';
import type { Turn } from '../contract/session.js';
import type { Host } from '../host/face.js';
import { type QuerySession, startQuery } from './query.js';

test('a query tells who it talks to once, what is done, files, then the result, and waits for more', async () => {
  await using s = await stage();
  const query = s.session.query('hello');
  const heard = new Listener(query);
  const turn = await s.started();
  s.say(
    { type: 'item.started', turn, item: { id: 'c', kind: 'command', command: `/bin/bash -lc 'npm test'`, status: 'inProgress' } },
    { type: 'turn.retrying', turn, message: 'the model is busy' },
    { type: 'file', turn, path: '/made/a.png', mediaType: 'image/png' },
    ...said(turn, 'done'),
  );
  await heard.heard('result');
  const again = query.push('more');
  const second = await s.started(2);
  s.say(...said(second, ''));
  query.end();
  expect(await heard.ended).toBeUndefined();
  expect(heard.words).toEqual([
    { type: 'init', continuation: 'thread-1', session: s.session.id },
    { type: 'progress', message: 'running npm test' },
    { type: 'progress', message: 'trying again: the model is busy' },
    { type: 'file', path: '/made/a.png', file: 'file_1', name: 'a.png', mediaType: 'image/png', turn },
    { type: 'result', text: 'done', turn, messages: [query.first], interrupted: false },
    { type: 'result', text: null, turn: second, messages: [again], interrupted: false },
  ]);
  const signs = heard.events.filter(({ type }) => type === 'activity').map((event) => 'event' in event && event.event);
  expect(signs).toEqual((await s.types(s.session.id)).slice(-signs.length));
  expect(signs.length).toBeGreaterThan(8);
});

test('the conversation is named by the thread that the turn really runs in', async () => {
  await using s = await stage({
    script: { open: ({ resume }) => Promise.resolve(resume === undefined ? {} : { id: 'fresh', opened: 'replaced' }) },
  });
  const first = s.session.query('one');
  s.say(...said(await s.started(), 'x'));
  first.end();
  expect(await new Listener(first).heard('init')).toMatchObject({ continuation: 'thread-1' });
  s.agent.thread.end('disconnected');
  const heard = new Listener(s.session.query('two'));
  await s.started(2);
  expect(await heard.heard('init')).toMatchObject({ continuation: 'fresh' });
});

test('a message that the running turn takes in has no result of its own: the one result names both', async () => {
  await using s = await stage();
  const query = s.session.query('one');
  const heard = new Listener(query);
  const turn = await s.started();
  const second = query.push('two');
  const { start } = await s.agent.called('steer');
  s.say(takenIn(turn, start.turn), ...said(turn, 'both'));
  query.end();
  expect(await heard.ended).toBeUndefined();
  expect(heard.words.slice(1)).toEqual([{ type: 'result', text: 'both', turn, messages: [query.first, second], interrupted: false }]);
});

test('a message that the running turn refuses becomes a turn of its own, with its own result', async () => {
  await using s = await stage({ script: { steer: () => Promise.reject(new SpoolError('conflict', 'no active turn to steer')) } });
  const query = s.session.query('one');
  const heard = new Listener(query);
  const turn = await s.started();
  const second = query.push('two');
  query.end();
  await s.event(s.session.id, 'turn.queued');
  s.say(...said(turn, 'first'));
  const next = await s.started(2);
  s.say(...said(next, 'second'));
  expect(await heard.ended).toBeUndefined();
  expect(heard.words.slice(1)).toMatchObject([
    { type: 'result', text: 'first', messages: [query.first] },
    { type: 'result', text: 'second', turn: next, messages: [second] },
  ]);
});

test('a message that follows right behind a result starts a new turn and steers nothing', async () => {
  await using s = await stage();
  const query = s.session.query('one');
  const heard = new Listener(query);
  s.say(...said(await s.started(), 'first'));
  await heard.heard('result');
  query.push('two');
  s.say(...said(await s.started(2), 'second'));
  expect(await heard.heard('result', 2)).toMatchObject({ text: 'second' });
  expect(s.agent.calls.some(({ call }) => call === 'steer')).toBe(false);
  query.end();
  await heard.ended;
});

test('a message that joins the turn of somebody else is answered by its result', async () => {
  await using s = await stage();
  const theirs = await s.host.requestTurn(s.session.id, { input: 'theirs' }, OWNER);
  await s.started();
  const query = s.session.query('ours');
  const heard = new Listener(query);
  const { start } = await s.agent.called('steer');
  s.say(takenIn(theirs.turn.id, start.turn), ...said(theirs.turn.id, 'both'));
  expect(await heard.heard('result')).toMatchObject({ turn: theirs.turn.id, messages: [query.first], text: 'both' });
});

test('a message that is pushed again by its id is asked once, and what became of it is told again', async () => {
  let asked = 0;
  const counted = (host: Host): Host =>
    instead(host, 'requestTurn', (...args) => {
      asked += 1;
      return host.requestTurn(...args);
    });
  await using s = await stage({ wrap: counted });
  const query = s.session.query('one', { id: 'chat-1' });
  expect(query.push('one', { id: 'chat-1' })).toBe(query.first);
  const turn = await s.started();
  s.say({ type: 'file', turn, path: '/a' }, ...said(turn, 'first'));
  query.end();
  await new Listener(query).ended;
  expect(asked).toBe(1);

  const again = s.session.query('one', { id: 'chat-1' });
  again.end();
  const heard = new Listener(again);
  expect(await heard.ended).toBeUndefined();
  expect(heard.words.map(({ type }) => type)).toEqual(['init', 'file', 'result']);

  const other = s.session.query('two');
  const late = new Listener(other);
  const second = await s.started(2);
  await late.heard('init');
  other.push('one', { id: 'chat-1' });
  expect(await late.heard('result')).toEqual({ type: 'result', text: 'first', turn, messages: ['chat-1'], interrupted: false });
  s.say(...said(second, 'second'));
  expect(await late.heard('result', 2)).toMatchObject({ text: 'second', messages: [other.first] });
  expect(s.agent.calls.filter(({ call }) => call === 'startTurn')).toHaveLength(2);
});

test('what became of a message may be heard before the answer that says whose it is', async () => {
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  let asked = 0;
  const late = (host: Host): Host =>
    instead(host, 'requestTurn', async (...args) => {
      const accepted = await host.requestTurn(...args);
      asked += 1;
      if (asked === 2) await gate;
      return accepted;
    });
  await using s = await stage({ wrap: late });
  const query = s.session.query('one');
  const heard = new Listener(query);
  s.say(...said(await s.started(), 'first'));
  await heard.heard('result');
  const second = query.push('two');
  const turn = await s.started(2);
  s.say({ type: 'file', turn, path: '/a' }, ...said(turn, 'second'));
  await s.event(s.session.id, 'turn.completed', 2);
  open();
  query.end();
  expect(await heard.ended).toBeUndefined();
  expect(heard.words.slice(2)).toMatchObject([{ type: 'file' }, { type: 'result', text: 'second', messages: [second] }]);
});

/** A session whose one turn has these events, counted as they are taken. */
function told(events: readonly Partial<Event>[]): { session: QuerySession; taken: () => number } {
  let taken = 0;
  const turn = { id: 'trn_1' } as Turn;
  return {
    taken: () => taken,
    session: {
      id: 'ses_1',
      look: () => Promise.resolve({ threadId: 'thread', position: 0 }),
      request: () => Promise.resolve({ turn, disposition: 'started', position: 1 }),
      turn: () => Promise.resolve(turn),
      async *follow(_after, signal) {
        for (const [index, event] of events.entries()) {
          taken += 1;
          yield await Promise.resolve({ position: index + 1, session: 'ses_1', turn: 'trn_1', ...event } as Event);
        }
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
      interrupt: () => Promise.resolve(),
      cancel: () => Promise.resolve(),
    },
  };
}

test('a consumer that comes late finds everything, and the session is not read far ahead of it', async () => {
  const end: Partial<Event> = { type: 'turn.completed', data: { finalText: 'done', usage: null } };
  const { session, taken } = told([...Array.from({ length: 5000 }, (): Partial<Event> => ({ type: 'diff.updated' })), end]);
  const query = startQuery(session, 'one');
  query.end();
  for (let n = 0; n < 50_000; n++) await Promise.resolve();
  expect(taken()).toBeLessThan(300);
  const heard = new Listener(query);
  expect(await heard.ended).toBeUndefined();
  expect(heard.events.filter(({ type }) => type === 'activity')).toHaveLength(5001);
  expect(heard.words.at(-1)).toMatchObject({ type: 'result', text: 'done' });
});

test('what was not taken when the query is aborted is not told any more', async () => {
  const { session } = told([{ type: 'turn.started' }, { type: 'turn.completed', data: { finalText: 'done', usage: null } }]);
  const query = startQuery(session, 'one');
  for (let n = 0; n < 1000; n++) await Promise.resolve();
  await query.abort();
  const heard = new Listener(query);
  expect(await heard.ended).toBeUndefined();
  expect(heard.events).toEqual([]);
});

test('a log that was put back to an earlier state ends the query with an error instead of telling things twice', async () => {
  const { session } = told([{ type: 'turn.requested' }, { type: 'diff.updated' }, { type: 'diff.updated', position: 1 }]);
  const heard = new Listener(startQuery(session, 'one'));
  expect(await heard.ended).toMatchObject({ code: 'conflict' });
  expect(heard.words.at(-1)).toMatchObject({ type: 'error', turn: null });
});
