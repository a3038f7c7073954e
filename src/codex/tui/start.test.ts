/** Starts that do not go well, and what the real Codex will not do: a stand-in for it is a small script. */

import { existsSync, readdirSync, watch, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type CodeCliUnderTest, codeCliUnderTest } from '../../../test/support/code-cli-under-test.js';
import { processTable } from '../../base/process.js';
import { startInTerminal } from '../../base/terminal-process.js';
import type { OpenThread } from '../../ports/agent.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { type TempHome, tempHome } from '../../testing/temp-home.js';
import type { AccountTokens } from '../app-server/account.js';

const PROMPT = {
  turn: 'trn_1',
  input: [{ type: 'text' as const, text: 'hi' }],
  model: undefined,
  effort: undefined,
  outputSchema: undefined,
};

/** `script` is what it does when it is started as one. */
function standIn(place: TempHome, script: string, help = ''): string {
  const path = place.join('codex');
  const cases = `case "$*" in --version) echo "codex-cli 0.169.0"; exit;; --help) printf '%s' '${help}'; exit;; debug*) echo none; exit;; esac`;
  writeFileSync(path, `#!/bin/sh\n${cases}\n${script}\n`, { mode: 0o755 });
  return path;
}

async function begin(under: CodeCliUnderTest, more: Partial<OpenThread> = {}): Promise<unknown> {
  const thread = await under.agent.open({ ...under.thread, ...more });
  return await thread.startTurn(PROMPT).catch((error: unknown) => error);
}

/** Resolves when the file is there. */
function made(folder: string, name: string): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!existsSync(join(folder, name))) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(folder, look);
    look();
  });
}

async function left(under: CodeCliUnderTest): Promise<number> {
  const pids = await processTable.withArgument(under.thread.cwd);
  return pids.length;
}

test('an interface that ends at once is told with its last words, without secrets', async () => {
  await using place = await tempHome();
  await using under = await codeCliUnderTest(standIn(place, 'printf "\\033[31mno good: sk-abcdefghijklmnop\\033[0m\\r\\n"; exit 3'));
  expect(await begin(under)).toMatchObject({
    code: 'runtime-failed',
    message: expect.stringMatching(/\(exit 3\).*no good: \[redacted\]/s),
  });
});

test('garbage is no harm', async () => {
  await using place = await tempHome();
  await using under = await codeCliUnderTest(
    standIn(place, 'head -c 300000 /dev/urandom; printf "\\033[999999@\\033[;;;;H\\033]"; exit 1'),
  );
  expect(await begin(under)).toMatchObject({ code: 'runtime-failed' });
});

test('a turn that does not begin is given up after a while, with what stands on the screen', async () => {
  const clock = new ManualClock(Date.now());
  await using place = await tempHome();
  await using under = await codeCliUnderTest(
    standIn(place, `printf "Which colour do you like?"; : > ${place.join('drawn')}; exec sleep 1000`),
    { clock },
  );
  const refused = begin(under);
  await made(place.path, 'drawn');
  const error = await clock.passUntil(refused);
  expect(error).toMatchObject({ message: expect.stringMatching(/within 90 s; its screen says: Which colour do you like\?/) });
  expect(await left(under)).toBe(0);
}, 60_000);

test('a login that is missing is told long before', async () => {
  await using place = await tempHome();
  const screen = 'printf "Welcome to Codex\\r\\n\\r\\n> 1. Sign in with ChatGPT\\r\\n  2. Provide your own API key"; exec sleep 1000';
  await using under = await codeCliUnderTest(standIn(place, screen));
  expect(await begin(under)).toMatchObject({ code: 'unauthorized', hint: expect.stringContaining('codex login') });
}, 60_000);

test('the flags that leave the setup of the user out stand on the command line of a version that has them', async () => {
  await using place = await tempHome();
  const help = 'Options:\n      --ignore-user-config\n          Do not load it\n      --ignore-rules\n          Nor these\n';
  await using under = await codeCliUnderTest(standIn(place, `tr "\\0" "\\n" < /proc/$$/cmdline > ${place.join('seen')}; exit 1`, help));
  await begin(under, { options: { useUserConfig: false } });
  const words = (await readFile(place.join('seen'), 'utf8')).split('\n');
  expect(words).toContain('--ignore-user-config');
  expect(words).toContain('--ignore-rules');
});

test('what is missing or wrong is told when a conversation is opened, and a login of the vault cannot be used', async () => {
  await using under = await codeCliUnderTest('/not/there');
  await expect(under.agent.open(under.thread)).rejects.toMatchObject({ code: 'runtime-missing' });
  await expect(under.agent.open({ ...under.thread, home: 'relative' })).rejects.toMatchObject({ code: 'invalid-input' });
  const refresh = () => Promise.reject(new Error('not asked'));
  const login = (tokens: AccountTokens | undefined) => () => Promise.resolve({ refresh, tokens: () => Promise.resolve(tokens) });
  await expect(under.again({ account: login(undefined) }).open(under.thread)).rejects.toMatchObject({ code: 'runtime-missing' });
  const withLogin = under.again({ account: login({ accessToken: 'a', accountId: 'b', plan: null }) });
  await expect(withLogin.open(under.thread)).rejects.toMatchObject({ code: 'unsupported', hint: expect.stringContaining('codex login') });
});

test('what a host that was killed has left is stopped at the next opening', async () => {
  await using place = await tempHome();
  await using under = await codeCliUnderTest(standIn(place, 'exit 1'));
  const orphan = await startInTerminal({
    ...{ command: '/bin/sh', args: ['-c', 'trap "" HUP; while :; do sleep 1; done'], env: { PATH: process.env['PATH'] ?? '' } },
    ...{ columns: 80, rows: 24, onOutput: () => undefined },
  });
  await under.agent.open(under.thread);
  const folder = under.place.join('data', 'conversations');
  const file = `${folder}/${readdirSync(folder)[0]}`;
  const record = JSON.parse(await readFile(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...record, process: { pid: orphan.pid, start: orphan.start } }));
  await under.again().open(under.thread);
  expect(await orphan.exited).toMatchObject({ code: null });
  expect(JSON.parse(await readFile(file, 'utf8'))).not.toHaveProperty('process');
});
