import { getStaticTOMLValue, parseTOML } from 'toml-eslint-parser';
import { expect, test } from 'vitest';
import type { OpenThread } from '../../ports/agent.js';
import { overridesOf } from './overrides.js';

const PLAIN: Pick<OpenThread, 'session' | 'model' | 'effort' | 'permissions' | 'setup' | 'options'> = {
  ...{ session: 'ses_1', model: undefined, effort: undefined, permissions: {}, setup: undefined, options: undefined },
};

function settingsIn(args: readonly string[]): Record<string, unknown> {
  const pairs = args
    .filter((_, at) => at % 2 === 1)
    .map((arg) => [arg.slice(0, arg.indexOf('=')), arg.slice(arg.indexOf('=') + 1)] as const);
  expect(args.filter((_, at) => at % 2 === 0)).toEqual(pairs.map(() => '--config'));
  return Object.fromEntries(pairs.map(([key, value]) => [key, (getStaticTOMLValue(parseTOML(`v = ${value}`)) as { v: unknown }).v]));
}

test('nobody wants anything: nothing is told', () => {
  expect(overridesOf(PLAIN, '0.169.0')).toEqual({ args: [], env: {} });
});

test('tokens and headers are named on the command line and lie in the environment, away from the commands of the agent', () => {
  const mcpServers = {
    hub: { url: 'http://127.0.0.1:1/mcp', headers: { authorization: 'Bearer s3cret', 'x-more': 'hush' }, ours: true as const },
    files: { command: 'npx', args: ['files', 'say "hi"'], env: { FILES_KEY: 'k3y' } },
  };
  const { args, env } = overridesOf({ ...PLAIN, setup: { mcpServers, gateway: { url: 'http://g', token: 't0ken' } } }, '0.169.0');
  expect(settingsIn(args)).toEqual({
    model_provider: 'spool',
    'model_providers.spool': {
      ...{ name: 'Spool', base_url: 'http://g', wire_api: 'responses', env_key: 'SPOOL_MODEL_TOKEN' },
      ...{ requires_openai_auth: false, stream_max_retries: 8 },
    },
    'mcp_servers.hub.url': 'http://127.0.0.1:1/mcp',
    'mcp_servers.hub.bearer_token_env_var': 'SPOOL_MCP_HUB_AUTHORIZATION',
    'mcp_servers.hub.env_http_headers': { 'x-more': 'SPOOL_MCP_HUB_X_MORE' },
    'mcp_servers.hub.http_headers': { 'spool-session': 'ses_1' },
    'mcp_servers.hub.default_tools_approval_mode': 'approve',
    'mcp_servers.files.command': 'npx',
    'mcp_servers.files.args': ['files', 'say "hi"'],
    'mcp_servers.files.env_vars': ['FILES_KEY'],
    'shell_environment_policy.exclude': ['SPOOL_*', 'FILES_KEY'],
  });
  expect(env).toEqual({
    SPOOL_MODEL_TOKEN: 't0ken',
    SPOOL_MCP_HUB_AUTHORIZATION: 's3cret',
    SPOOL_MCP_HUB_X_MORE: 'hush',
    FILES_KEY: 'k3y',
  });
  for (const secret of ['s3cret', 'hush', 'k3y', 't0ken']) expect(args.join(' ')).not.toContain(secret);
});

test('what is meant for servers alone is kept from commands, beside what the agent keeps from them; older versions would tell it all the same', () => {
  const setup = { mcpServers: { files: { command: 'npx', env: { A: '1', B: '2' } } }, env: { B: '2', C: '3' } };
  const options = { config: { shell_environment_policy: { exclude: ['THEIRS'] } } };
  const of = (version: string) => settingsIn(overridesOf({ ...PLAIN, setup, options }, version).args);
  expect(of('0.169.0')).toMatchObject({ 'shell_environment_policy.exclude': ['THEIRS', 'A'] });
  expect(of('0.169.0')).not.toHaveProperty(['features.shell_snapshot']);
  expect(of('0.138.0')).toMatchObject({ 'features.shell_snapshot': false });
  expect(settingsIn(overridesOf({ ...PLAIN, setup: { env: { C: '3' } } }, '0.138.0').args)).toEqual({});
});

test("settings of the agent's file are put over the home's one by one, and what the host says wins", () => {
  const options = { config: { features: { memories: false }, model: 'theirs', 'tui.theme': 'x', list: [1, 2.5, 'three'] } };
  const { args } = overridesOf({ ...PLAIN, model: 'ours', effort: 'low', options }, '0.169.0');
  expect(settingsIn(args)).toEqual({
    'features.memories': false,
    model: 'ours',
    'tui.theme': 'x',
    list: [1, 2.5, 'three'],
    model_reasoning_effort: 'low',
  });
});

test('permissions are told in the words of the version', () => {
  const of = (profile: string | undefined, version: string, unreadable: string[] = []) =>
    settingsIn(overridesOf({ ...PLAIN, permissions: { profile }, setup: { unreadable } }, version).args);
  expect(of(':workspace', '0.169.0')).toEqual({ default_permissions: ':workspace' });
  expect(of(':workspace', '0.138.0')).toEqual({ sandbox_mode: 'workspace-write' });
  expect(of(':read-only', '0.130.0')).toEqual({ sandbox_mode: 'read-only' });
  expect(of(':workspace', '0.169.0', ['/vault'])).toEqual({
    default_permissions: 'spool-workspace',
    'permissions.spool-workspace': { extends: ':workspace', filesystem: { '/vault': 'deny' } },
  });
  const writing = (profile: string | undefined, version: string) =>
    settingsIn(
      overridesOf({ ...PLAIN, permissions: { profile }, setup: { writableRoots: ['/memory'], unreadable: ['/vault'] } }, version).args,
    );
  expect(writing(':workspace', '0.169.0')).toMatchObject({
    'permissions.spool-workspace': { extends: ':workspace', filesystem: { '/memory': 'write', '/vault': 'deny' } },
  });
  expect(writing(':read-only', '0.169.0')).toMatchObject({ 'permissions.spool-read-only': { filesystem: { '/vault': 'deny' } } });
  expect(writing(':danger-full-access', '0.169.0')).toEqual({ default_permissions: ':danger-full-access' });
  expect(writing(':workspace', '0.138.0')).toMatchObject({ 'sandbox_workspace_write.writable_roots': ['/memory'] });
  expect(of(undefined, '0.169.0', ['/vault'])).toMatchObject({ default_permissions: 'spool-read-only' });
  expect(() => of('mine', '0.130.0')).toThrow(/knows no profile mine/);
});

test('what cannot be told is refused', () => {
  const servers = (mcpServers: NonNullable<OpenThread['setup']>['mcpServers']) => () =>
    overridesOf({ ...PLAIN, setup: { mcpServers } }, '0.169.0');
  expect(servers({ 'a.b': { command: 'x' } })).toThrow(/"a\.b" cannot be named/);
  expect(servers({ a: { command: 'x', env: { K: '1' } }, b: { command: 'x', env: { K: '2' } } })).toThrow(/K is to have two values/);
  expect(() => overridesOf({ ...PLAIN, setup: { instructions: 'x'.repeat(130_000) } }, '0.169.0')).toThrow(/too many for a command line/);
});
