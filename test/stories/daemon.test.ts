/** A host in the background, on its own and as a service: real processes and, where a turn has to survive, the real Codex. */

import { once } from 'node:events';
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { processStart } from '../../src/base/process.js';
import { connect } from '../../src/client/index.js';
import type { HostStatus } from '../../src/contract/host.js';
import { type Ran, spool } from '../support/spool.js';
import { eventOf, type World, world } from './rig.js';

const SYSTEMCTL = fileURLToPath(new URL('../fixtures/systemctl.mjs', import.meta.url));

interface Background extends AsyncDisposable {
  readonly w: World;
  daemon(...args: string[]): Promise<Ran>;
  json<T>(...args: string[]): Promise<T>;
}

/** A world whose host is started by `spool daemon`. */
async function background(more: (w: World) => Record<string, string> = () => ({})): Promise<Background> {
  const w = await world();
  const env = { ...Object.fromEntries(Object.entries(w.env).map(([name, value]) => [name, value ?? ''])), ...more(w) };
  const daemon = (...args: string[]): Promise<Ran> => spool(['daemon', ...args], { env, cwd: w.work });
  return {
    w,
    daemon,
    json: async <T>(...args: string[]) => JSON.parse((await daemon(...args, '--json')).stdout) as T,
    async [Symbol.asyncDispose]() {
      const stopped = await daemon('stop');
      await w[Symbol.asyncDispose]();
      if (stopped.status !== 0) throw new Error(`a host was left running: ${stopped.stderr}`);
    },
  };
}

interface Facts {
  readonly url: string;
  readonly pid: number;
  readonly running: boolean;
  readonly healthz: boolean;
  readonly status: HostStatus;
  readonly started: boolean;
  readonly by: string;
  readonly service: { installed: boolean; file: string | null; enabled: boolean | null; problems: { says: string }[] };
}

test('a host in the background is started once, tells what it does, and is stopped', async () => {
  await using b = await background();
  expect(await b.daemon('status')).toMatchObject({ status: 3, stdout: expect.stringContaining('does not run') as string });
  const { status, stdout, stderr } = await b.daemon('start', '--port', '0');
  expect([status, stderr]).toEqual([0, expect.stringContaining('started: pid')]);
  const url = stdout.trim();
  expect(await b.json<Facts>('start')).toMatchObject({ url, started: false, healthz: true });

  const facts = await b.json<Facts>('status');
  expect(facts).toMatchObject({ running: true, url, healthz: true, status: { home: b.w.home.join('spool') } });
  expect(facts.service).toEqual({ installed: false, file: null, enabled: null, problems: [] });
  expect(statSync(b.w.home.join('spool', 'diagnostics')).mode & 0o777).toBe(0o600);
  expect((await b.daemon('status')).stdout).toContain(`runs at ${url} (pid ${facts.pid})`);

  expect((await b.daemon('stop')).stdout).toBe(`stopped: pid ${facts.pid} at ${url}\n`);
  expect(await processStart(facts.pid)).toBeUndefined();
  expect(await b.daemon('stop')).toMatchObject({ status: 0, stdout: 'no host runs here\n' });
  expect((await b.daemon('status', '--json')).status).toBe(3);
});

test('a restart keeps the address, and a running turn goes on in its Codex', async () => {
  await using b = await background();
  const before = await b.json<Facts>('start', '--port', '0');
  const token = readFileSync(b.w.home.join('spool', 'token'), 'utf8').trim();
  const client = connect({ url: before.url, token });
  const { id } = await client.sessions.open({ cwd: b.w.work, permissions: { profile: ':workspace', approvalPolicy: 'never' } });
  const { turn } = await client.turns.request(id, { input: '[[sh:until [ -e go ]; do sleep 0.1; done]] [[text:Gone on.]]' });
  await eventOf(client, id, (event) => event.type === 'item.started' && event.data.item.kind === 'command');
  const [codex] = (await client.status()).runtimes;

  const after = await b.json<Facts>('restart');
  expect([after.url, after.pid === before.pid]).toEqual([before.url, false]);
  await eventOf(client, id, (event) => event.type === 'session.resumed');
  writeFileSync(join(b.w.work, 'go'), '');
  expect(await client.wait(id, turn.id)).toMatchObject({ status: 'completed', finalText: 'Gone on.' });
  expect((await client.status()).runtimes[0]?.pid).toBe(codex?.pid);
  expect(existsSync(b.w.home.join('spool', 'diagnostics.old'))).toBe(true);
});

