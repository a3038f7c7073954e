/** A follow-up never vanishes and never runs twice: the real Codex, messages sent at every moment of a turn. */

import { expect, test } from 'vitest';
import type { Client } from '../../src/client/index.js';
import type { Event } from '../../src/contract/events.js';
import type { OfflineModel } from '../../src/testing/index.js';
import { eventOf, world } from './rig.js';

const eventsOf = async (client: Client, session: string): Promise<Event[]> =>
  (await client.sessions.events(session, { limit: 10_000 })).events as unknown as Event[];

/** What people wrote, as the model was told it last, in order. */
function userTexts(model: OfflineModel): string[] {
  const last = model.requests.at(-1);
  return (last?.body.input ?? []).flatMap((item) => {
    const { role, content } = item as { role?: string; content?: { text?: string }[] };
    return role === 'user' && Array.isArray(content) ? content.flatMap((part) => (part.text === undefined ? [] : [part.text])) : [];
  });
}

test('a message for a running turn counts as taken in when it is seen there, and ends with that turn', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work });
  const first = await client.turns.request(id, { input: '[[deltas:20:40]]' });
  await eventOf(client, id, (event) => event.type === 'item.delta');
  const second = await client.turns.request(id, { input: '[[text:heard you]]' });
  expect(second).toMatchObject({ disposition: 'steered', turn: { status: 'queued' } });
  expect(await client.wait(id, second.turn.id)).toMatchObject({ status: 'completed', steeredInto: first.turn.id });
  expect(await client.turns.get(id, first.turn.id)).toMatchObject({ status: 'completed', finalText: 'heard you' });
  const events = await eventsOf(client, id);
  const at = events.findIndex((event) => event.type === 'turn.steered');
  expect(events[at]).toMatchObject({ turn: second.turn.id, data: { into: first.turn.id } });
  expect(events[at + 1]).toMatchObject({ type: 'item.started', turn: first.turn.id, data: { item: { turn: second.turn.id } } });
  expect(userTexts(w.model).filter((text) => text.includes('heard you'))).toHaveLength(1);
});

test('messages sent at every moment around a turn’s end each run once, in order, inside the turn or as one of their own', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work });
  const sent: string[] = [];
  const turns: string[] = [];
  for (let round = 0; round < 4; round += 1) {
    const begun = await client.turns.request(id, { input: `[[deltas:6:10]] round ${round}` });
    turns.push(begun.turn.id);
    sent.push(`round ${round}`);
    await eventOf(client, id, (event) => event.turn === begun.turn.id && event.type === 'item.delta');
    for (let n = 0; n < 6; n += 1) {
      const name = `round ${round} message ${n}`;
      sent.push(name);
      turns.push((await client.turns.request(id, { input: `[[text:ok]] ${name}` })).turn.id);
    }
    for (const turn of turns.slice(-7)) expect(await client.wait(id, turn)).toMatchObject({ status: 'completed' });
  }
  const heard = userTexts(w.model).flatMap((text) => /round \d+( message \d+)?$/.exec(text)?.[0] ?? []);
  expect(heard).toEqual(sent);
  const ends = (await eventsOf(client, id)).filter((event) => event.type === 'turn.completed').map((event) => event.turn);
  expect(new Set(ends).size).toBe(ends.length);
});

test('a message that was given to a turn whose host died is neither lost nor run twice', async () => {
  await using w = await world();
  const first = await w.serve();
  const { id } = await first.client.sessions.open({ cwd: w.work });
  const running = await first.client.turns.request(id, { input: '[[deltas:30:40]]' });
  await eventOf(first.client, id, (event) => event.type === 'item.delta');
  const given = await first.client.turns.request(id, { input: '[[text:once only]]' });
  await first.kill('SIGKILL');
  const { client } = await w.serve();
  expect(await client.wait(id, running.turn.id)).toMatchObject({ status: 'completed' });
  expect(await client.wait(id, given.turn.id)).toMatchObject({ status: 'completed' });
  expect(userTexts(w.model).filter((text) => text.includes('once only'))).toHaveLength(1);
});

test('queued turns can be moved and taken back while they wait, and run in the order in which they then stand', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work });
  const running = await client.turns.request(id, { input: '[[deltas:100:50]]' });
  await eventOf(client, id, (event) => event.type === 'item.delta');
  const ask = async (name: string): Promise<string> =>
    (await client.turns.request(id, { input: `[[text:${name}]]`, mode: 'queue' })).turn.id;
  const [a, b, c, d] = [await ask('a'), await ask('b'), await ask('c'), await ask('d')];
  await client.turns.move(id, d, b);
  await client.turns.move(id, a, null);
  expect(await client.turns.cancel(id, c)).toMatchObject({ id: c, status: 'interrupted', startedAt: null });
  await expect(client.turns.cancel(id, c)).rejects.toMatchObject({ code: 'conflict', message: expect.stringMatching(/has ended/) });
  await expect(client.turns.cancel(id, running.turn.id)).rejects.toMatchObject({
    code: 'conflict',
    hint: expect.stringMatching(/interrupt/),
  });
  await expect(client.turns.move(id, a, running.turn.id)).rejects.toMatchObject({ code: 'conflict' });
  await expect(client.turns.request(id, { input: 'no', mode: 'reject' })).rejects.toMatchObject({ code: 'conflict' });
  await client.interrupt(id);
  for (const turn of [a, b, d]) expect(await client.wait(id, turn)).toMatchObject({ status: 'completed' });
  const started = (await eventsOf(client, id)).filter((event) => event.type === 'turn.started').map((event) => event.turn);
  expect(started).toEqual([running.turn.id, d, b, a]);
});

test('a turn with a model, effort or tier of its own does not change the turns after it, unless it is to', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work });
  const models = async (body: object): Promise<unknown> => {
    const { turn } = await client.turns.request(id, { input: '[[text:ok]]', ...body });
    expect(await client.wait(id, turn.id)).toMatchObject({ status: 'completed' });
    const request = w.model.requests.at(-1)?.body;
    return [request?.model, (request?.['reasoning'] as { effort?: string } | undefined)?.effort];
  };
  const usual = await models({});
  expect(await models({ model: 'gpt-5.4', effort: 'high' })).toEqual(['gpt-5.4', 'high']);
  expect(await models({})).toEqual(usual);
  expect(await models({ effort: 'low', sticky: true })).toEqual([(usual as string[])[0], 'low']);
  expect(await models({})).toEqual([(usual as string[])[0], 'low']);
  expect(await client.sessions.get(id)).toMatchObject({ effort: 'low' });
});
