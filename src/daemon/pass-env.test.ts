import { expect, test } from 'vitest';
import { handedOn, passedOn } from './pass-env.js';

test('the names that the owner adds are handed on beside the closed list, where they are set', () => {
  const env = { PATH: '/bin', OPENAI_API_KEY: 'sk', JAVA_HOME: '/java', SPOOL_PASS_ENV: ' JAVA_HOME, GOPATH,' };
  expect(passedOn(env)).toEqual({ JAVA_HOME: '/java' });
  expect(handedOn(env)).toEqual(['JAVA_HOME', 'PATH']);
  expect(passedOn({ JAVA_HOME: '/java' })).toEqual({});
});

test.for([
  'OPENAI_API_KEY',
  'CODEX_ACCESS_TOKEN',
  'AWS_SECRET_ACCESS_KEY',
  'npm_token',
  'PGPASSWORD',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'KEY_ID',
])('%s looks like a credential and is refused, with the place where one belongs', (name) => {
  for (const read of [passedOn, handedOn]) {
    expect(() => read({ SPOOL_PASS_ENV: `JAVA_HOME,${name}` })).toThrow(
      expect.objectContaining({ code: 'invalid-input', hint: expect.stringContaining('spool login codex') as string }),
    );
  }
});

test('what is no name of a variable is refused', () => {
  expect(() => passedOn({ SPOOL_PASS_ENV: 'JAVA_HOME=/java' })).toThrow(expect.objectContaining({ code: 'invalid-input' }));
});
