import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { homePaths } from '../base/home-paths.js';
import type { AgentConfig } from '../contract/agent-config.js';
import type { Vault } from '../ports/vault.js';
import { tempHome } from '../testing/index.js';
import type { PreparedAgent } from './agents/preparation.js';
import { hiddenFiles } from './hidden.js';

async function hidden(config: Partial<AgentConfig>, inVault: readonly string[]) {
  await using home = await tempHome();
  const paths = homePaths({ SPOOL_HOME: home.path }, home.path);
  mkdirSync(dirname(paths.token), { recursive: true });
  writeFileSync(paths.token, 'secret');
  const vault = { list: () => Promise.resolve(inVault) } as unknown as Vault;
  const agent = { config: { alias: 'a', runtime: 'mock', codexHome: 'shared', ...config } } as PreparedAgent;
  const { unreadable = [] } = await hiddenFiles(paths, vault)(agent);
  return unreadable.map((path) => (path === paths.token ? 'the token' : path === dirname(paths.credentials) ? 'the vault' : path));
}

test('keys and the token of the owner are hidden once there are keys', async () => {
  expect(await hidden({}, [])).toEqual([]);
  expect(await hidden({}, ['codex'])).toEqual(['the vault', 'the token']);
});

test('an agent that works for others never reads by what it could become somebody else', async () => {
  expect(await hidden({ tasks: {} }, [])).toEqual(['the vault', 'the token']);
});
