// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of other programs.
/** Migrations with the real Codex, which says what it then makes of the file. */

import { statSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runToEnd } from '../../base/process.js';
import { codexBinary } from '../../testing/codex-binary.js';
import { installScriptedCodex } from '../../testing/scripted-codex/install.js';
import { answer, expectCall, handshake, replyError } from '../../testing/scripted-codex/steps.js';
import { type TempHome, tempHome } from '../../testing/temp-home.js';
import { type MigrateOptions, migrate } from './migrate.js';
import { passingPath } from './own-server.js';
import type { MigrationReport } from './report.js';

let home: TempHome;
let config: string;
const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] };

beforeEach(async () => {
  home = await tempHome();
  config = home.join('codex', 'config.toml');
  await mkdir(dirname(config));
});

afterEach(() => home[Symbol.asyncDispose]());

async function source(servers: object, name = 'servers.json'): Promise<string> {
  await writeFile(home.join(name), JSON.stringify({ mcpServers: servers }));
  return home.join(name);
}

async function run(servers: object, more: Partial<MigrateOptions> = {}): Promise<MigrationReport> {
  return await migrate({
    home: home.join('codex'),
    from: [await source(servers)],
    homedir: home.path,
    env,
    codex: { path: codexBinary() },
    plugins: false,
    permissions: ':workspace',
    ownServer: undefined,
    dryRun: false,
    ...more,
  });
}

/** What the real Codex makes of the file: the transports by name. */
async function codexReads(): Promise<Record<string, Record<string, unknown>>> {
  const asked = {
    command: codexBinary(),
    args: ['mcp', 'list', '--json'],
    env: { ...env, CODEX_HOME: home.join('codex') },
    timeoutMs: 20_000,
  };
  const { code, stdout, stderr } = await runToEnd(asked);
  if (code !== 0) throw new Error(stderr);
  const list = JSON.parse(stdout) as { name: string; transport: Record<string, unknown> }[];
  return Object.fromEntries(list.map(({ name, transport, ...rest }) => [name, { ...rest, ...transport }]));
}

const text = (): Promise<string> => readFile(config, 'utf8');
const told = ({ warnings }: MigrationReport): string => warnings.map(({ message }) => message).join('\n');

test('Codex reads the servers with all their fields, and what the user wrote stands as it was', async () => {
  const mine = '# mine\nmodel = "gpt-5.5"\n\n[mcp_servers.own]\ncommand = "own" # keep\n';
  await writeFile(config, mine);
  const report = await run({
    docs: { command: 'docs', args: ['--dir', 'C:\\docs "new"'], env: { LEVEL: 'a\tb' }, cwd: '/srv', timeout: 90, connectTimeout: 12.5 },
    web: { url: 'https://web.example/mcp', headers: { 'X-Team': 'a', Authorization: 'Bearer ${WEB}' }, enabled: false, sampling: {} },
    own: { command: 'theirs' },
    bad: {},
  });
  expect(report).toMatchObject({
    file: config,
    changed: true,
    dryRun: false,
    migrated: ['docs', 'web'],
    errors: [{ name: 'bad' }],
    skipped: [{ name: 'own' }],
    skippedKeys: { web: ['sampling'] },
    ownWins: ['mcp_servers.own'],
    permissions: ':workspace',
  });
  expect(await codexReads()).toMatchObject({
    docs: {
      type: 'stdio',
      command: 'docs',
      args: ['--dir', 'C:\\docs "new"'],
      env: { LEVEL: 'a\tb' },
      cwd: '/srv',
      tool_timeout_sec: 90,
      startup_timeout_sec: 12.5,
    },
    web: {
      type: 'streamable_http',
      url: 'https://web.example/mcp',
      http_headers: { 'X-Team': 'a' },
      bearer_token_env_var: 'WEB',
      enabled: false,
    },
    own: { command: 'own' },
  });
  const written = await text();
  for (const line of mine.split('\n')) expect(written).toContain(line);
  expect(await readdir(dirname(config))).not.toContainEqual(expect.stringMatching(/tmp|lock/));
});

test('the same once more changes nothing, and a later one takes away what no source names any more', async () => {
  await run({ one: { command: 'one' }, two: { command: 'two' } });
  const first = await text();
  expect(await run({ one: { command: 'one' }, two: { command: 'two' } })).toMatchObject({
    changed: false,
    diff: '',
    migrated: ['one', 'two'],
  });
  expect(await text()).toBe(first);
  expect(await run({ two: { command: 'other' } })).toMatchObject({ changed: true, migrated: ['two'], removed: ['one'] });
  expect(Object.entries(await codexReads()).map(([name, { command }]) => [name, command])).toEqual([['two', 'other']]);
});

