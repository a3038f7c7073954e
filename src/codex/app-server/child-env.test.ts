import { expect, test } from 'vitest';
import { childEnvironment } from './child-env.js';

test('nothing that is not on the list is handed on, and the home is always the one that was meant', () => {
  const env = childEnvironment({ PATH: '/bin', OPENAI_API_KEY: 'sk-1', CODEX_HOME: '/elsewhere' }, '/home/one');
  expect(env).toEqual({ PATH: '/bin', CODEX_HOME: '/home/one' });
});

test('where there is a proxy, what is asked of this machine does not go through it, in whichever case the names are written', () => {
  const env = childEnvironment({ https_proxy: 'http://proxy:3128', NO_PROXY: 'intra.example, localhost' }, '/home/one');
  const straight = 'intra.example,localhost,127.0.0.1';
  expect(env).toEqual({ https_proxy: 'http://proxy:3128', NO_PROXY: straight, no_proxy: straight, CODEX_HOME: '/home/one' });
});
