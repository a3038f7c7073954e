/** Queries on the real Codex: what an agent platform hears, over HTTP and without it, and through the death of the host. */

import { expect, test } from 'vitest';
import type { Query, QueryEvent } from '../../src/client/index.js';
import { openHost } from '../../src/index.js';
import { eventOf, world } from './rig.js';

/** What a query says until it ends, without the signs of life. */
async function words(query: Query): Promise<QueryEvent[]> {
  const heard: QueryEvent[] = [];
  for await (const event of query.events) if (event.type !== 'activity') heard.push(event);
  return heard;
}

test('two queries of a session tell their work and their results, and name the same conversation', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work });
  const first = client.session(id).query('[[sh:echo hi]] [[text:one]]');
  first.end();
  const heard = await words(first);
  expect(heard.map(({ type }) => type)).toEqual(['init', 'progress', 'result']);
  expect(heard).toMatchObject([
    { type: 'init', session: id },
    { message: 'running echo hi' },
    { text: 'one', messages: [first.first], interrupted: false },
  ]);
  const second = client.session(id).query('[[text:two]]');
  second.end();
  const [init, result] = await words(second);
  expect([init, result]).toMatchObject([heard[0], { type: 'result', text: 'two' }]);
});

test('a message that is pushed into a running turn is answered by the result of that turn', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work });
  const query = client.session(id).query('[[deltas:60:20]]');
  const heard = words(query);
  await eventOf(client, id, (event) => event.type === 'item.delta');
  const second = query.push('[[text:also this]]');
  query.end();
  const results = (await heard).filter((event) => event.type === 'result');
  expect(results).toMatchObject([{ text: 'also this', messages: [query.first, second] }]);
});

test('abort stops the running turn and what waits behind it, and tells no result', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work });
  const query = client.session(id).query('[[deltas:1000:20]]');
  const heard = words(query);
  await eventOf(client, id, (event) => event.type === 'item.delta');
  query.push('[[text:never]]', { effort: 'low' });
  await eventOf(client, id, (event) => event.type === 'turn.queued');
  await query.abort();
  expect((await heard).map(({ type }) => type)).toEqual(['init']);
  const { items } = await client.turns.list(id);
  expect(items.map(({ status }) => status)).toEqual(['interrupted', 'interrupted']);
});

test('a query outlives the host: it goes on with the next one, and nothing is told twice', async () => {
  await using w = await world();
  const host = await w.serve();
  const { id } = await host.client.sessions.open({ cwd: w.work });
  const query = host.client.session(id).query('[[deltas:100:20]] [[sh:echo hi]] [[text:one]]');
  const heard = words(query);
  await eventOf(host.client, id, (event) => event.type === 'item.delta');
  await host.kill('SIGKILL');
  const second = query.push('[[text:two]]', { effort: 'low' });
  query.end();
  await w.serve('--port', new URL(host.url).port);
  const told = await heard;
  expect(told.map(({ type }) => type)).toEqual(['init', 'progress', 'result', 'result']);
  expect(told.slice(2)).toMatchObject([
    { text: 'one', messages: [query.first] },
    { text: 'two', messages: [second] },
  ]);
});

test('a host inside the program has the same queries', async () => {
  await using w = await world();
  await using host = await openHost({ env: w.env, keepRunningTurns: false });
  const session = await host.open({ cwd: w.work });
  const query = session.query('[[sh:echo hi]] [[text:one]]');
  query.end();
  const heard = await words(query);
  expect(heard).toMatchObject([{ type: 'init' }, { type: 'progress' }, { type: 'result', text: 'one' }]);
  const again = host.use(session.id).query('[[failed:insufficient_quota]]');
  const failed = words(again);
  await expect(failed).rejects.toMatchObject({ code: 'runtime-failed', details: { classification: 'quota' } });
});