test('a dry run writes nothing at all and shows no secret', async () => {
  await writeFile(config, 'model = "gpt-5.5"\n');
  const report = await run({ a: { command: 'a', env: { API_KEY: 'hid"den', LEVEL: 'info' } } }, { dryRun: true, plugins: true });
  expect(report).toMatchObject({ dryRun: true, changed: true, migrated: ['a'] });
  expect(report.diff).toContain('+LEVEL = "info"');
  expect(JSON.stringify(report)).not.toMatch(/hid.{0,3}den/);
  expect(await readdir(dirname(config))).toEqual(['config.toml']);
  expect(await text()).toBe('model = "gpt-5.5"\n');
});

test('where no server can be understood, nothing is touched', async () => {
  await run({ one: { command: 'one' } });
  const before = await text();
  expect(await run({ bad: {}, worse: 5 })).toMatchObject({ changed: false, migrated: [], errors: [{ name: 'bad' }, { name: 'worse' }] });
  expect(await text()).toBe(before);
});

test('a home that does not exist yet is made, for its owner alone', async () => {
  await run({ one: { command: 'one' } }, { home: home.join('new'), plugins: true });
  expect(await readFile(home.join('new', 'config.toml'), 'utf8')).toContain('[mcp_servers.one]');
  expect([home.join('new'), home.join('new', 'config.toml')].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o600]);
});

test('of several files the first counts', async () => {
  const from = [
    await source({ a: { command: 'first' } }, 'a.json'),
    await source({ a: { command: 'second' }, b: { command: 'b' } }, 'b.json'),
  ];
  expect(await run({}, { from })).toMatchObject({ migrated: ['a', 'b'], skipped: [{ name: 'a' }] });
  expect(await codexReads()).toMatchObject({ a: { command: 'first' }, b: { command: 'b' } });
});

test('secrets in a file that others can read are told', async () => {
  await writeFile(config, '', { mode: 0o644 });
  expect(told(await run({ a: { command: 'a', env: { API_KEY: 'x' } } }))).toContain(`chmod go= ${config}`);
  await chmod(config, 0o600);
  expect(told(await run({ a: { command: 'a', env: { API_KEY: 'y' } } }))).not.toContain('chmod');
});

describe('permissions', () => {
  test.each([
    ['a sandbox mode of the user', 'sandbox_mode = "read-only"\n', 'sandbox_mode'],
    ['a profile of the user', 'default_permissions = ":read-only"\n', ''],
  ])('are left to %s', async (_, mine, warning) => {
    await writeFile(config, `${mine}\n[features]\nplugins = false\n`);
    const report = await run({ a: { command: 'a' } });
    expect(report.permissions).toBeNull();
    expect(told(report)).toContain(warning);
    expect((await text()).match(/default_permissions\s*=/g)?.length ?? 0).toBe(warning === '' ? 1 : 0);
  });

  test('stand above the first table, so that Codex starts', async () => {
    await writeFile(config, '[features]\nplugins = false\n');
    await run({ a: { command: 'a' } });
    expect((await text()).indexOf('default_permissions')).toBeLessThan((await text()).indexOf('[features]'));
    await codexReads();
  });

  test('may be left out, or another profile', async () => {
    expect((await run({ a: { command: 'a' } }, { permissions: undefined })).permissions).toBeNull();
    expect((await run({ a: { command: 'a' } }, { permissions: ':read-only' })).permissions).toBe(':read-only');
  });

  test('that this Codex knows by another name get that name', async () => {
    expect((await run({ a: { command: 'a' } }, { permissions: ':danger-no-sandbox' })).permissions).toBe(':danger-full-access');
    await codexReads();
  });

  test('that Codex does not know are refused in its words, and nothing is written', async () => {
    await expect(run({ a: { command: 'a' } }, { permissions: ':none' })).rejects.toMatchObject({
      code: 'runtime-failed',
      message: expect.stringContaining('unknown built-in profile `:none`') as string,
      hint: expect.stringContaining('--no-permissions') as string,
    });
    expect(await readdir(dirname(config))).toEqual([]);
  });
});

describe('a config.toml', () => {
  test('that is no TOML is told with its place and left alone', async () => {
    await writeFile(config, 'model = "gpt\n');
    await expect(run({ a: { command: 'a' } })).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining('line 1') as string,
    });
    expect(await text()).toBe('model = "gpt\n');
  });

  test('that Codex did not take before either is written, and that is told', async () => {
    await writeFile(config, 'approval_policy = "sometimes"\n');
    const report = await run({ a: { command: 'a' } });
    expect(report).toMatchObject({ changed: true, migrated: ['a'] });
    expect(told(report)).toMatch(/does not take .* as it was before either: .*sometimes/);
  });
});

test('without a Codex it is written all the same, and the report says that nobody has read it', async () => {
  const report = await run({ a: { command: 'a' } }, { codex: { missing: 'Codex was not found' }, plugins: true });
  expect(report.migrated).toEqual(['a']);
  expect(told(report)).toBe('Codex has not read the result: Codex was not found');
});

