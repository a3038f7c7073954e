import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getStaticTOMLValue, parseTOML } from 'toml-eslint-parser';
import { afterAll, expect, test } from 'vitest';
import type { OpenThread } from '../../ports/agent.js';
import { type Surroundings, spoken, terminalCommand, turnCommand } from './command.js';
import type { Program } from './program.js';

const place = realpathSync(mkdtempSync(join(tmpdir(), 'spool-tui-')));
afterAll(() => rmSync(place, { recursive: true, force: true }));
const [home, cwd] = [join(place, 'home'), join(place, 'work')];
for (const folder of [home, cwd]) mkdirSync(folder);

const PROGRAM: Program = {
  ...{ path: '/bin/codex', version: '0.169.0', flags: new Set(['--no-daemon']) },
  migrations: new Map([['gpt-5.5', 'gpt-6-sol']]),
};
const AROUND: Surroundings = {
  ...{ program: PROGRAM, extraEnv: { LANGUAGE: 'de' }, homes: join(place, 'homes') },
  env: { PATH: '/usr/bin', HOME: '/home/x', OPENAI_API_KEY: 'sk-host', TERM: 'dumb' },
};
const THREAD: OpenThread = {
  ...{ session: 'ses_1', home, cwd, model: 'gpt-5.5', effort: 'low', permissions: { profile: ':workspace', approvalPolicy: 'on-request' } },
  ...{ resume: undefined, hadTurns: false, unsettled: undefined },
};
const NO_TURN = { model: undefined, effort: undefined };

type More = Partial<OpenThread>;

function turn(more: More = {}, native?: string, prompt = 'do it', around = AROUND) {
  return turnCommand({ thread: { ...THREAD, ...more }, turn: NO_TURN, native, prompt, images: ['/a.png'] }, around);
}

