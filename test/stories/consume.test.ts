/** Results of tools are taken out of a conversation, and put back. Real Codex, offline model. */

import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { Backups } from '../../src/codex/rollout/backups.js';
import { findRollouts } from '../../src/codex/rollout/find.js';
import type { Consumed } from '../../src/contract/carried-result.js';
import { type HostOverCodex, hostOverCodex, OWNER } from '../support/host-over-codex.js';
import { secondCodex } from '../support/second-codex.js';
import { type Ran, spool } from '../support/spool.js';
import { world } from './rig.js';

const STAYS = { idleMs: Number.POSITIVE_INFINITY, everyMs: 2 ** 30 };

/** The command that is run does not hold what it prints, and the prompt does not either. */
const HEAVY = '[[sh:printf "secret%.0s" 1 2 3; echo; seq 1 300]]';
const PRINTED = 'secretsecretsecret';
const NOTE = 'bytes was taken out of the conversation by its owner]';

async function hostWithHeavyTurn(model?: string): Promise<HostOverCodex & { readonly session: string; readonly thread: string }> {
  const h = await hostOverCodex(STAYS, { agent: { ...(model === undefined ? {} : { model }), permissions: { profile: ':workspace' } } });
  const session = await h.open();
  expect(await h.run(session, `${HEAVY} [[text:seen]]`)).toMatchObject({ status: 'completed' });
  const { threadId } = await h.host.session(session, OWNER);
  if (threadId === null) throw new Error('the session has no conversation');
  return Object.assign(h, { session, thread: threadId });
}

/** What the model was last shown. */
function shown({ model }: HostOverCodex): string {
  return JSON.stringify(model.requests.at(-1)?.body.input);
}

/** What Codex itself tells of the conversation. */
async function toldByCodex({ codexHome }: HostOverCodex, threadId: string): Promise<string> {
  await using other = await secondCodex(codexHome);
  const items = await other.client.request('thread/items/list', { threadId });
  const read = await other.client.request('thread/read', { threadId, includeTurns: true });
  return JSON.stringify([items, read.thread.turns]);
}

async function rolloutOf({ codexHome }: HostOverCodex, thread: string): Promise<Buffer> {
  const [file = ''] = findRollouts(codexHome, thread);
  return await readFile(file);
}

test('a result that was taken out is shown to the model no more, nor by Codex, and what else was said stays', async () => {
  await using h = await hostWithHeavyTurn();
  const { items } = await h.host.listResults(h.session, OWNER);
  expect(items).toMatchObject([{ tool: 'exec_command', turnsAgo: 0, undo: null, input: expect.stringContaining('printf') as string }]);
  const [{ item, bytes } = { item: '', bytes: 0 }] = items;
  expect(bytes).toBeGreaterThan(1000);
  const commands = (await h.events(h.session)).flatMap(({ type, data }) => (type === 'item.completed' ? [data.item] : []));
  expect(commands.find(({ id }) => id === item)).toMatchObject({ kind: 'command', output: expect.stringContaining(PRINTED) as string });

  const taken = await h.host.consumeResults(h.session, { items: [item] }, OWNER);
  expect(taken).toMatchObject({ consumed: [{ item, bytes }], undo: expect.stringMatching(/^und_/) as string });
  expect(await h.run(h.session, 'and now [[text:again]]')).toMatchObject({ status: 'completed', finalText: 'again' });
  expect(shown(h)).not.toContain(PRINTED);
  expect(shown(h)).toContain(`[this result of ${bytes} ${NOTE}`);
  expect(shown(h)).toContain('seq 1 300');
  expect(await toldByCodex(h, h.thread)).not.toContain(PRINTED);
  expect(await toldByCodex(h, h.thread)).toContain(NOTE);
  expect(await toldByCodex(h, h.thread)).toContain('again');
  expect((await h.host.listResults(h.session, OWNER)).items).toMatchObject([{ item, bytes, turnsAgo: 1, undo: taken.undo }]);
});