describe("the host's own tools", () => {
  const own = { node: '/usr/bin/node', main: '/opt/spool/main.js', home: '/srv/spool' };

  test('are one more server, and no other may have its name', async () => {
    const report = await run({ spool: { command: 'other' }, a: { command: 'a' } }, { ownServer: own });
    expect(report).toMatchObject({ migrated: ['a'], spoolTools: true, skipped: [{ name: 'spool' }] });
    expect((await codexReads())['spool']).toMatchObject({
      command: '/usr/bin/node',
      args: ['/opt/spool/main.js', 'mcp'],
      env: { SPOOL_HOME: '/srv/spool' },
    });
  });

  test('left out, another server may have the name', async () => {
    expect(await run({ spool: { command: 'other' } })).toMatchObject({ migrated: ['spool'], spoolTools: false });
  });

  test('are left out of a lasting home when they lie in a passing folder', () => {
    expect(passingPath({ ...own, home: '/tmp/x/spool' }, '/home/ann/.codex', '/tmp')).toBe('/tmp/x/spool');
    expect(passingPath({ ...own, main: '/tmp/main.js' }, '/home/ann/.codex', '/tmp')).toBe('/tmp/main.js');
    expect(passingPath({ ...own, home: '/tmp/x/spool' }, '/tmp/x/codex', '/tmp')).toBeUndefined();
    expect(passingPath(own, '/home/ann/.codex', '/tmp')).toBeUndefined();
    expect(passingPath({ ...own, home: '/tmpfiles' }, '/home/ann/.codex', '/tmp')).toBeUndefined();
    expect(home.path.startsWith(tmpdir())).toBe(true);
  });
});

describe('plugins', () => {
  const plugin = (id: string, installed: boolean, enabled: boolean): object => ({ id, name: id.split('@')[0], installed, enabled });
  const marketplaces = [
    { name: 'openai-curated', plugins: [plugin('mail@openai-curated', true, true), plugin('notes@openai-curated', false, false)] },
    { name: 'house', plugins: [plugin('notes@house', true, false)] },
  ];

  test('that are installed are written, each with whether it is on', async () => {
    const path = await installScriptedCodex(home.join('bin'), [
      ...handshake(),
      ...answer('plugin/list', { marketplaces, marketplaceLoadErrors: [], featuredPluginIds: [] }),
    ]);
    const report = await run({ a: { command: 'a' } }, { codex: { path }, plugins: true });
    expect(report.plugins).toEqual(['mail@openai-curated', 'notes@house']);
    expect(await text()).toContain('[plugins."mail@openai-curated"]\nenabled = true');
    expect(await text()).toContain('[plugins."notes@house"]\nenabled = false');
  });

  test('of the real Codex are those that the user has himself, and stand once', async () => {
    const market = home.join('market');
    await mkdir(home.join('market', 'notes', '.codex-plugin'), { recursive: true });
    await mkdir(home.join('market', '.agents', 'plugins'), { recursive: true });
    await writeFile(
      home.join('market', 'notes', '.codex-plugin', 'plugin.json'),
      '{"name": "notes", "version": "1.0.0", "description": "Notes"}',
    );
    const entry = {
      name: 'notes',
      source: { source: 'local', path: './notes' },
      policy: { installation: 'AVAILABLE', authentication: 'ON_INSTALL' },
    };
    await writeFile(home.join('market', '.agents', 'plugins', 'marketplace.json'), JSON.stringify({ name: 'house', plugins: [entry] }));
    const codex = (...args: string[]): ReturnType<typeof runToEnd> =>
      runToEnd({ command: codexBinary(), args, env: { ...env, CODEX_HOME: home.join('codex') }, timeoutMs: 20_000 });
    await codex('plugin', 'marketplace', 'add', market);
    expect(await codex('plugin', 'add', 'notes@house')).toMatchObject({ code: 0 });
    const report = await run({ a: { command: 'a' } }, { plugins: true });
    expect(report).toMatchObject({ plugins: [], ownWins: ['plugins."notes@house"'], warnings: [] });
    expect((await text()).match(/notes@house/g)).toHaveLength(1);
    expect((await codex('plugin', 'list')).stdout).toMatch(/notes@house\s+installed/);
  });

  test('of which Codex does not tell keep nothing back; those of the last time stay', async () => {
    await writeFile(config, '');
    const path = await installScriptedCodex(home.join('bin'), [
      ...handshake(),
      expectCall('plugin/list'),
      replyError('plugin/list', -32603, 'no network'),
    ]);
    const report = await run({ a: { command: 'a' } }, { codex: { path }, plugins: true });
    expect(report.migrated).toEqual(['a']);
    expect(told(report)).toContain('did not say which plugins are installed: no network');
  });
});
