import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { type Base, type RuntimeArgs, runtimeFields, wordsOf } from './runtime-flags.js';

function read(args: Partial<RuntimeArgs>, base: Partial<Base> = {}): ReturnType<typeof runtimeFields> {
  return runtimeFields(
    { runtime: undefined, option: [], command: undefined, ...args },
    { runtime: undefined, options: undefined, local: true, ...base },
  );
}

test('flags that are not given say nothing', async () => {
  expect(await read({}, { runtime: 'mock', options: { script: '/s' } })).toEqual({ runtime: undefined, runtimeOptions: undefined });
});

test('a runtime that does not exist is refused with the one that was meant, and all that there are', async () => {
  await expect(read({ runtime: 'codex-exce' })).rejects.toMatchObject({
    code: 'invalid-input',
    message: 'there is no runtime codex-exce',
    hint: expect.stringMatching(/^did you mean codex-exec\? There are: codex-app-server, .*mock$/) as string,
  });
  await expect(read({ runtime: 'claude' })).rejects.toMatchObject({ hint: expect.stringMatching(/^There are: /) as string });
});

test('an option is text, JSON, words or a path, as it is what it is for', async () => {
  const option = [
    'config.features.web_search=true',
    'config.model_verbosity=low',
    'useUserConfig=false',
    'extraArgs=--one --two',
    'models.gpt-5.5=five',
  ];
  expect(await read({ runtime: 'codex-exec', option })).toEqual({
    runtime: 'codex-exec',
    runtimeOptions: {
      config: { features: { web_search: true }, model_verbosity: 'low' },
      useUserConfig: false,
      extraArgs: ['--one', '--two'],
      models: { 'gpt-5.5': 'five' },
    },
  });
  expect((await read({ runtime: 'mock', option: ['script=play.json'] })).runtimeOptions).toEqual({ script: resolve('play.json') });
  expect((await read({ runtime: 'mock', option: ['script=play.json'] }, { local: false })).runtimeOptions).toEqual({ script: 'play.json' });
  expect((await read({ runtime: 'mock', option: ['script=[{"say": "a=b"}]'] })).runtimeOptions).toEqual({ script: [{ say: 'a=b' }] });
  expect((await read({ runtime: 'opencode', option: ['idleTimeoutSeconds=60', 'smallModel=12'] })).runtimeOptions).toEqual({
    idleTimeoutSeconds: 60,
    smallModel: '12',
  });
});

test('a command is the program of the runtime acp', async () => {
  const told = { runtime: 'acp', runtimeOptions: { command: ['opencode', 'acp'] } };
  expect(await read({ command: 'opencode  acp' })).toEqual(told);
  expect(await read({ runtime: 'acp', command: 'opencode acp' })).toEqual(told);
  expect(await read({ command: 'other acp' }, { runtime: 'acp', options: { idleTimeoutSeconds: 5 } })).toEqual({
    runtime: undefined,
    runtimeOptions: { idleTimeoutSeconds: 5, command: ['other', 'acp'] },
  });
  await expect(read({ runtime: 'mock', command: 'opencode acp' })).rejects.toThrow('the runtime mock has no option command');
  expect(() => wordsOf('sh -c "a"', '--command')).toThrow(/quotes/);
});

test('the options of an agent stay, and one that its runtime does not take is refused with who takes it', async () => {
  const now = { runtime: 'codex-exec', options: { useUserConfig: true, config: { a: 1 } } };
  expect((await read({ option: ['config.b=2'] }, now)).runtimeOptions).toEqual({ useUserConfig: true, config: { a: 1, b: 2 } });
  await expect(read({ option: ['whenTaken=fork'] }, now)).rejects.toMatchObject({
    message: 'the runtime codex-exec has no option whenTaken',
    hint: expect.stringMatching(/^it is one of codex-app-server, codex-cli-remote-control; codex-exec takes: /) as string,
  });
  await expect(read({ option: ['extraArg=x'] }, now)).rejects.toMatchObject({
    hint: expect.stringMatching(/^did you mean extraArgs\?/) as string,
  });
  await expect(read({ option: ['extraArgs'] }, now)).rejects.toThrow('NAME=VALUE');
  await expect(read({ option: ['script=[{'] }, { runtime: 'mock' })).rejects.toThrow('no JSON');
});