function settingsIn(args: readonly string[]): Record<string, unknown> {
  const pairs = args.flatMap((arg, at) => (args[at - 1] === '--config' ? [arg] : []));
  return Object.fromEntries(
    pairs.map((pair) => {
      const [key, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      return [key, (getStaticTOMLValue(parseTOML(`v = ${value}`)) as { v: unknown }).v];
    }),
  );
}

test('the first start has the prompt, a later one resumes by id as a subcommand of its own; nothing of a prompt is a flag', () => {
  const first = turn();
  expect([first.command, first.cwd]).toEqual(['/bin/codex', cwd]);
  expect(first.args.slice(0, 3)).toEqual(['--no-daemon', '--cd', cwd]);
  expect(first.args.slice(-3)).toEqual(['--image=/a.png', '--', 'do it']);
  const later = turn({ options: { extraArgs: ['--search'] } }, 'T1', '--yolo');
  expect(later.args[0]).toBe('resume');
  expect(later.args.slice(-4)).toEqual(['--search', '--', 'T1', '--yolo']);
  expect(later.args.join(' ')).not.toContain('exec');
});

test('nobody is asked and nothing is shown, whatever the user has set; models that Codex would offer are passed over', () => {
  expect(settingsIn(turn({ options: { config: { approval_policy: 'on-request', 'tui.animations': true } } }).args)).toMatchObject({
    ...{ approval_policy: 'never', check_for_update_on_startup: false, 'tui.animations': false, 'tui.show_tooltips': false },
    ...{ 'notice.model_migrations': { 'gpt-5.5': 'gpt-6-sol' }, model: 'gpt-5.5', model_reasoning_effort: 'low' },
    default_permissions: ':workspace',
  });
});

test('a turn has its own model, effort and tier, and null takes the effort back', () => {
  const of = (own: object) =>
    settingsIn(turnCommand({ thread: THREAD, turn: { ...NO_TURN, ...own }, native: undefined, prompt: 'x', images: [] }, AROUND).args);
  expect(of({ model: 'gpt-6-sol', effort: 'high', serviceTier: 'fast' })).toMatchObject({
    ...{ model: 'gpt-6-sol', model_reasoning_effort: 'high', service_tier: 'fast' },
  });
  expect(of({ effort: null })).not.toHaveProperty('model_reasoning_effort');
});

test("the host's server is named on the command line as TOML, and its token is in the environment alone", () => {
  const mcpServers = { commhub: { url: 'http://127.0.0.1:9/mcp', headers: { authorization: 'Bearer s3cret-token' }, ours: true as const } };
  const { args, env } = turn({ setup: { mcpServers, gateway: { url: 'http://127.0.0.1:8', token: 'g4te-token' } } });
  expect(args).toContain('mcp_servers.commhub.url="http://127.0.0.1:9/mcp"');
  const variable = String(settingsIn(args)['mcp_servers.commhub.bearer_token_env_var']);
  expect([env[variable], env['SPOOL_MODEL_TOKEN']]).toEqual(['s3cret-token', 'g4te-token']);
  expect(args.join('\n')).not.toMatch(/s3cret|g4te/);
});

test('the environment is a closed list, with the home and a terminal', () => {
  expect(turn().env).toEqual({ PATH: '/usr/bin', HOME: '/home/x', LANGUAGE: 'de', CODEX_HOME: home, TERM: 'xterm-256color' });
});

test('a folder about which nothing was decided counts as not trusted, and lets no commands write where nobody chose', () => {
  const trust = { projects: { [cwd]: { trust_level: 'untrusted' } } };
  expect(settingsIn(turn().args)).toMatchObject(trust);
  expect(settingsIn(turn().args)).not.toHaveProperty('sandbox_mode');
  expect(settingsIn(turn({ permissions: {} }).args)).toMatchObject({ ...trust, sandbox_mode: 'read-only' });
  writeFileSync(join(home, 'config.toml'), 'sandbox_mode = "workspace-write"\n');
  expect(settingsIn(turn({ permissions: {} }).args)).not.toHaveProperty('sandbox_mode');
  writeFileSync(join(home, 'config.toml'), `[projects.${JSON.stringify(cwd)}]\ntrust_level = "trusted"\n`);
  expect(settingsIn(turn({ permissions: {} }).args)).not.toHaveProperty('projects');
  rmSync(join(home, 'config.toml'));
});

test("the decision about a repository counts for its folders and for its worktrees, another folder's does not", () => {
  const [repo, tree] = [join(place, 'repo'), join(place, 'tree')];
  mkdirSync(join(repo, '.git', 'worktrees', 'tree'), { recursive: true });
  mkdirSync(join(repo, 'deep'));
  mkdirSync(tree);
  writeFileSync(join(tree, '.git'), `gitdir: ${join(repo, '.git', 'worktrees', 'tree')}\n`);
  symlinkSync(repo, join(place, 'link'));
  writeFileSync(
    join(home, 'config.toml'),
    `[projects.${JSON.stringify(repo)}]\ntrust_level = "trusted"\n[projects.${JSON.stringify(place)}]\n`,
  );
  const decided = (folder: string) => settingsIn(turn({ cwd: folder }).args)['projects'] === undefined;
  expect([repo, join(repo, 'deep'), tree, join(place, 'link')].map(decided)).toEqual([true, true, true, true]);
  expect(decided(cwd)).toBe(false);
  writeFileSync(join(home, 'config.toml'), 'not toml [');
  expect(decided(repo)).toBe(false);
  rmSync(join(home, 'config.toml'));
});

test("without the user's setup the flags of Codex are used where it has them", () => {
  const program: Program = { ...PROGRAM, flags: new Set(['--ignore-user-config', '--ignore-rules']) };
  const { args, env } = turn({ options: { useUserConfig: false } }, undefined, 'x', { ...AROUND, program });
  expect(args.slice(0, 2)).toEqual(['--ignore-user-config', '--ignore-rules']);
  expect(env['CODEX_HOME']).toBe(home);
  expect(turn({}, undefined, 'x', { ...AROUND, program }).args.join(' ')).not.toContain('--ignore');
});

test('a prompt is never a command of the user, and one that no command line takes is refused', () => {
  expect([spoken('!rm -rf x'), spoken('do !it'), spoken('/model')]).toEqual([' !rm -rf x', 'do !it', '/model']);
  expect(() => spoken('x'.repeat(200_000))).toThrow(/200000 bytes/);
  expect(() => spoken('a\0b')).toThrow(/zero byte/);
});

test('a person goes on in a terminal of their own with the same settings, is asked, and has the secrets in the environment', () => {
  const mcpServers = { hub: { url: 'http://h', headers: { authorization: 'Bearer s3cret-token' } } };
  const { command, args, env, cwd: folder } = terminalCommand({ ...THREAD, setup: { mcpServers } }, 'T1', AROUND);
  expect([command, folder, args[0], ...args.slice(-2)]).toEqual(['/bin/codex', cwd, 'resume', '--', 'T1']);
  expect(settingsIn(args)).toMatchObject({ approval_policy: 'on-request', default_permissions: ':workspace', model: 'gpt-5.5' });
  expect(Object.values(env)).toContain('s3cret-token');
  expect(args.join(' ')).not.toContain('s3cret');
  const fresh = terminalCommand({ ...THREAD, permissions: {} }, undefined, AROUND);
  expect(fresh.args).not.toContain('resume');
  expect(settingsIn(fresh.args)).not.toHaveProperty('approval_policy');
});
