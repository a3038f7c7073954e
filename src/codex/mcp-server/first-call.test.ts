import { mkdir, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OpenThread } from '../../ports/agent.js';
import { type TempHome, tempHome } from '../../testing/temp-home.js';
import { firstCall } from './first-call.js';
import { servesMcp } from './versions.js';

let home: TempHome;
beforeEach(async () => {
  home = await tempHome();
});
afterEach(async () => await home[Symbol.asyncDispose]());

const callOf = (more: Partial<OpenThread>, version = '0.138.0') =>
  firstCall(
    {
      ...{ session: 'ses_1', home: home.path, cwd: '/work', model: undefined, effort: undefined, permissions: {}, resume: undefined },
      ...{ hadTurns: false, unsettled: undefined, ...more },
    },
    version,
  );

test('nobody wants anything: nothing is told but the folder', async () => {
  expect(await callOf({})).toEqual({ cwd: '/work' });
});

test('what is chosen goes to the arguments of the tool, what is given goes into the settings of the call', async () => {
  const mcpServers = { hub: { url: 'http://hub/mcp', headers: { authorization: 'Bearer s3cret' }, ours: true as const } };
  const setup = {
    instructions: 'be brief',
    mcpServers,
    env: { A: '1' },
    gateway: { url: 'http://g', token: 't0ken' },
    writableRoots: ['/more'],
  };
  const permissions = { profile: ':workspace', approvalPolicy: 'untrusted' as const };
  expect(await callOf({ model: 'gpt-5.4', effort: 'low', permissions, setup })).toEqual({
    ...{ cwd: '/work', model: 'gpt-5.4', 'approval-policy': 'untrusted', sandbox: 'workspace-write', 'developer-instructions': 'be brief' },
    config: {
      model_reasoning_effort: 'low',
      model_provider: 'spool',
      model_providers: { spool: expect.objectContaining({ base_url: 'http://g', http_headers: { authorization: 'Bearer t0ken' } }) },
      mcp_servers: {
        hub: {
          ...{ url: 'http://hub/mcp', default_tools_approval_mode: 'approve' },
          http_headers: { authorization: 'Bearer s3cret', 'spool-session': 'ses_1' },
        },
      },
      shell_environment_policy: { set: { A: '1' } },
      sandbox_workspace_write: { writable_roots: ['/more'] },
    },
  });
});

test("settings of the agent's file lie under what the host says, whichever way they are written", async () => {
  const config = { 'shell_environment_policy.set.A': 'theirs', 'shell_environment_policy.inherit': 'none', tui: { theme: 'x' } };
  expect(await callOf({ options: { config }, setup: { env: { A: 'ours' } } })).toMatchObject({
    config: { shell_environment_policy: { inherit: 'none', set: { A: 'ours' } }, tui: { theme: 'x' } },
  });
});

test("the home's MCP servers are switched off where they are not wanted, and none of ours is", async () => {
  const options = { useUserConfig: false };
  expect(await callOf({ options })).toEqual({ cwd: '/work' });
  await mkdir(home.path, { recursive: true });
  await writeFile(
    home.join('config.toml'),
    '[mcp_servers.notes]\ncommand = "x"\n[mcp_servers."a.b"]\ncommand = "y"\n[mcp_servers.hub]\nurl = "z"\n',
  );
  const setup = { mcpServers: { hub: { url: 'http://hub/mcp' } } };
  expect(await callOf({ options, setup })).toMatchObject({
    config: { mcp_servers: { notes: { enabled: false }, 'a.b': { enabled: false }, hub: { url: 'http://hub/mcp' } } },
  });
  expect(JSON.stringify(await callOf({ options, setup }))).not.toContain('"hub":{"enabled"');
  expect(await callOf({ options: { useUserConfig: true } })).toEqual({ cwd: '/work' });
});

test('permissions are told in the words of the version', async () => {
  const of = (profile: string | undefined, version: string, unreadable: string[] = []) =>
    callOf({ permissions: { profile }, setup: { unreadable } }, version);
  expect(await of(':danger-full-access', '0.130.0', ['/vault'])).toEqual({ cwd: '/work', sandbox: 'danger-full-access' });
  expect(await of('mine', '0.138.0')).toEqual({ cwd: '/work', config: { default_permissions: 'mine' } });
  await expect(of('mine', '0.130.0')).rejects.toMatchObject({ code: 'invalid-input' });
  expect(await of(undefined, '0.152.0', ['/vault'])).toEqual({
    cwd: '/work',
    config: {
      default_permissions: 'spool-read-only',
      permissions: { 'spool-read-only': { extends: ':read-only', filesystem: { '/vault': 'deny' } } },
    },
  });
});

test('which versions have an MCP server', () => {
  expect(['0.130.0', '0.153.4', '0.154.0', '0.154.0-alpha.1', '0.169.0', '1.0.0'].map((version) => servesMcp(version))).toEqual([
    ...[true, true, false, false, false, false],
  ]);
});
