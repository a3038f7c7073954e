/** Codex's configuration as the commands change it: the built program, the real Codex, and a host that then works with it. */

import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { codexBinary, installScriptedCodex, tempHome } from '../../src/testing/index.js';
import { MAIN, type Ran, spool, startSpool } from '../support/spool.js';
import { Terminal } from '../support/terminal.js';
import { answer, nextQuestion } from './audit.js';
import { type World, world } from './rig.js';

const SERVER = fileURLToPath(new URL('../fixtures/mcp-server.mjs', import.meta.url));

/** The environment of a command of this world, on the binary that stories use. */
function run(w: World, ...args: string[]): Promise<Ran> {
  const env = { HOME: w.home.path, SPOOL_HOME: w.home.join('spool'), CODEX_HOME: w.home.join('codex'), SPOOL_CODEX_BIN: codexBinary() };
  return spool(args, { env, cwd: w.work });
}

async function runJson(w: World, ...args: string[]): Promise<Record<string, unknown>> {
  const { status, stdout, stderr } = await run(w, ...args, '--json');
  if (stdout === '') throw new Error(stderr);
  return { status, ...(JSON.parse(stdout) as object) };
}

async function codexReads(w: World): Promise<Record<string, unknown>> {
  const env = { ...process.env, HOME: w.home.path, CODEX_HOME: w.home.join('codex') };
  const { stdout } = await promisify(execFile)(codexBinary(), ['mcp', 'list', '--json'], { env });
  return Object.fromEntries((JSON.parse(stdout) as { name: string; transport: unknown }[]).map(({ name, transport }) => [name, transport]));
}

const config = (w: World): Promise<string> => readFile(w.home.join('codex', 'config.toml'), 'utf8');

/** A source with the MCP server of the tests; what that one notes down is in `notes.txt`. */
async function sourceOf(w: World): Promise<string> {
  const file = w.home.join('config.yaml');
  const lines = [
    'mcp_servers:',
    '  notes:',
    `    command: ${process.execPath}`,
    `    args: [${SERVER}]`,
    `    env: { NOTES: ${w.home.join('notes.txt')} }`,
    '    sampling: { enabled: true }',
    '  web: { url: "https://web.example/mcp", enabled: false }',
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

test('what was migrated is used in the next turn, also after a tool of it was allowed for good and all was migrated again', async () => {
  await using w = await world();
  const mine = await config(w);
  const from = await sourceOf(w);
  expect(await runJson(w, 'codex', 'migrate', '--from', from, '--no-plugins')).toMatchObject({
    status: 0,
    migrated: ['notes', 'web'],
    skippedKeys: { notes: ['sampling'] },
    permissions: ':workspace',
    spoolTools: true,
  });
  for (const line of mine.split('\n')) expect(await config(w)).toContain(line);
  expect(await codexReads(w)).toMatchObject({
    notes: { type: 'stdio', command: process.execPath, args: [SERVER] },
    web: { type: 'streamable_http', url: 'https://web.example/mcp' },
    spool: { type: 'stdio', command: process.execPath, args: [MAIN, 'mcp'], env: { SPOOL_HOME: w.home.join('spool') } },
  });

  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work });
  const { turn } = await client.turns.request(id, { input: '[[mcp:notes.note:{"text":"one"}]] [[text:hello]]' });
  await answer(client, await nextQuestion(client, id, turn.id), { decision: 'accept', amendment: 'tool' });
  expect(await client.wait(id, turn.id)).toMatchObject({ status: 'completed', finalText: 'hello' });

  expect(await runJson(w, 'codex', 'migrate', '--from', from, '--no-plugins')).toMatchObject({ status: 0, migrated: ['notes', 'web'] });
  const next = await client.sessions.open({ cwd: w.work });
  const second = await client.turns.request(next.id, { input: '[[mcp:notes.note:{"text":"two"}]] [[text:again]]' });
  expect(await client.wait(next.id, second.turn.id)).toMatchObject({ status: 'completed', finalText: 'again' });
  expect(await readFile(w.home.join('notes.txt'), 'utf8')).toBe('one\ntwo\n');
});

