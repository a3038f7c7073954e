/** The promise of the command line, with everything real: the built program, a host, the Codex binary; only the model is ours. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OfflineModel, prepareOfflineHome, startOfflineModel } from '../../src/testing/index.js';
import { type Ran, type RunningSpool, spool, startSpool } from '../support/spool.js';

let root: string;
let work: string;
let env: Record<string, string>;
let model: OfflineModel;

beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'spc-')));
  work = join(root, 'work');
  mkdirSync(work);
  mkdirSync(join(root, 'tmp'));
  model = await startOfflineModel();
  await prepareOfflineHome(join(root, 'codex'), model, { trust: [work] });
  env = { SPOOL_HOME: join(root, 'home'), CODEX_HOME: join(root, 'codex'), HOME: root, TMPDIR: join(root, 'tmp') };
});

afterAll(async () => {
  await model[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
});

const cli = (...args: string[]): Promise<Ran> => spool(args, { env, cwd: work });

/** Processes that were started with `path` in their environment, wherever they have gone since. */
function processesOf(path: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || pid === String(process.pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(path);
    } catch {
      // It has ended, or it is not ours.
      return false;
    }
  });
}

interface Ready {
  readonly url: string;
  readonly pid: number;
  readonly tokenFile: string;
}

async function serve(): Promise<{ running: RunningSpool; ready: Ready }> {
  const running = startSpool(['serve', '--port', '0', '--json'], { env, cwd: work });
  let line = '';
  running.child.stdout?.on('data', (text: string) => {
    line += text;
  });
  await running.printed('}\n');
  return { running, ready: JSON.parse(line) as Ready };
}

test('demo needs no account and no terminal, shows the whole turn, and leaves nothing behind', async () => {
  const { status, stderr } = await spool(['demo'], { env: { HOME: root, TMPDIR: join(root, 'tmp') }, cwd: work });
  expect(stderr).toContain('+ haiku.md  3 lines');
  expect(stderr).toContain('? May the agent run this command?\n    wc -w haiku.md');
  expect(stderr).toContain('✓ $ wc -w haiku.md');
  expect(stderr).toContain('✓ completed');
  expect(stderr).toMatch(/all (\d+) of \1 events are still there/);
  expect(status).toBe(0);
  expect(readdirSync(join(root, 'tmp'))).toEqual([]);
  if (process.platform === 'linux') expect(processesOf(join(root, 'tmp'))).toEqual([]);
});

describe('a host that is served', () => {
  test('says where it is, runs turns for the command line, and stops on Ctrl-C', async () => {
    const { running, ready } = await serve();
    expect(ready).toMatchObject({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), pid: running.child.pid });
    expect(ready.tokenFile).toBe(join(root, 'home', 'token'));
    const ran = await cli('run', 'Say something [[sh:echo made > made.txt]] [[text:It is made.]]');
    expect(ran).toMatchObject({ status: 0, stdout: 'It is made.\n' });
    expect(readFileSync(join(work, 'made.txt'), 'utf8')).toBe('made\n');
    expect((await cli('run', '[[failed:insufficient_quota]]')).status).toBe(1);
    expect((await cli('ls')).stdout).toContain('Say something');
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(0);
  });

  test('keeps a session over its restart, and the session goes on where it was', async () => {
    const first = await serve();
    const session = (await cli('new')).stdout.trim();
    await cli('send', session, '[[text:First answer.]]');
    expect((await cli('wait', session)).stdout).toBe('First answer.\n');
    const before = (await cli('logs', session, '--json')).stdout;
    first.running.child.kill('SIGTERM');
    expect((await first.running.ended).status).toBe(0);

    const second = await serve();
    expect((await cli('logs', session, '--json')).stdout).toBe(before);
    await cli('send', session, '[[text:Second answer.]]');
    expect((await cli('wait', session)).stdout).toBe('Second answer.\n');
    second.running.child.kill('SIGINT');
    expect((await second.running.ended).status).toBe(0);
  });

  test('asks through permit from another terminal', async () => {
    const { running } = await serve();
    const session = (await cli('new')).stdout.trim();
    const attached = startSpool(['attach', session, '--watch'], { env, cwd: work });
    await cli('send', session, '[[sh!:echo asked > asked.txt]] [[text:Thank you.]]');
    await attached.printed('May the agent run this command?');
    expect((await cli('permit', 'ls')).stdout).toContain('echo asked > asked.txt');
    expect((await cli('permit', 'allow', '_1')).status).toBe(0);
    await attached.printed('✓ completed');
    expect(readFileSync(join(work, 'asked.txt'), 'utf8')).toBe('asked\n');
    attached.child.kill('SIGINT');
    await attached.ended;
    running.child.kill('SIGINT');
    await running.ended;
  });
});

test('run starts a host for itself when none runs, and takes it down again', async () => {
  expect(await cli('run', '[[text:All by myself.]]')).toMatchObject({ status: 0, stdout: 'All by myself.\n' });
  if (process.platform === 'linux') expect(processesOf(join(root, 'home'))).toEqual([]);
});

test('doctor finds Codex, its home and the sandbox, and is content with an own model provider', async () => {
  const { status, stdout } = await cli('doctor', '--json');
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: { name: string; state: string }[] };
  expect(Object.fromEntries(checks.map(({ name, state }) => [name, state]))).toMatchObject({
    node: 'good',
    codex: 'good',
    config: 'good',
    login: 'good',
  });
  expect({ ok, status }).toEqual({ ok: true, status: 0 });
});

test('doctor says what mends a broken configuration, a missing login and a missing Codex', async () => {
  const broken = await prepareOfflineHome(join(root, 'broken'), model, { more: 'this is no TOML' });
  const bare = join(root, 'bare');
  mkdirSync(bare);
  const look = (more: Record<string, string>): Promise<Ran> => spool(['doctor'], { env: { ...env, ...more }, cwd: work });
  expect(await look({ CODEX_HOME: broken })).toMatchObject({ status: 1, stdout: expect.stringContaining(`edit ${broken}/config.toml`) });
  expect(await look({ CODEX_HOME: bare })).toMatchObject({ status: 1, stdout: expect.stringMatching(/✗ login .*\n +codex login\n/) });
  expect(await look({ SPOOL_CODEX_BIN: '/nowhere/codex' })).toMatchObject({ status: 1, stdout: expect.stringContaining('✗ codex') });
});