test('a host that does not come up says why', async () => {
  await using b = await background();
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  const port = typeof address === 'object' ? String(address?.port) : '';
  const { status, stderr } = await b.daemon('start', '--port', port);
  taken.close();
  expect(status).toBe(1);
  expect(stderr).toContain('the host did not start');
  expect(stderr).toContain(`another program listens on 127.0.0.1:${port}`);
  expect((await b.daemon('start', '--port', '70000')).status).toBe(2);
});

test('a pid that another process has by now is left alone', async () => {
  await using b = await background();
  await mkdir(b.w.home.join('spool', 'run'), { recursive: true });
  const file = { pid: process.pid, url: 'http://127.0.0.1:1', start: 'another time' };
  writeFileSync(b.w.home.join('spool', 'run', 'host.json'), JSON.stringify(file));
  expect((await b.daemon('stop')).stdout).toBe('no host runs here\n');
});

/** A world in which a service manager can be reached. */
function serviced(): Promise<Background & { calls(): string[] }> {
  return background((w) => {
    symlinkSync(SYSTEMCTL, w.home.join('systemctl'));
    return { PATH: [w.home.path, process.env['PATH'] ?? ''].join(delimiter), FAKE_SYSTEMD: w.home.join('systemd') };
  }).then((b) => Object.assign(b, { calls: () => readFileSync(b.w.home.join('systemd', 'calls'), 'utf8').trim().split('\n') }));
}

test('as a service it is started with what its unit says and nothing else, restarted by the service manager, and taken away again', async () => {
  await using b = await serviced();
  const own = await b.json<Facts>('start', '--port', '0');
  const installed = await b.daemon('install', '--port', '0', '--now');
  expect([installed.status, installed.stderr]).toEqual([0, expect.stringContaining('it answers at http://127.0.0.1:')]);
  const file = installed.stdout.trim();
  const unit = file.split('/').at(-1) ?? '';
  expect(installed.stderr).toContain(`ran: systemctl --user enable ${unit}`);

  const facts = await b.json<Facts>('status');
  expect(facts.pid).not.toBe(own.pid);
  expect(await processStart(own.pid)).toBeUndefined();
  expect(facts.service).toEqual({ installed: true, file, enabled: true, problems: [] });
  const client = connect({ url: facts.url, token: readFileSync(b.w.home.join('spool', 'token'), 'utf8').trim() });
  const { id } = await client.sessions.open({ cwd: b.w.work });
  const { turn } = await client.turns.request(id, { input: '[[text:From a service.]]' });
  expect(await client.wait(id, turn.id)).toMatchObject({ status: 'completed', finalText: 'From a service.' });

  expect((await b.daemon('start', '--port', '1234')).stderr).toContain('a service is installed for this home');
  const again = await b.json<Facts>('restart');
  expect(again.by).toBe('service');
  const moves = b.calls().filter((call) => /^--user (?:start|stop) /.test(call));
  expect(moves.slice(-2)).toEqual([`--user stop ${unit}`, `--user start ${unit}`]);

  expect((await b.daemon('uninstall')).stdout).toBe(`removed: ${file}\n`);
  expect(existsSync(file)).toBe(false);
  expect(await b.daemon('status')).toMatchObject({ status: 3, stdout: expect.stringContaining('none is installed') as string });
  expect(await b.daemon('uninstall')).toMatchObject({ status: 0, stdout: 'no service is installed for this home\n' });
});

test('a unit of somebody else is neither written over nor removed', async () => {
  await using b = await serviced();
  const { file, text } = await b.json<{ file: string; text: string }>('install', '--dry-run');
  expect(existsSync(file)).toBe(false);
  expect(text).toContain('KillMode=process');
  await mkdir(join(file, '..'), { recursive: true });
  writeFileSync(file, '[Service]\nExecStart=/bin/true\n');
  for (const command of ['install', 'uninstall']) {
    expect(await b.daemon(command)).toMatchObject({ status: 5, stderr: expect.stringContaining('was not written by Spool') as string });
  }
  expect(readFileSync(file, 'utf8')).toBe('[Service]\nExecStart=/bin/true\n');
});

test('what is wrong with an installed unit is told with what mends it', async () => {
  await using b = await serviced();
  const file = (await b.daemon('install', '--bind', '0.0.0.0')).stdout.trim();
  const says = async (): Promise<string[]> => (await b.json<Facts>('status')).service.problems.map((problem) => problem.says);
  expect(await says()).toEqual([expect.stringContaining('listens at 0.0.0.0:4319')]);
  await b.daemon('install');
  expect(await says()).toEqual([]);
  writeFileSync(file, readFileSync(file, 'utf8').replace(/SPOOL_CODEX_BIN=[^"]*/, 'SPOOL_CODEX_BIN=/nowhere/codex'));
  expect(await says()).toEqual(['the service looks for Codex at /nowhere/codex, and there is none']);
});
