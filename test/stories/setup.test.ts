/** The first run, without a terminal: every step by a flag. The built `spool`, real Codex, offline model. */

import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { codexBinary, prepareOfflineHome, startOfflineModel, type TempHome, tempHome } from '../../src/testing/index.js';
import { type Ran, spool } from '../support/spool.js';

interface Result {
  readonly ok: boolean;
  readonly agent: string;
  readonly steps: readonly { readonly step: string; readonly outcome: string; readonly says: string }[];
}

const outcomes = ({ stdout }: Ran): string[] => (JSON.parse(stdout) as Result).steps.map(({ step, outcome }) => `${step} ${outcome}`);

function envOf(home: TempHome): Record<string, string> {
  return { HOME: home.path, SPOOL_HOME: home.join('spool'), CODEX_HOME: home.join('codex'), SPOOL_CODEX_BIN: codexBinary() };
}

test('with flags for every step a machine is ready in one command, and a second run keeps what is done', async () => {
  await using home = await tempHome();
  await using model = await startOfflineModel();
  await prepareOfflineHome(home.join('codex'), model);
  const env = envOf(home);
  const args = ['setup', '--json', '--login', 'home', '--agent', 'helper', '--hello'];
  const first = await spool(args, { env, cwd: home.path });
  expect(first.status).toBe(0);
  expect(outcomes(first)).toEqual(['codex kept', 'login kept', 'agent done', 'hello done']);
  expect(model.requests).toHaveLength(1);
  expect(outcomes(await spool(args, { env, cwd: home.path }))).toEqual(['codex kept', 'login kept', 'agent kept', 'hello done']);
  expect((await readFile(home.join('spool', 'diagnostics', 'setup.log'), 'utf8')).trim().split('\n')).toHaveLength(8);
});

test('nothing is changed where nobody can be asked and no flag decides', async () => {
  await using home = await tempHome();
  await using model = await startOfflineModel();
  await prepareOfflineHome(home.join('codex'), model);
  const before = await readFile(home.join('codex', 'config.toml'), 'utf8');
  const ran = await spool(['setup'], { env: envOf(home), cwd: home.path });
  expect([ran.status, ran.stdout]).toEqual([0, expect.stringContaining('ready: spool run --agent default') as string]);
  expect(ran.stderr).toContain('Say hello later');
  expect(await readFile(home.join('codex', 'config.toml'), 'utf8')).toBe(before);
  expect(model.requests).toEqual([]);
});

test('a key that is piped in becomes the login of an agent with a home of its own, and shows nowhere', async () => {
  await using home = await tempHome();
  const args = ['setup', '--json', '--login', 'api-key', '--agent', 'helper', '--skip-hello'];
  const ran = await spool(args, { env: envOf(home), cwd: home.path, stdin: 'sk-of-this-test-0123456789\n' });
  expect([ran.status, outcomes(ran)]).toEqual([0, ['codex kept', 'login done', 'agent done', 'hello skipped']]);
  const config = await readFile(home.join('spool', 'agents', 'helper', 'config.json'), 'utf8');
  expect(JSON.parse(config)).toMatchObject({ alias: 'helper', codexHome: 'own' });
  const log = await readFile(home.join('spool', 'diagnostics', 'setup.log'), 'utf8');
  expect([ran.stdout, ran.stderr, log].join('\n')).not.toContain('sk-of-this-test-0123456789');
});

test('a step that fails is the last one: it says why and what to do, in the log too', async () => {
  await using home = await tempHome();
  await using model = await startOfflineModel();
  await prepareOfflineHome(home.join('codex'), model);
  await writeFile(home.join('codex', 'config.toml'), 'model = ');
  const ran = await spool(['setup', '--login', 'home'], { env: envOf(home), cwd: home.path });
  expect(ran.status).toBe(1);
  expect(ran.stderr).toContain('has no login');
  expect(await readFile(home.join('spool', 'diagnostics', 'setup.log'), 'utf8')).toContain('"step":"login","outcome":"failed"');
});
