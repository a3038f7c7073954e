/** Agents that ask the model at the host's gateway: the real host, the real Codex, and a model that wants a key. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { homePaths } from '../../src/base/home-paths.js';
import { openVault } from '../../src/daemon/vault.js';
import { type OfflineModel, type OfflineModelOptions, startOfflineModel } from '../../src/testing/index.js';
import { childStates, eventOf, type Served, type World, world } from './rig.js';

const KEY = 'sk-story-0123456789abcdefghijklmnop';

/** A world whose vault holds the key of a model. */
async function keyed(options: OfflineModelOptions = {}): Promise<{ w: World; model: OfflineModel } & AsyncDisposable> {
  const w = await world();
  const model = await startOfflineModel({ key: KEY, ...options });
  await openVault(homePaths({ SPOOL_HOME: w.home.join('spool') }, w.home.path)).put(
    'codex',
    { kind: 'apiKey', key: KEY, baseUrl: model.url },
    'sk-...mnop',
  );
  return {
    w,
    model,
    async [Symbol.asyncDispose]() {
      await w[Symbol.asyncDispose]();
      await model[Symbol.asyncDispose]();
    },
  };
}

async function play(host: Served, agent: string, cwd: string, input: string) {
  const { id } = await host.client.sessions.open({ agent, cwd });
  const { turn } = await host.client.turns.request(id, { input });
  return await host.client.wait(id, turn.id);
}

