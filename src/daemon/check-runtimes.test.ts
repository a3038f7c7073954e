import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { homePaths } from '../base/home-paths.js';
import { type TempHome, tempHome } from '../testing/temp-home.js';
import type { Check } from './check-codex.js';
import { checkRuntimes } from './check-runtimes.js';

function executable(path: string, version: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho ${version}\n`);
  chmodSync(path, 0o755);
  return path;
}

function agent(home: TempHome, alias: string, config: object): void {
  const file = home.join('agents', alias, 'config.json');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ alias, ...config }));
}

async function look(home: TempHome, env: Record<string, string>): Promise<Check[]> {
  const all = { SPOOL_HOME: home.path, HOME: home.path, PATH: home.join('bin'), ...env };
  return await checkRuntimes(all, homePaths(all, home.path));
}

test('nothing is said where all agents use the Codex that is looked at anyway', async () => {
  await using home = await tempHome();
  expect(await look(home, {})).toEqual([]);
});

test('each runtime that agents use is told with its program, its version and who uses it', async () => {
  await using home = await tempHome();
  const codex = executable(home.join('bin', 'codex'), 'codex-cli 0.169.0');
  const other = executable(home.join('bin', 'other-agent'), '');
  agent(home, 'one', { runtime: 'codex-exec' });
  agent(home, 'two', { runtime: 'codex-exec' });
  agent(home, 'play', { runtime: 'mock' });
  agent(home, 'far', { runtime: 'acp', runtimeOptions: { command: ['other-agent', 'serve'] } });
  agent(home, 'gone', { runtime: 'acp', runtimeOptions: { command: ['nobody', 'acp'] } });
  expect(await look(home, {})).toEqual([
    { name: 'codex-exec', state: 'good', says: `Codex 0.169.0 at ${codex} (agents one, two)` },
    { name: 'acp', state: 'good', says: `${other} serve (agent far)` },
    {
      name: 'acp',
      state: 'bad',
      says: expect.stringMatching(/nobody .*\(agent gone\)$/) as string,
      mend: expect.stringContaining('install') as string,
    },
    { name: 'mock', state: 'good', says: 'needs no program (agent play)' },
  ]);
});

test('a program that is missing or too old is told with what mends it, and so is an agent that cannot be used', async () => {
  await using home = await tempHome();
  agent(home, 'one', { runtime: 'codex-exec' });
  agent(home, 'open', { runtime: 'opencode' });
  agent(home, 'wrong', { runtime: 'codex-exec', nonsense: true });
  const old = executable(home.join('old'), 'codex-cli 0.100.0');
  const opencode = executable(home.join('old-opencode'), '1.2.3');
  const checks = await look(home, { SPOOL_CODEX_BIN: old, SPOOL_OPENCODE_BIN: opencode });
  expect(checks).toMatchObject([
    { name: 'codex-exec', state: 'bad', says: expect.stringMatching(/0\.100\.0.* too old.*\(agent one\)/) as string },
    { name: 'opencode', state: 'bad', says: expect.stringContaining('(agent open)') as string },
    { name: 'agent', state: 'warning', says: expect.stringMatching(/agent wrong cannot be used.*nonsense/) as string },
  ]);
  const missing = await look(home, { SPOOL_CODEX_BIN: '/nowhere/codex' });
  expect(missing[0]).toMatchObject({ state: 'bad', says: expect.stringContaining('/nowhere/codex is not an executable file') as string });
});

test('a program that is too new for a runtime is told with what to use instead', async () => {
  await using home = await tempHome();
  executable(home.join('bin', 'codex'), 'codex-cli 0.169.0');
  agent(home, 'old', { runtime: 'codex-cli-mcp' });
  expect(await look(home, {})).toMatchObject([
    {
      ...{
        name: 'codex-cli-mcp',
        state: 'bad',
        says: expect.stringMatching(/0\.169\.0 .* too new for it, which works below 0\.\d+\.0/) as string,
      },
      mend: expect.stringContaining('codex-app-server') as string,
    },
  ]);
  executable(home.join('bin', 'codex'), 'codex-cli 0.138.0');
  expect(await look(home, {})).toMatchObject([{ state: 'good', says: expect.stringContaining('Codex 0.138.0') as string }]);
});
