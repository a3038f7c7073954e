/** An agent on OpenCode, with the real host, the real OpenCode and a model that wants the key of the vault. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { homePaths } from '../../src/base/home-paths.js';
import { processStart, stopPid } from '../../src/base/process.js';
import { openVault } from '../../src/daemon/vault.js';
import { startOfflineModel } from '../../src/testing/index.js';
import { bash, tool } from '../support/opencode-under-test.js';
import { eventOf, type Served, type World, world } from './rig.js';

// Servers of OpenCode take seconds to start, and here several do.
vi.setConfig({ testTimeout: 300_000 });

const KEY = 'sk-story-0123456789abcdefghijklmnop';

/** Runs a turn, saying yes to what it asks. */
async function play(host: Served, session: string, input: string): Promise<{ text: string | null; asked: string[] }> {
  const { turn, position } = await host.client.turns.request(session, { input });
  const asked: string[] = [];
  for await (const event of host.client.follow(session, { after: position })) {
    if (event.type === 'approval.asked') {
      asked.push(event.data.approval.title);
      await host.client.approvals.answer(event.data.approval.id, { decision: 'accept' });
    }
    if (event.type === 'turn.failed') throw new Error(event.data.message);
    if (event.type === 'turn.completed') break;
  }
  return { text: (await host.client.wait(session, turn.id)).finalText, asked };
}

/** A world in which no server of OpenCode is left at the end, also when the story fails. */
async function stage(): Promise<{ w: World } & AsyncDisposable> {
  const w = await world();
  return {
    w,
    async [Symbol.asyncDispose]() {
      const left = servers(w);
      await w[Symbol.asyncDispose]();
      for (const { pid, start } of left) await stopPid(pid, start, { graceMs: 0 });
    },
  };
}

/** The servers of OpenCode that the world's host has written down. */
function servers(w: World): { pid: number; start: string }[] {
  const run = w.home.join('spool', 'run', 'opencode');
  const files = existsSync(run) ? readdirSync(run).map((name) => join(run, name, 'process.json')) : [];
  return files.filter((file) => existsSync(file)).map((file) => JSON.parse(readFileSync(file, 'utf8')) as { pid: number; start: string });
}

test('it asks over HTTP before it runs a command, writes files, and remembers over a restart and a kill of the host', async () => {
  await using model = await startOfflineModel({ key: KEY });
  await using staged = await stage();
  const { w } = staged;
  const vault = openVault(homePaths({ SPOOL_HOME: w.home.join('spool') }, w.home.path));
  await vault.put('codex', { kind: 'apiKey', key: KEY, baseUrl: model.url }, 'sk-...mnop');
  const first = await w.serve();
  await first.client.agents.create({ alias: 'builder', runtime: 'opencode', codexHome: 'own', credential: 'vault' });
  const { id } = await first.client.sessions.open({ agent: 'builder', cwd: w.work });

  const patch = '*** Begin Patch\n*** Add File: word.txt\n+sesame\n*** End Patch';
  const input = `${bash('echo open > door.txt')} ${tool('apply_patch', { patchText: patch })} [[text:the word is sesame]]`;
  expect(await play(first, id, input)).toEqual({ text: 'the word is sesame', asked: ['Run echo open > door.txt?'] });
  expect(readFileSync(join(w.work, 'door.txt'), 'utf8')).toBe('open\n');
  expect(readFileSync(join(w.work, 'word.txt'), 'utf8')).toBe('sesame\n');
  expect(new Set(model.requests.map(({ headers }) => headers.authorization))).toEqual(new Set([`Bearer ${KEY}`]));
  const session = await first.client.sessions.get(id);
  expect(session).toMatchObject({ runtime: 'opencode', status: 'idle', usage: { totalTokens: 360 } });
  await play(first, id, '[[text:second]]');
  expect(JSON.stringify(model.requests.at(-1)?.body.input)).toContain('the word is sesame');

  const [one] = servers(w);
  await first.kill('SIGTERM');
  expect(await processStart(one?.pid ?? 0)).toBeUndefined();
  expect(servers(w)).toEqual([]);

  const second = await w.serve();
  expect((await play(second, id, '[[text:third]]')).text).toBe('third');
  expect(JSON.stringify(model.requests.at(-1)?.body.input)).toContain('the word is sesame');
  expect((await second.client.sessions.get(id)).threadId).toBe(session.threadId);
  const { turn } = await second.client.turns.request(id, { input: '[[deltas:4000:50]]' });
  await eventOf(second.client, id, (event) => event.type === 'item.delta' && event.turn === turn.id);
  const [left] = servers(w);
  await second.kill('SIGKILL');
  expect(await processStart(left?.pid ?? 0)).toBe(left?.start);

  const third = await w.serve();
  expect(await third.client.wait(id, turn.id)).toMatchObject({ status: 'failed', error: { code: 'runtime-exited' } });
  expect(await processStart(left?.pid ?? 0)).toBeUndefined();
  expect((await play(third, id, '[[text:fourth]]')).text).toBe('fourth');
  expect(JSON.stringify(model.requests.at(-1)?.body.input)).toContain('the word is sesame');
  await third.kill('SIGTERM');
  expect(servers(w)).toEqual([]);
});
