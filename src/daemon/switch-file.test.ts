import { readFile, stat, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TempHome, tempHome } from '../testing/temp-home.js';
import { changeSwitchFile, readSwitchFile, runtimeOff } from './switch-file.js';

let home: TempHome;
let file: string;

beforeEach(async () => {
  home = await tempHome();
  file = home.join('settings.json');
});

afterEach(() => home[Symbol.asyncDispose]());

test('without a file Codex is on', () => {
  expect(readSwitchFile(file)).toEqual({ codexRuntime: 'on' });
  expect(runtimeOff(file)('codex-app-server')).toBeUndefined();
});

test('a change is seen at the next look, is private, and keeps what a later version has written', async () => {
  await writeFile(file, '{"later": [1]}');
  const off = runtimeOff(file);
  changeSwitchFile(file, { codexRuntime: 'off' });
  expect(off('codex-app-server')).toMatchObject({ code: 'unsupported', hint: 'spool codex runtime on' });
  expect(off('opencode')).toBeUndefined();
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ later: [1], codexRuntime: 'off' });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  changeSwitchFile(file, { codexRuntime: 'on' });
  expect(off('codex-app-server')).toBeUndefined();
});

test.each(['{', '[]', '{"codexRuntime": "maybe"}', '{"migration": {"from": []}}'])(
  'a file with %s is told and nothing is begun on a guess',
  async (text) => {
    await writeFile(file, text);
    expect(() => readSwitchFile(file)).toThrow(
      expect.objectContaining({ code: 'invalid-input', message: expect.stringContaining(file) as string }),
    );
    expect(runtimeOff(file)('codex-app-server')).toMatchObject({ code: 'invalid-input' });
    expect(() => changeSwitchFile(file, { codexRuntime: 'off' })).toThrow(/cannot be used/);
  },
);

test('a place that cannot be written is told', async () => {
  await writeFile(home.join('file'), '');
  expect(() => changeSwitchFile(home.join('file', 'settings.json'), { codexRuntime: 'off' })).toThrow(/settings\.json cannot be/);
});
