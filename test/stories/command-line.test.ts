/** The promise of the command line, with everything real: the built program, a host, the Codex binary; only the model is ours. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OfflineModel, prepareOfflineHome, startOfflineModel } from '../../src/testing/index.js';
import { MAIN, type Ran, type RunningSpool, spool, startSpool } from '../support/spool.js';

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

async function serve(more: Record<string, string> = {}): Promise<{ running: RunningSpool; ready: Ready }> {
  const running = startSpool(['serve', '--port', '0', '--json'], { env: { ...env, ...more }, cwd: work });
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

/** `spool ARGS | head -n LINES` in a shell: what came out, what was said on stderr, and the exit status of spool itself. */
async function headOf(lines: number, args: readonly string[], more: Record<string, string>): Promise<Ran> {
  const pipeline = `"$@" | head -n ${lines}; exit "\${PIPESTATUS[0]}"`;
  const shell = spawn('bash', ['-c', pipeline, 'bash', process.execPath, MAIN, ...args], {
    cwd: work,
    env: { PATH: process.env['PATH'] ?? '', ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) shell[name].setEncoding('utf8').on('data', (text: string) => (said[name] += text));
  const [status] = (await once(shell, 'close')) as [number | null];
  return { status, ...said };
}

describe('when the reader of a pipe leaves early', () => {
  test('the demo stops in order: its host, its Codex and its folder are gone, and it says no more', async () => {
    const ran = await headOf(3, ['demo', '--json'], { HOME: root, TMPDIR: join(root, 'tmp') });
    expect(ran).toMatchObject({ status: 0, stderr: '' });
    expect(ran.stdout.split('\n')).toHaveLength(4);
    expect(readdirSync(join(root, 'tmp'))).toEqual([]);
    if (process.platform === 'linux') expect(processesOf(join(root, 'tmp'))).toEqual([]);
  });

  test('run interrupts its turn, and takes the host down that it has started for itself', async () => {
    // Without the interrupt the turn would never end.
    const ran = await headOf(1, ['run', '--json', '[[sh:echo begun]] [[stall]]'], env);
    expect(ran).toMatchObject({ status: 0, stderr: '' });
    expect(ran.stdout).toContain('turn.requested');
    if (process.platform === 'linux') expect(processesOf(root)).toEqual([]);
    const { running } = await serve();
    const { items } = JSON.parse((await cli('ls', '--json')).stdout) as { items: { lastTurn: { status: string } | null }[] };
    expect(items[0]?.lastTurn?.status).toBe('interrupted');
    running.child.kill('SIGINT');
    await running.ended;
  });

  test('a host whose diagnostics nobody reads any more goes on with its work', async () => {
    const { running } = await serve({ SPOOL_CODEX_BIN: '/nowhere/codex' });
    running.child.stderr?.destroy();
    // Each turn that cannot be run is written to the diagnostics.
    for (const input of ['one', 'two']) expect((await cli('run', input)).stderr).toContain('/nowhere/codex');
    expect((await cli('ls')).stdout).toContain('two');
    running.child.kill('SIGTERM');
    expect((await running.ended).status).toBe(0);
  });
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
  if (process.platform === 'linux') expect(processesOf(root)).toEqual([]);
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

test('doctor warns of a provider that would look for its key in the environment', async () => {
  const more = '[model_providers.mine]\nname = "Mine"\nbase_url = "http://127.0.0.1:9/v1"\nenv_key = "MINE_KEY"';
  const keyed = await prepareOfflineHome(join(root, 'keyed'), model, { more });
  const ran = await spool(['doctor'], { env: { ...env, CODEX_HOME: keyed, MINE_KEY: 'sk-not-to-be-shown' }, cwd: work });
  expect(ran.stdout).toMatch(/! key .*MINE_KEY \(env_key\); Spool never hands keys.*\n +codex login --with-api-key/);
  expect(ran.stdout).not.toContain('sk-not-to-be-shown');
  expect(ran.status).toBe(0);
  expect((await cli('doctor')).stdout).not.toContain('env_key');
});

test('doctor says what mends a broken configuration, a missing login and a missing Codex', async () => {
  const broken = await prepareOfflineHome(join(root, 'broken'), model, { more: 'this is no TOML' });
  const bare = join(root, 'bare');
  mkdirSync(bare);
  const look = (more: Record<string, string>): Promise<Ran> => spool(['doctor'], { env: { ...env, ...more }, cwd: work });
  expect(await look({ CODEX_HOME: broken })).toMatchObject({ status: 1, stdout: expect.stringContaining(`edit ${broken}/config.toml`) });
  expect(await look({ CODEX_HOME: bare })).toMatchObject({ status: 1, stdout: expect.stringMatching(/✗ login .*\n +spool login codex\n/) });
  expect(await look({ SPOOL_CODEX_BIN: '/nowhere/codex' })).toMatchObject({ status: 1, stdout: expect.stringContaining('✗ codex') });
});
