/** Agents of the runtime codex-code-cli in a real host: Codex's own interface for each turn, and one conversation for the host and for people. */

import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { processStart } from '../../src/base/process.js';
import type { Client } from '../../src/client/index.js';
import { eventOf, type Served, type World, world } from './rig.js';

async function serveWithAgent(w: World): Promise<Served> {
  const host = await w.serve();
  const home = { codexHome: w.home.join('codex'), cwd: w.work };
  await host.client.agents.create({ alias: 'screen', runtime: 'codex-code-cli', ...home, permissions: { profile: ':workspace' } });
  return host;
}

async function run(client: Client, session: string, input: string) {
  const { turn } = await client.turns.request(session, { input });
  return await client.wait(session, turn.id);
}

interface Kept {
  readonly native?: string;
  readonly process?: { readonly pid: number; readonly start: string };
}

/** What the host has written down of its conversations. */
function kept(w: World): Kept[] {
  const folder = w.home.join('spool', 'code-cli', 'conversations');
  return readdirSync(folder).map((name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as Kept);
}

/** What the model was shown with a prompt; newer versions of Codex ask it for a title of the conversation too. */
function shownFor({ model }: World, prompt: string): string {
  return JSON.stringify(model.requests.filter((request) => request.prompt === prompt).map(({ body }) => body.input));
}

test('the second turn quotes the first, over a restart of the host, in the folder of the session', async () => {
  await using w = await world();
  const first = await serveWithAgent(w);
  const cwd = w.home.join('project');
  mkdirSync(cwd);
  const { id } = await first.client.sessions.open({ agent: 'screen', cwd });
  expect(await run(first.client, id, 'the word is amber [[sh:pwd > where.txt]] [[text:noted]]')).toMatchObject({
    ...{ status: 'completed', finalText: 'noted' },
    usage: { inputTokens: 200, outputTokens: 40 },
  });
  expect(readFileSync(`${cwd}/where.txt`, 'utf8')).toBe(`${cwd}\n`);
  const { threadId } = await first.client.sessions.get(id);
  const told = await eventOf(first.client, id, (event) => event.type === 'agent.raw' && event.data.method === 'thread.started');
  expect(JSON.stringify(told)).toContain(kept(w)[0]?.native ?? 'nothing');
  await first.kill('SIGTERM');
  const { client } = await w.serve();
  expect(await run(client, id, 'which word? [[text:amber]]')).toMatchObject({ finalText: 'amber', usage: { inputTokens: 100 } });
  expect(shownFor(w, 'which word? [[text:amber]]')).toContain('the word is amber');
  expect(await client.sessions.get(id)).toMatchObject({ threadId, usage: { inputTokens: 300 } });
  const events = (await client.sessions.events(id, { limit: 1_000 })).events.map(({ type }) => type);
  expect(events).not.toContain('warning.raised');
}, 90_000);

test('a host that is killed takes its turn along: no process stays, the turn has failed, and the conversation goes on', async () => {
  await using w = await world();
  const first = await serveWithAgent(w);
  const { id } = await first.client.sessions.open({ agent: 'screen' });
  const { turn } = await first.client.turns.request(id, { input: 'the word is amber [[sh:sleep 600]]' });
  await eventOf(first.client, id, ({ type }) => type === 'item.started');
  const left = kept(w)[0]?.process;
  expect(await processStart(left?.pid ?? 0)).toBe(left?.start);
  await first.kill('SIGKILL');
  const { client } = await w.serve();
  expect(await client.wait(id, turn.id)).toMatchObject({ status: 'failed', error: { code: 'runtime-exited', retryable: true } });
  expect(await processStart(left?.pid ?? 0)).toBeUndefined();
  expect(await run(client, id, '[[text:amber]]')).toMatchObject({ finalText: 'amber' });
  expect(shownFor(w, '[[text:amber]]')).toContain('the word is amber');
  expect(w.model.requests.filter(({ prompt, step }) => prompt.startsWith('the word is amber') && step === 0)).toHaveLength(1);
}, 90_000);

test('a conversation that was begun elsewhere is gone on with, an interrupt ends a turn, and what the runtime cannot do is refused', async () => {
  await using w = await world();
  const { client } = await serveWithAgent(w);
  const begun = await client.sessions.open({ agent: 'screen' });
  await run(client, begun.id, 'the word is amber [[text:noted]]');
  const { id } = await client.sessions.open({ agent: 'screen', threadId: kept(w)[0]?.native ?? '' });
  const { turn } = await client.turns.request(id, { input: 'again [[deltas:400:50]]' });
  await eventOf(client, id, ({ type }) => type === 'turn.started');
  const after = await client.turns.request(id, { input: '[[text:after]]' });
  expect(after.disposition).toBe('queued');
  await client.interrupt(id, { turn: turn.id });
  expect(await client.wait(id, turn.id)).toMatchObject({ status: 'interrupted' });
  expect(await client.wait(id, after.turn.id)).toMatchObject({ status: 'completed', finalText: 'after' });
  expect(shownFor(w, '[[text:after]]')).toContain('the word is amber');
  await expect(client.turns.request(id, { input: 'x', mode: 'steer' })).rejects.toMatchObject({ code: 'unsupported' });
}, 90_000);