test('a dry run shows a diff and leaves everything as it was', async () => {
  await using w = await world();
  const before = [await config(w), await readdir(w.home.join('codex')), await readdir(w.home.path)];
  await sourceOf(w);
  const { status, stdout } = await run(w, 'codex', 'migrate', '--from', '../config.yaml', '--dry-run');
  expect([status, stdout]).toEqual([0, expect.stringMatching(/notes\s+stdio\s+would be migrated[\s\S]*\+\[mcp_servers\.notes\]/)]);
  expect([
    await config(w),
    await readdir(w.home.join('codex')),
    (await readdir(w.home.path)).filter((name) => name !== 'config.yaml'),
  ]).toEqual(before);
});

test('what is wrong ends with a status and a sentence, and nothing is written', async () => {
  await using w = await world();
  const before = await config(w);
  await writeFile(w.home.join('bad.json'), '{"mcpServers": {"a": {}, "b": {"args": []}}}');
  const bad = await run(w, 'codex', 'migrate', '--from', '../bad.json');
  expect([bad.status, bad.stdout, bad.stderr]).toEqual([
    1,
    expect.stringContaining('neither a command nor a url'),
    expect.stringContaining('is as it was'),
  ]);
  expect(await run(w, 'codex', 'migrate', '--from', 'missing.json')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('missing.json') as string,
  });
  expect(await run(w, 'codex', 'migrate')).toMatchObject({ status: 2, stderr: expect.stringContaining('--from FILE') as string });
  await writeFile(w.home.join('work', '.mcp.json'), '{"mcpServers": {"a": {"command": "a"}}}');
  expect((await run(w, 'codex', 'migrate')).stderr).toMatch(/found: .*work\/\.mcp\.json \(Claude Code, this project, 1\)/);
  expect(await run(w, 'codex', 'migrate', '--from', '.mcp.json', '--agent', 'nobody')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('no agent nobody') as string,
  });
  expect(await config(w)).toBe(before);
});

test('on a terminal it asks which of the files that it finds', async () => {
  await using w = await world();
  await writeFile(w.home.join('work', '.mcp.json'), '{"mcpServers": {"here": {"command": "here"}}}');
  await writeFile(w.home.join('.claude.json'), '{"mcpServers": {"all": {"command": "all"}, "more": {"command": "more"}}}');
  const env = { HOME: w.home.path, SPOOL_HOME: w.home.join('spool'), CODEX_HOME: w.home.join('codex'), SPOOL_CODEX_BIN: codexBinary() };
  await using left = new Terminal(['codex', 'migrate', '--no-plugins'], { env, cwd: w.work, columns: 120 });
  await left.shows('Claude Code, this project: 1 server');
  await left.press('Escape');
  await left.shows('nothing was chosen, and nothing was written');
  await left.shows('[exit 130]');
  expect(await config(w)).not.toContain('spool');
  await using terminal = new Terminal(['codex', 'migrate', '--no-plugins'], { env, cwd: w.work, columns: 120 });
  await terminal.shows(/Claude Code: 2 servers/);
  // All are chosen at first: the first one is taken out.
  await terminal.press('Space', 'Enter');
  await terminal.shows('[exit 0]');
  expect(await terminal.screen()).toMatch(/here\s+stdio\s+migrated/);
  expect(Object.keys(await codexReads(w)).toSorted()).toEqual(['here', 'spool']);
});

test('an agent of its own home gets the servers there, and the shared home does not', async () => {
  await using w = await world();
  const before = await config(w);
  const { client } = await w.serve();
  const { codexHome } = await client.agents.create({ alias: 'builder', codexHome: 'own' });
  const report = await runJson(
    w,
    'codex',
    'migrate',
    '--from',
    await sourceOf(w),
    '--agent',
    'builder',
    '--no-spool-tools',
    '--no-permissions',
  );
  expect(report).toMatchObject({ file: `${codexHome}/config.toml`, permissions: null, spoolTools: false });
  expect(await readFile(`${codexHome}/config.toml`, 'utf8')).toContain('[mcp_servers.notes]');
  expect(await config(w)).toBe(before);
});

