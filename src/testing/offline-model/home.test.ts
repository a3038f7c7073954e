import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { tempHome } from '../temp-home.js';
import { offlineCodexConfig, prepareOfflineHome } from './home.js';

const MODEL = { url: 'http://127.0.0.1:1/v1' };

test('a config names the model, its address and the trusted directories, quoted', () => {
  const config = offlineCodexConfig(MODEL, {
    model: 'm',
    trust: ['/a "b"'],
    streamRetries: 0,
    features: ['one_feature'],
    more: '[mcp_servers.x]',
  });
  expect(config).toContain('model = "m"\n');
  expect(config).toContain('base_url = "http://127.0.0.1:1/v1"\n');
  expect(config).toContain('stream_max_retries = 0\n');
  expect(config).toMatch(/^\[features\]$[^[]*^one_feature = true$/m);
  expect(config).toContain('[projects."/a \\"b\\""]\ntrust_level = "trusted"\n');
  expect(config.endsWith('\n[mcp_servers.x]\n')).toBe(true);
});

test('a prepared home is private, also when a config was there before', async () => {
  await using home = await tempHome();
  writeFileSync(home.join('config.toml'), 'old');
  chmodSync(home.join('config.toml'), 0o644);
  expect(await prepareOfflineHome(home.path, MODEL)).toBe(home.path);
  expect(statSync(home.join('config.toml')).mode & 0o777).toBe(0o600);
  expect(readFileSync(home.join('config.toml'), 'utf8')).toBe(offlineCodexConfig(MODEL));
});