test('the key is in no file, environment or command line that an agent could reach, and its turn completes', async () => {
  await using stage = await keyed();
  const { w, model } = stage;
  const host = await w.serve();
  await host.client.agents.create({ alias: 'builder', codexHome: 'own', permissions: { approvalPolicy: 'never' } });
  const turn = await play(host, 'builder', w.work, '[[sh:env]] and tell');
  expect([turn.status, turn.error]).toEqual(['completed', null]);
  expect(model.requests.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${KEY}`, `Bearer ${KEY}`]);

  const processes = await childStates(w.home.join('spool', 'run', 'codex'));
  expect(processes).toHaveLength(1);
  for (const { pid } of processes.flatMap(({ pid }) => [pid, ...descendants(pid)].map((one) => ({ pid: one })))) {
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain(KEY);
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(KEY);
  }
  expect(filesWith(w.home.path, KEY)).toEqual([w.home.join('spool', 'vault', 'credentials.json')]);
});

function descendants(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(text));
}

test('a host that is killed under a running turn comes back to the same address, and the turn completes', async () => {
  await using stage = await keyed();
  const { w } = stage;
  const first = await w.serve();
  await first.client.agents.create({ alias: 'builder', codexHome: 'own' });
  const { id } = await first.client.sessions.open({ agent: 'builder', cwd: w.work });
  const { turn } = await first.client.turns.request(id, { input: '[[deltas:40:50]]' });
  await eventOf(first.client, id, (event) => event.type === 'item.delta');
  const before = readFileSync(w.home.join('spool', 'run', 'agent-listener.json'), 'utf8');
  await first.kill('SIGKILL');

  const second = await w.serve();
  const ended = await second.client.wait(id, turn.id);
  expect([ended.status, ended.error, ended.finalText?.trim().split(' ').at(-1)]).toEqual(['completed', null, '40']);
  expect(readFileSync(w.home.join('spool', 'run', 'agent-listener.json'), 'utf8')).toBe(before);
});

test('a budget that is used up fails the next turn at once, says when it opens again, and the model is not asked', async () => {
  await using stage = await keyed();
  const { w, model } = stage;
  const host = await w.serve();
  await host.client.agents.create({ alias: 'frugal', codexHome: 'own', budget: { tokensPerDay: 100 } });
  expect((await play(host, 'frugal', w.work, 'the first one')).status).toBe('completed');
  const over = await play(host, 'frugal', w.work, 'the second one');
  expect([over.status, over.error?.code, over.error?.retryable]).toEqual(['failed', 'quota', false]);
  expect(over.error?.message).toMatch(/^agent frugal has used up its budget: 120 of 100 tokens a day \(UTC\); it opens again at .*T00:/);
  expect(model.requests).toHaveLength(1);

  await host.client.agents.create({ alias: 'calm', codexHome: 'own', budget: { turnsPerHour: 1 } });
  const long = await play(host, 'calm', w.work, '[[sh:true]] two calls of the model, one turn');
  expect([long.status, model.requests.length]).toEqual(['completed', 3]);
  const next = await play(host, 'calm', w.work, 'once more');
  expect([next.status, next.error?.code]).toEqual(['failed', 'quota']);
  expect(next.error?.message).toContain('agent calm has used up its budget: 1 of 1 turns an hour; it opens again at ');
});

test('a turn that crosses its budget in the middle is stopped at its next call of the model', async () => {
  await using stage = await keyed();
  const { w, model } = stage;
  const host = await w.serve();
  await host.client.agents.create({ alias: 'frugal', codexHome: 'own', budget: { tokensPerDay: 100 } });
  const turn = await play(host, 'frugal', w.work, '[[sh:true]] and on');
  expect([turn.status, turn.error?.code, model.requests.length]).toEqual(['failed', 'quota', 1]);
});

test('what has been used still counts when the host was started anew', async () => {
  await using stage = await keyed();
  const { w, model } = stage;
  const first = await w.serve();
  await first.client.agents.create({ alias: 'frugal', codexHome: 'own', budget: { tokensPerDay: 100 } });
  expect((await play(first, 'frugal', w.work, 'the first one')).status).toBe('completed');
  await first.kill('SIGTERM');
  const second = await w.serve();
  expect((await play(second, 'frugal', w.work, 'the second one')).error?.code).toBe('quota');
  expect(model.requests).toHaveLength(1);
});

test('a key that the model does not take, and none at all, are told with what to do', async () => {
  await using stage = await keyed({ key: 'another' });
  const { w } = stage;
  const host = await w.serve();
  await host.client.agents.create({ alias: 'builder', codexHome: 'own' });
  const refused = await play(host, 'builder', w.work, 'hello');
  expect([refused.status, refused.error?.code]).toEqual(['failed', 'auth']);
  expect(refused.error?.message).toContain('spool login codex --reconnect');

  await openVault(homePaths({ SPOOL_HOME: w.home.join('spool') }, w.home.path)).remove('codex');
  const without = await play(host, 'builder', w.work, 'hello');
  expect([without.status, without.error?.code]).toEqual(['failed', 'auth']);
  expect(without.error?.message).toContain('spool login codex');
});

test('an agent with the login of its home has no budget', async () => {
  await using w = await world();
  const host = await w.serve();
  await host.client.agents.create({ alias: 'frugal', budget: { tokensPerDay: 100 } });
  const turn = await play(host, 'frugal', w.work, 'hello');
  expect([turn.status, turn.error?.message]).toEqual(['failed', expect.stringContaining('agent frugal has a budget')]);
  expect(w.model.requests).toHaveLength(0);
});

test('a conversation goes on when its agent is given another login, and back', async () => {
  await using stage = await keyed();
  const { w, model } = stage;
  const first = await w.serve();
  await first.client.agents.create({ alias: 'mover' });
  const { id } = await first.client.sessions.open({ agent: 'mover', cwd: w.work });
  const turn = async (host: Served, input: string) => {
    const { turn } = await host.client.turns.request(id, { input });
    const { status, error } = await host.client.wait(id, turn.id);
    return { status, error };
  };
  const completed = { status: 'completed', error: null };
  expect(await turn(first, 'the first word')).toEqual(completed);
  await first.client.agents.update('mover', { credential: 'vault' });
  // With the host goes the process that had the conversation open, which keeps the login that it was opened with.
  await first.kill('SIGTERM');

  const second = await w.serve();
  expect(await turn(second, 'the second word')).toEqual(completed);
  expect(JSON.stringify(model.requests.at(-1)?.body.input)).toContain('the first word');
  await second.client.agents.update('mover', { credential: 'home' });
  await second.kill('SIGTERM');

  const third = await w.serve();
  expect(await turn(third, 'the third word')).toEqual(completed);
  expect(JSON.stringify(w.model.requests.at(-1)?.body.input)).toMatch(/the first word.*the second word.*the third word/);
  expect([model.requests.length, w.model.requests.length]).toEqual([1, 2]);
});