test('what was taken out is put back as it was, although the conversation went on', async () => {
  await using h = await hostWithHeavyTurn();
  const before = await rolloutOf(h, h.thread);
  const { undo } = await h.host.consumeResults(h.session, { largerThanBytes: 100, arguments: true }, OWNER);
  await h.run(h.session, 'and now [[text:again]]');
  expect(h.model.requests.at(-1)?.body.input).toContainEqual(expect.objectContaining({ type: 'function_call', arguments: '{}' }));
  const restored = await h.host.restoreResults(h.session, { undo: undo ?? '' }, OWNER);
  expect(restored.restored).toHaveLength(1);
  expect((await rolloutOf(h, h.thread)).subarray(0, before.length).equals(before)).toBe(true);
  expect(await h.run(h.session, '[[text:thrice]]')).toMatchObject({ status: 'completed' });
  expect(shown(h)).toContain(PRINTED);
  expect(shown(h)).toContain('and now');
  expect(await toldByCodex(h, h.thread)).toContain(PRINTED);
  expect((await h.events(h.session)).filter(({ type }) => type.startsWith('items.'))).toMatchObject([
    { type: 'items.consumed', data: { undo, by: 'owner' } },
    { type: 'items.restored', data: { undo, by: 'owner' } },
  ]);
});

test('where the agent works by code, an item stands for the whole answer of its code', async () => {
  await using h = await hostWithHeavyTurn('gpt-6.1-sol');
  const [carried] = (await h.host.listResults(h.session, OWNER)).items;
  expect(carried).toMatchObject({ tool: 'exec', item: expect.stringMatching(/^exec-/) as string });
  await h.host.consumeResults(h.session, { items: [carried?.item ?? ''] }, OWNER);
  await h.run(h.session, '[[text:again]]');
  expect(shown(h)).not.toContain(PRINTED);
  expect(shown(h)).toContain(NOTE);
  expect(await toldByCodex(h, h.thread)).not.toContain(PRINTED);
});

test('a copy of the conversation goes on, and is shown no more of the result either', async () => {
  await using h = await hostWithHeavyTurn();
  const copy = await h.host.forkSession(h.session, {}, OWNER);
  await h.run(copy.id, '[[text:copied]]');
  expect(shown(h)).toContain(PRINTED);
  await h.host.consumeResults(h.session, { largerThanBytes: 100 }, OWNER);
  await h.run(h.session, '[[text:again]]');
  const second = await h.host.forkSession(h.session, {}, OWNER);
  expect(await h.run(second.id, '[[text:copied too]]')).toMatchObject({ status: 'completed', finalText: 'copied too' });
  expect(shown(h)).not.toContain(PRINTED);
  expect(await h.run(copy.id, '[[text:still here]]')).toMatchObject({ status: 'completed', finalText: 'still here' });
});

test('nothing is taken out while a turn runs, and other conversations of the same process go on meanwhile', async () => {
  await using h = await hostWithHeavyTurn();
  const { turn } = await h.host.requestTurn(h.session, { input: '[[deltas:400:50]]' }, OWNER);
  await h.event(h.session, ({ type, turn: of }) => type === 'item.delta' && of === turn.id);
  await expect(h.host.consumeResults(h.session, { largerThanBytes: 100 }, OWNER)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('open turn') as string,
  });
  await h.host.interrupt(h.session, {}, OWNER);
  await h.ended(h.session, turn.id);

  const other = await h.open();
  const beside = await h.host.requestTurn(other, { input: '[[deltas:40:50]] [[text:went on]]' }, OWNER);
  await h.event(other, ({ type }) => type === 'item.delta');
  const { pid } = await h.process();
  expect(await h.host.consumeResults(h.session, { largerThanBytes: 100 }, OWNER)).toMatchObject({ consumed: [{}] });
  expect(await h.ended(other, beside.turn.id)).toMatchObject({ status: 'completed' });
  expect(await h.process()).toMatchObject({ pid });
});

