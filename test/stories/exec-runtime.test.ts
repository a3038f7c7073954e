/** Agents of the runtime codex-exec in a real host: a process for each turn, and a conversation that outlasts them all. */

import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { processStart } from '../../src/base/process.js';
import type { Client } from '../../src/client/index.js';
import { eventOf, type Served, type World, world } from './rig.js';

async function serveWithAgent(w: World, more: object = {}): Promise<Served> {
  const host = await w.serve();
  const permissions = { profile: ':workspace' };
  await host.client.agents.create({
    alias: 'batch',
    runtime: 'codex-exec',
    codexHome: w.home.join('codex'),
    cwd: w.work,
    permissions,
    ...more,
  });
  return host;
}

async function run(client: Client, session: string, input: string) {
  const { turn } = await client.turns.request(session, { input });
  return await client.wait(session, turn.id);
}

/** The processes that the host has written down as running. */
function running(w: World): { pid: number; start: string }[] {
  const folder = w.home.join('spool', 'run', 'codex-exec');
  const names = readdirSync(folder);
  return names.map((name) => JSON.parse(readFileSync(`${folder}/${name}/process.json`, 'utf8')) as { pid: number; start: string });
}

test('the second turn quotes the first, over a restart of the host, in the folder of the session', async () => {
  await using w = await world();
  const first = await serveWithAgent(w);
  const cwd = w.home.join('project');
  mkdirSync(cwd);
  const { id } = await first.client.sessions.open({ agent: 'batch', cwd });
  expect(await run(first.client, id, 'the word is amber [[sh:pwd > where.txt]] [[text:noted]]')).toMatchObject({
    ...{ status: 'completed', finalText: 'noted' },
    usage: { inputTokens: 200, outputTokens: 40 },
  });
  expect(readFileSync(`${cwd}/where.txt`, 'utf8')).toBe(`${cwd}\n`);
  expect(running(w)).toEqual([]);
  const { threadId } = await first.client.sessions.get(id);
  await first.kill('SIGTERM');
  const { client } = await w.serve();
  expect(await run(client, id, 'which word? [[text:amber]]')).toMatchObject({ finalText: 'amber', usage: { inputTokens: 100 } });
  expect(JSON.stringify(w.model.requests.at(-1)?.body.input)).toContain('the word is amber');
  expect(await client.sessions.get(id)).toMatchObject({ threadId, usage: { inputTokens: 300 } });
  const events = (await client.sessions.events(id, { limit: 1_000 })).events.map(({ type }) => type);
  expect(events).not.toContain('warning.raised');
}, 60_000);

test('a host that is killed takes its turn along: no process stays, the turn has failed, and the conversation goes on', async () => {
  await using w = await world();
  const first = await serveWithAgent(w);
  const { id } = await first.client.sessions.open({ agent: 'batch' });
  const { turn } = await first.client.turns.request(id, { input: 'the word is amber [[sh:sleep 600]]' });
  await eventOf(first.client, id, ({ type }) => type === 'item.started');
  const [left] = running(w);
  await first.kill('SIGKILL');
  expect(await processStart(left?.pid ?? 0)).toBe(left?.start);
  const { client } = await w.serve();
  expect(await client.wait(id, turn.id)).toMatchObject({ status: 'failed', error: { code: 'runtime-exited', retryable: true } });
  expect(await processStart(left?.pid ?? 0)).toBeUndefined();
  expect(await run(client, id, '[[text:amber]]')).toMatchObject({ finalText: 'amber' });
  expect(JSON.stringify(w.model.requests.at(-1)?.body.input)).toContain('the word is amber');
  expect(w.model.requests.filter(({ prompt, step }) => prompt.startsWith('the word is amber') && step === 0)).toHaveLength(1);
}, 60_000);

test('follow-ups wait for their turn, an interrupt ends one, and what the runtime cannot do is refused', async () => {
  await using w = await world();
  const { client } = await serveWithAgent(w, { runtimeOptions: { models: { codex: '', other: 'gpt-5.4' } } });
  const { id } = await client.sessions.open({ agent: 'batch' });
  const { turn } = await client.turns.request(id, { input: '[[deltas:400:50]]' });
  await w.model.request(1);
  const after = await client.turns.request(id, { input: '[[text:after]]', model: 'other' });
  expect(after.disposition).toBe('queued');
  await client.interrupt(id, { turn: turn.id });
  expect(await client.wait(id, turn.id)).toMatchObject({ status: 'interrupted' });
  expect(await client.wait(id, after.turn.id)).toMatchObject({ status: 'completed', finalText: 'after' });
  expect(w.model.requests.at(-1)?.body.model).toBe('gpt-5.4');
  await expect(client.turns.request(id, { input: 'x', mode: 'steer' })).rejects.toMatchObject({ code: 'unsupported' });
  const refused = await client.turns.request(id, { input: 'x', model: 'third' });
  expect(await client.wait(id, refused.turn.id)).toMatchObject({
    status: 'failed',
    error: { message: expect.stringContaining('use one of codex, other') },
  });
}, 60_000);
