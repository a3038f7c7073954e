/** Processes that misbehave, and programs that are none: the real ones where they do it, else one whose part is played. */

import { chmod, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FactEar } from '../../../test/support/fact-ear.js';
import { type McpUnderTest, mcpUnderTest } from '../../../test/support/mcp-under-test.js';
import { processStart } from '../../base/process.js';
import { codexBinary } from '../../testing/codex-binary.js';
import { type TempHome, tempHome } from '../../testing/temp-home.js';

const PLAYED = fileURLToPath(new URL('../../../test/fixtures/mcp-codex.mjs', import.meta.url));

let folder: TempHome;
beforeEach(async () => {
  folder = await tempHome();
});
afterEach(async () => await folder[Symbol.asyncDispose]());

/** A program that plays a `codex`. */
async function played(name = 'well'): Promise<McpUnderTest> {
  const path = folder.join('codex');
  await writeFile(path, `#!/bin/sh\nexec '${process.execPath}' '${PLAYED}' ${name} "$@"\n`);
  await chmod(path, 0o755);
  return await mcpUnderTest(path);
}

test('the newest Codex has no MCP server, which is said with what to use instead, and nothing is started', async () => {
  await using under = await mcpUnderTest(codexBinary());
  const refused: unknown = await under.agent.open(under.thread).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'unsupported', message: /0\.169\.0.*gone since 0\.154\.0/, hint: /codex-app-server.*codex-exec/ });
  expect(await under.agent.status()).toEqual([]);
});

test('a program that is not there, or too old, or that says no hello, is told as such', async () => {
  await using missing = await mcpUnderTest(folder.join('nowhere'));
  await expect(missing.agent.open(missing.thread)).rejects.toMatchObject({ code: 'runtime-missing' });
  await using silent = await played('silent');
  await expect(silent.agent.open(silent.thread)).rejects.toMatchObject({ code: 'runtime-failed', message: /stdin is not a terminal/ });
  expect(await silent.agent.status()).toEqual([]);
  const old = folder.join('old');
  await writeFile(old, '#!/bin/sh\necho codex-cli 0.99.0\n');
  await chmod(old, 0o755);
  await using ancient = await mcpUnderTest(old);
  await expect(ancient.agent.open(ancient.thread)).rejects.toMatchObject({ code: 'runtime-too-old' });
});

test('what is no message does no harm, is kept in part, and the turn is told', async () => {
  await using under = await played();
  const ear = new FactEar(await under.agent.open(under.thread));
  expect(await ear.run('garbage')).toMatchObject({ type: 'turn.completed' });
  expect(ear.said('trn_1')).toEqual(['garbage']);
  const raw = ear.of('raw').filter(({ method }) => method === 'stdout');
  expect(raw[0]).toEqual({ type: 'raw', turn: undefined, method: 'stdout', params: { text: 'INFO starting up' } });
  expect(raw.length).toBe(20);
  expect(JSON.stringify(raw).length).toBeLessThan(60_000);
  expect(await ear.run('fine')).toMatchObject({ type: 'turn.completed' });
});

test('a process that dies is told with its exit code and its last words without secrets, and the next opening has a new one', async () => {
  await using under = await played();
  const { agent, thread } = under;
  const [ear, other] = [new FactEar(await agent.open(thread)), new FactEar(await agent.open({ ...thread, session: 'ses_2' }))];
  const [{ pid } = { pid: null }] = await agent.status();
  await ear.start('dies');
  const ended = await ear.until('ended');
  expect(ended).toMatchObject({ how: 'exited', exitCode: 3, signal: null, stderrTail: /thread main panicked/ });
  expect(ended.stderrTail).not.toContain('sk-');
  // All conversations of the home were in it.
  expect(await other.until('ended')).toMatchObject({ how: 'exited', exitCode: 3 });
  await expect(ear.start('more')).rejects.toMatchObject({ code: 'unavailable' });
  const again = new FactEar(
    await agent.open({ ...thread, resume: ear.thread.id, hadTurns: true, unsettled: { turn: 'trn_1', ref: 'n2' } }),
  );
  expect([again.thread.opened, again.thread.unsettled, again.thread.id === ear.thread.id]).toEqual(['replaced', 'unknown', false]);
  expect(await again.run('fine')).toMatchObject({ type: 'turn.completed' });
  expect((await agent.status()).map((status) => status.pid === pid)).toEqual([false]);
});

test('a line without end is the end of the process, not of the host', async () => {
  await using under = await played();
  const ear = new FactEar(await under.agent.open(under.thread));
  const [{ pid } = { pid: null }] = await under.agent.status();
  await ear.start('long');
  expect(await ear.until('ended')).toMatchObject({ how: 'exited', message: /cannot be read/ });
  expect(await processStart(pid ?? 0)).toBeUndefined();
});

test('an error of the protocol fails the turn, and the next one goes on', async () => {
  await using under = await played();
  const ear = new FactEar(await under.agent.open(under.thread));
  await expect(ear.start('refuses')).rejects.toMatchObject({ code: 'runtime-failed', message: /no such thing/ });
  expect(await ear.run('fine')).toMatchObject({ type: 'turn.completed' });
});

test('what it cannot do is refused when it is asked for', async () => {
  await using under = await played();
  const { agent, thread } = under;
  await expect(agent.open({ ...thread, home: 'relative' })).rejects.toMatchObject({ code: 'invalid-input' });
  await expect(agent.open({ ...thread, fork: { thread: 't', lastTurn: undefined } })).rejects.toMatchObject({ code: 'unsupported' });
  await expect(agent.open({ ...thread, resume: 't', hadTurns: true, adopted: true })).rejects.toMatchObject({ code: 'not-found' });
  const ear = new FactEar(await agent.open(thread));
  await expect(ear.start('x', { input: [{ type: 'image', url: 'data:image/png;base64,AA==' }] })).rejects.toMatchObject({
    code: 'unsupported',
  });
  expect(await agent.models(thread.home)).toEqual([]);
});

test('one process serves a home, two homes have two, and a second one is not started for two who come at once', async () => {
  await using under = await played();
  const { agent, thread, place } = under;
  await Promise.all([
    agent.open(thread),
    agent.open({ ...thread, session: 'ses_2' }),
    agent.open({ ...thread, home: place.join('other') }),
  ]);
  const status = await agent.status();
  expect(status.map(({ home, threads }) => [home, threads]).toSorted()).toEqual([
    [place.join('codex'), 2],
    [place.join('other'), 1],
  ]);
  expect(status).toMatchObject(status.map(() => ({ runtime: 'codex-cli-mcp', transport: 'stdio', version: '0.138.0', outdated: false })));
  await agent[Symbol.asyncDispose]();
  expect(await Promise.all(status.map(({ pid }) => processStart(pid ?? 0)))).toEqual([undefined, undefined]);
});