test('a runtime that is switched off refuses what is new, lets the running turn end, and works again when it is switched on', async () => {
  await using w = await world();
  const { client } = await w.serve();
  expect(await runJson(w, 'codex', 'runtime')).toMatchObject({
    state: 'on',
    changed: false,
    block: null,
    codex: { version: expect.any(String) as string },
  });
  const { id } = await client.sessions.open({ cwd: w.work, permissions: { profile: ':read-only', approvalPolicy: 'on-request' } });
  const running = await client.turns.request(id, { input: '[[sh!:touch made.txt]] [[text:first]]' });
  const question = await nextQuestion(client, id, running.turn.id);
  const waiting = await client.turns.request(id, { input: '[[text:second]]', mode: 'queue' });
  expect(await runJson(w, 'codex', 'runtime', 'OFF')).toMatchObject({ state: 'off', changed: true, codex: null });
  expect(await runJson(w, 'codex', 'runtime', 'auto')).toMatchObject({ state: 'off', changed: false, says: 'the runtime is off already' });
  const refusal = { code: 'unsupported', hint: 'spool codex runtime on' };
  await expect(client.sessions.open({ cwd: w.work })).rejects.toMatchObject(refusal);
  await expect(client.turns.request(id, { input: 'third' })).rejects.toMatchObject(refusal);
  await answer(client, question, { decision: 'accept' });
  expect(await client.wait(id, running.turn.id)).toMatchObject({ status: 'completed', finalText: 'first' });
  expect(await client.wait(id, waiting.turn.id)).toMatchObject({
    status: 'failed',
    error: { message: expect.stringContaining('spool codex runtime on') as string },
  });

  expect(await runJson(w, 'codex', 'runtime', 'on')).toMatchObject({ state: 'on', changed: true, migration: null });
  const { turn } = await client.turns.request(id, { input: '[[text:fourth]]' });
  expect(await client.wait(id, turn.id)).toMatchObject({ status: 'completed', finalText: 'fourth' });
});

test('switching on migrates, also when it is on already; a migration that fails is told and keeps nothing back', async () => {
  await using w = await world();
  await run(w, 'codex', 'runtime', 'off');
  const from = await sourceOf(w);
  expect(await runJson(w, 'codex', 'runtime', 'codex_app_server', '--from', from, '--no-plugins')).toMatchObject({
    state: 'on',
    changed: true,
    migration: { migrated: ['notes', 'web'] },
    block: { servers: ['notes', 'web', 'spool'], permissions: ':workspace' },
  });
  // On already: the last migration is repeated all the same. One that fails is told and changes nothing of the switch.
  await writeFile(from, 'mcp_servers: { one: { command: one } }\n');
  const repeated = await runJson(w, 'codex', 'runtime', 'on');
  expect(repeated).toMatchObject({
    status: 0,
    changed: false,
    says: 'the runtime is on already',
    migration: { migrated: ['one'], removed: ['notes', 'web'] },
  });
  await writeFile(from, 'nothing: here\n');
  expect(await runJson(w, 'codex', 'runtime', 'on')).toMatchObject({
    status: 0,
    state: 'on',
    migration: { error: expect.stringContaining('no MCP servers') as string },
  });
});

test('switching on is refused where Codex is missing or too old, and switching off never asks for it', async () => {
  await using home = await tempHome();
  const old = await installScriptedCodex(home.join('old'), [], { version: '0.120.0' });
  const runtime = (binary: string, word: string): Promise<Ran> =>
    spool(['codex', 'runtime', word], { env: { SPOOL_HOME: home.join('spool'), CODEX_HOME: home.join('codex'), SPOOL_CODEX_BIN: binary } });
  expect(await runtime('/nowhere/codex', 'off')).toMatchObject({ status: 0 });
  expect(await Promise.all([runtime('/nowhere/codex', 'on'), runtime(old, 'on')])).toMatchObject([
    { status: 1, stderr: expect.stringContaining('/nowhere/codex is not an executable file') as string },
    { status: 1, stderr: expect.stringMatching(/Codex 0\.120\.0 .* is too old/) as string },
  ]);
  expect(await runtime('/nowhere/codex', 'status')).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('codex-app-server: off') as string,
  });
});

test('a word that is no state is refused, a migration goes with "on" only, and a host says at its start that it is off', async () => {
  await using home = await tempHome();
  const env = { SPOOL_HOME: home.join('spool'), CODEX_HOME: home.join('codex') };
  await spool(['codex', 'runtime', 'off'], { env });
  const serving = startSpool(['serve', '--port', '0'], { env });
  expect(
    await Promise.all([spool(['codex', 'runtime', 'maybe'], { env }), spool(['codex', 'runtime', 'off', '--from', 'x'], { env })]),
  ).toMatchObject([
    { status: 2, stderr: expect.stringContaining('write on, off or status') as string },
    { status: 2, stderr: expect.stringContaining('--from goes with "on"') as string },
  ]);
  await serving.printed('the runtime codex-app-server is switched off on this host: spool codex runtime on');
  serving.child.kill('SIGTERM');
  await serving.ended;
});
