import { expect, test } from 'vitest';
import { codexBinary, tempHome } from '../testing/index.js';
import { settingsOf } from './settings.js';

test('places, settings and Codex are told; a token and variables that Codex is not given are not', async () => {
  await using home = await tempHome();
  const env = {
    HOME: '/h',
    PATH: '/bin',
    SPOOL_HOME: home.path,
    SPOOL_TOKEN: 'a-token-of-the-test',
    SPOOL_CODEX_BIN: codexBinary(),
    OPENAI_API_KEY: 'sk-test',
  };
  const settings = await settingsOf({ ...env, CODEX_HOME: '/h/codex' });
  expect(settings).toMatchObject({
    places: { home: home.path, token: home.join('token') },
    environment: { CODEX_HOME: '/h/codex', SPOOL_HOME: home.path, SPOOL_TOKEN: '***' },
    codex: { path: codexBinary() },
    codexHome: '/h/codex',
    handedOn: ['CODEX_HOME', 'HOME', 'PATH'],
  });
  expect(JSON.stringify(settings)).not.toMatch(/a-token-of-the-test|sk-test/);
});

test('a machine without Codex is told as one', async () => {
  const { codex } = await settingsOf({ PATH: '/nowhere', SPOOL_CODEX_BIN: '/nowhere/codex' });
  expect(codex).toEqual({ error: '/nowhere/codex is not an executable file' });
});
