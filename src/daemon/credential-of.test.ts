import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { credentialChoice } from './credential-of.js';

function homeWith(files: Readonly<Record<string, string>>): string {
  const home = mkdtempSync(join(tmpdir(), 'sp-home-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, name), text);
  return home;
}

test.for<[string, Readonly<Record<string, string>>, 'home' | 'vault']>([
  ['is empty', {}, 'vault'],
  ['only has settings', { 'config.toml': 'model = "gpt-5.5"\n' }, 'vault'],
  ['names the provider that logins are for', { 'config.toml': 'model_provider = "openai"\n' }, 'vault'],
  ['describes a provider and does not use it', { 'config.toml': '[model_providers.mine]\nname = "mine"\n' }, 'vault'],
  ['is logged in', { 'auth.json': '{}' }, 'home'],
  ['has a provider of its own', { 'config.toml': 'model_provider = "mine"\n' }, 'home'],
  ['has one in its profile', { 'config.toml': 'profile = "p"\n[profiles.p]\nmodel_provider = "mine"\n' }, 'home'],
  ['has one in a profile that is not used', { 'config.toml': '[profiles.p]\nmodel_provider = "mine"\n' }, 'vault'],
  ['keeps its login in the keyring', { 'config.toml': 'cli_auth_credentials_store = "keyring"\n' }, 'home'],
  ['has a configuration that cannot be read', { 'config.toml': 'model = \n' }, 'home'],
])('a home that %s asks the model with the login of: the %s', async ([, files, choice]) => {
  expect(await credentialChoice({ config: { runtime: 'codex-app-server' }, codexHome: homeWith(files) })).toBe(choice);
});

test("what the agent's file says goes before what the home has", async () => {
  expect(await credentialChoice({ config: { runtime: 'codex-app-server', credential: 'home' }, codexHome: homeWith({}) })).toBe('home');
  expect(
    await credentialChoice({ config: { runtime: 'codex-app-server', credential: 'vault' }, codexHome: homeWith({ 'auth.json': '{}' }) }),
  ).toBe('vault');
});