test('a conversation that another process has open is left alone, and the process is named', async () => {
  await using h = await hostOverCodex(STAYS, { agent: { permissions: { profile: ':workspace' } } });
  await using other = await secondCodex(h.codexHome);
  const { thread } = await other.client.request('thread/start', { cwd: h.home.path });
  const ended = other.said('turn/completed');
  await other.client.request('turn/start', { threadId: thread.id, input: [{ type: 'text', text: HEAVY, text_elements: [] }] });
  await ended;
  const { id } = await h.host.openSession({ threadId: thread.id }, OWNER);
  const before = await rolloutOf(h, thread.id);
  await expect(h.host.consumeResults(id, { largerThanBytes: 100 }, OWNER)).rejects.toMatchObject({
    code: 'conflict',
    details: { pids: [other.pid] },
  });
  expect((await rolloutOf(h, thread.id)).equals(before)).toBe(true);
  expect((await h.events(id)).map(({ type }) => type)).not.toContain('items.consumed');
});

test('a request that is repeated is done once and answered alike', async () => {
  await using h = await hostWithHeavyTurn();
  const command = { largerThanBytes: 100, commandId: 'once' };
  const first = await h.host.consumeResults(h.session, command, OWNER);
  expect(await h.host.consumeResults(h.session, command, OWNER)).toEqual(first);
  expect((await h.events(h.session)).filter(({ type }) => type === 'items.consumed')).toHaveLength(1);
  expect(await h.host.consumeResults(h.session, { largerThanBytes: 100 }, OWNER)).toMatchObject({ consumed: [], undo: null });
  await expect(h.host.consumeResults(h.session, { items: ['call_unknown'] }, OWNER)).rejects.toMatchObject({ code: 'not-found' });
});

test('a conversation that was put away when the host died is brought back when it is next opened', async () => {
  await using h = await hostWithHeavyTurn();
  process.kill((await h.process()).pid, 'SIGKILL');
  await h.event(h.session, ({ type }) => type === 'runtime.exited');
  {
    await using other = await secondCodex(h.codexHome);
    await other.client.request('thread/archive', { threadId: h.thread });
  }
  expect(findRollouts(h.codexHome, h.thread)).toEqual([expect.stringContaining('archived_sessions')]);
  await expect(h.host.consumeResults(h.session, { largerThanBytes: 100 }, OWNER)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('archived') as string,
  });
  new Backups(h.home.join('taken')).setAside(h.thread);
  expect(await h.run(h.session, '[[text:here again]]')).toMatchObject({ status: 'completed', finalText: 'here again' });
  expect(shown(h)).toContain(PRINTED);
});

test('a person takes out and puts back at the command line', async () => {
  await using w = await world();
  const host = await w.serve();
  const { id } = await host.client.sessions.open({ cwd: w.work });
  const { turn } = await host.client.turns.request(id, { input: `${HEAVY} [[text:seen]]` });
  await host.client.wait(id, turn.id);
  const cli = (...args: string[]): Promise<Ran> =>
    spool(['consume', id, ...args], { env: { SPOOL_URL: host.url, SPOOL_TOKEN: host.token } });
  const listed = await cli();
  expect(listed.stdout).toMatch(/ITEM +SIZE +TURNS AGO +TAKEN OUT +TOOL\ncall_\S+ +1\.2 kB +0 +exec_command/);
  const taken = await cli('--larger-than', '1k', '--json');
  const { consumed, undo } = JSON.parse(taken.stdout) as Consumed;
  expect(consumed).toHaveLength(1);
  expect((await cli()).stdout).toContain(undo);
  expect((await cli(consumed[0]?.item ?? '')).stderr).toContain('there was nothing to take out');
  expect((await cli('--undo', undo ?? '')).stderr).toContain('put back 1 result of 1.2 kB');
  expect(await cli('--all', '--undo', undo ?? '')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('do not go together') as string,
  });
  expect(await cli('--larger-than', 'heavy')).toMatchObject({ status: 2, stderr: expect.stringContaining('64k') as string });
  expect((await cli('call_unknown')).stderr).toContain('carries no result of an item call_unknown');
});
