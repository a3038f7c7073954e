/** Agents of the runtime codex-cli-mcp in a real host, with each Codex that has an MCP server. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { processStart } from '../../../src/base/process.js';
import type { Client } from '../../../src/client/index.js';
import { eventOf, type Served, type World, world } from '../../stories/rig.js';
import { codexOf, OLDER_VERSIONS } from '../install.js';
import { Talk } from '../talk.js';

const PERMISSIONS = { profile: ':workspace', approvalPolicy: 'on-request' } as const;

async function worldOf(version: string): Promise<World> {
  const w = await world();
  w.env['SPOOL_CODEX_BIN'] = codexOf(version);
  return w;
}

async function serveWithAgent(w: World, more: object = {}): Promise<Served> {
  const host = await w.serve();
  const agent = { alias: 'mcp', codexHome: w.home.join('codex'), cwd: w.work, permissions: PERMISSIONS };
  await host.client.agents.create({ ...agent, runtime: 'codex-cli-mcp', ...more });
  return host;
}

async function run(client: Client, session: string, input: string) {
  const { turn } = await client.turns.request(session, { input });
  return await client.wait(session, turn.id);
}

/** Every file below a folder. */
function filesIn(folder: string): string[] {
  const all = readdirSync(folder, { recursive: true, withFileTypes: true });
  return all.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe.each(OLDER_VERSIONS)('a host over the MCP server of Codex %s', (version) => {
  test('streams an answer, remembers the conversation, asks a person, and keeps follow-ups in line', async () => {
    await using w = await worldOf(version);
    const { client } = await serveWithAgent(w);
    const talk = new Talk(client, (await client.sessions.open({ agent: 'mcp' })).id);
    const { id } = talk;
    expect(await run(client, id, 'the word is amber [[deltas:5:20]]')).toMatchObject({ status: 'completed', usage: { totalTokens: 120 } });
    const path = w.home.join('asked');
    const { turn, approval } = await talk.runUntilAsked(`[[sh!:touch ${path}]] [[text:done]]`);
    const after = await client.turns.request(id, { input: '[[text:after]]' });
    expect(after.disposition).toBe('queued');
    expect(approval).toMatchObject({ kind: 'command', reason: 'May I run this outside the sandbox?' });
    await talk.answer(approval, { decision: 'accept' });
    expect(await client.wait(id, turn.id)).toMatchObject({ status: 'completed', finalText: 'done' });
    expect(await client.wait(id, after.turn.id)).toMatchObject({ status: 'completed', finalText: 'after' });
    expect(readFileSync(path, 'utf8')).toBe('');
    expect(JSON.stringify(w.model.requests.at(-1)?.body.input)).toContain('the word is amber');
    const events = (await client.sessions.events(id, { limit: 1_000 })).events;
    expect(events.filter(({ type }) => type === 'item.delta').length).toBeGreaterThan(1);
    expect(events.filter(({ type }) => type === 'warning.raised')).toEqual([]);
    const codex = { method: 'codex/event/session_configured', params: { thread_id: w.model.requests[0]?.threadId } };
    expect(events.filter(({ type }) => type === 'agent.raw')).toMatchObject([{ data: codex }]);
  });

  test('keeps what an agent is given to itself: nothing of it is in the folders or on the command line', async () => {
    await using w = await worldOf(version);
    const { client } = await serveWithAgent(w, {
      env: { HERON: 'secret-heron' },
      mcpServers: { far: { url: 'http://127.0.0.1:9/mcp', headers: { 'x-key': 'secret-header' } } },
    });
    const { id } = await client.sessions.open({ agent: 'mcp' });
    expect(await run(client, id, '[[sh:test "$HERON" = secret-heron]] [[text:ok]]')).toMatchObject({ status: 'completed' });
    expect(await new Talk(client, id).items('command')).toMatchObject([{ exitCode: 0 }]);
    const [running] = (await client.status()).runtimes;
    expect(readFileSync(`/proc/${running?.pid}/cmdline`, 'utf8')).not.toContain('secret');
    expect(readFileSync(`/proc/${running?.pid}/environ`, 'utf8')).not.toContain('secret-h');
    const told = filesIn(w.home.join('codex')).filter((file) => readFileSync(file).includes('secret-header'));
    expect(told).toEqual([]);
  });

  test('a host that is killed takes the process along, and the conversation is replaced for all to see', async () => {
    await using w = await worldOf(version);
    const first = await serveWithAgent(w);
    const { id } = await first.client.sessions.open({ agent: 'mcp' });
    await run(first.client, id, '[[text:one]]');
    const { turn } = await first.client.turns.request(id, { input: '[[deltas:400:50]]' });
    await eventOf(first.client, id, (event) => event.type === 'item.delta' && event.turn === turn.id);
    const [running] = (await first.client.status()).runtimes;
    const pid = running?.pid ?? 0;
    const start = await processStart(pid);
    await first.kill('SIGKILL');
    const { client } = await w.serve();
    expect(await client.wait(id, turn.id)).toMatchObject({ status: 'failed', error: { code: 'runtime-exited', retryable: true } });
    expect(await run(client, id, '[[text:two]]')).toMatchObject({ status: 'completed', finalText: 'two' });
    const { events } = await client.sessions.events(id, { limit: 1_000 });
    expect(events.find(({ type }) => type === 'session.resumed')).toMatchObject({ data: { fresh: true } });
    expect(events.find(({ type }) => type === 'warning.raised')).toMatchObject({
      data: { message: expect.stringMatching(/does not remember/) },
    });
    // It goes by itself when its stdin ends.
    expect((await processStart(pid)) === start).toBe(false);
  });
});
