import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ContractHost } from '../../test/support/contract-host.js';
import { type Ran, spool, startSpool } from '../../test/support/spool.js';
import { VERSION } from '../base/version.js';
import type { Approval } from '../contract/approval.js';
import { COMMANDS, isGroup } from './command-list.js';

const AT = '2026-01-01T00:00:02.000Z';
const FIRST = 'ses_00000000000000000000000001';

let host: ContractHost;
let home: string;

beforeEach(async () => {
  host = await new ContractHost().start();
  home = mkdtempSync(join(tmpdir(), 'spool-cli-'));
  writeFileSync(join(home, 'token'), `${host.token}\n`);
});

afterEach(async () => {
  await host[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
});

/** The built program, in a home whose token file fits the host. */
const cli = (...args: string[]): Promise<Ran> => spool(args, { env: { SPOOL_HOME: home, SPOOL_URL: host.url } });

function completes(text: string): void {
  host.onTurn = (session, { id: turn }) => {
    host.append(session, { type: 'turn.started', turn, at: AT, data: { ref: 'r' } });
    host.append(session, { type: 'item.delta', turn, item: 'm', at: AT, data: { kind: 'text', text } });
    host.append(session, { type: 'item.completed', turn, item: 'm', at: AT, data: { item: { id: 'm', kind: 'agentMessage', text } } });
    host.append(session, { type: 'turn.completed', turn, at: AT, data: { finalText: text, usage: null } });
  };
}

/** The turn asks for a command, and completes with the decision as its text. */
function asks(): void {
  host.onTurn = (session, { id: turn }) => {
    const id = 'apr_00000000000000000000000001_1';
    const decisions: Approval['decisions'] = ['accept', 'acceptForSession', 'decline', 'cancel'];
    const approval: Approval = {
      id,
      session,
      turn,
      kind: 'command',
      title: 'Run it',
      command: 'rm -rf build',
      decisions,
      status: 'pending',
      askedAt: AT,
    };
    host.approvals.set(id, approval);
    host.append(session, { type: 'approval.asked', turn, at: AT, data: { approval, ref: '0' } });
  };
  host.onAnswer = ({ session, turn, answer }) => {
    host.append(session, { type: 'turn.completed', turn, at: AT, data: { finalText: answer?.decision ?? null, usage: null } });
  };
}

describe('usage', () => {
  test('spool alone and spool --help print the commands on stdout', async () => {
    const [alone, help] = await Promise.all([cli(), cli('--help')]);
    expect(alone).toEqual(help);
    expect(help).toMatchObject({ status: 0, stderr: '' });
    for (const name of ['demo', 'run', 'serve', 'attach', 'permit', 'doctor']) expect(help.stdout).toContain(`\n  ${name} `);
  });

  test('help X is X --help, and names flags with their values', async () => {
    const [long, short] = await Promise.all([cli('help', 'run'), cli('run', '--help')]);
    expect(long).toEqual(short);
    expect(long.stdout).toContain('Usage  spool run <text> [flags]');
    expect(long.stdout).toContain('--approve ask|auto|deny');
    expect((await cli('help', 'permit', 'allow')).stdout).toContain('--for-session');
  });

  test('every command has a page, and every page fits 80 columns', async () => {
    const paths = Object.entries(COMMANDS).flatMap(([name, entry]) =>
      isGroup(entry) ? [[name], ...Object.keys(entry.commands).map((inner) => [name, inner])] : [[name]],
    );
    const overview = (await cli()).stdout;
    for (const [name = ''] of paths) expect(overview).toContain(`\n  ${name} `);
    const pages = [overview, ...(await Promise.all(paths.map((path) => cli('help', ...path)))).map(({ stdout }) => stdout)];
    for (const page of pages) expect(page).not.toBe('');
    expect(pages.flatMap((page) => page.split('\n')).filter((line) => line.length > 80)).toEqual([]);
  });

  test('-v, --version and version print the version', async () => {
    for (const word of ['-v', '--version', 'version']) expect(await cli(word)).toEqual({ status: 0, stdout: `${VERSION}\n`, stderr: '' });
    expect(JSON.parse((await cli('version', '--json')).stdout)).toEqual({ version: VERSION, node: process.versions.node });
  });

  test.each([
    [['sned'], 'did you mean `spool send`?'],
    [['permit', 'alow'], 'did you mean `spool permit allow`?'],
    [['constructor'], '`spool help` lists the commands'],
    [['ls', '--jsno'], 'did you mean --json?'],
    [['run', 'x', '--agent'], '--agent needs a value'],
    [['run', 'x', '--agent', '--json'], '--agent needs a value'],
    [['run', 'x', '--approve', 'perhaps'], 'Expected one of: ask, auto, deny'],
    [['run', 'x', '--timeout', 'soon'], '--timeout wants a whole number'],
    [['run', 'fix', 'the', 'test'], 'text of several words goes in quotes'],
    [['run', '  '], 'there is no text for the agent'],
    [['show'], '`spool show` needs SESSION'],
    [['ls', '--host', 'nonsense'], 'is no address of a host'],
  ])('%j is a usage error that says what is wrong', async (args, words) => {
    const ran = await cli(...args);
    expect(ran.stderr).toContain(words);
    expect(ran).toMatchObject({ status: 2, stdout: '' });
    expect(host.requests).toEqual([]);
  });
});

describe('exit statuses', () => {
  test('3 when no host answers, with how to start one', async () => {
    const ran = await spool(['ls', '--host', 'http://127.0.0.1:9', '--json'], { env: { SPOOL_HOME: home } });
    expect(ran).toMatchObject({ status: 3, stdout: '' });
    expect(JSON.parse(ran.stderr)).toMatchObject({ error: { code: 'unavailable', hint: expect.stringContaining('spool serve') } });
  });

  test('4 when the token is wrong', async () => {
    expect(await cli('ls', '--token', 'wrong')).toMatchObject({
      status: 4,
      stderr: 'spool: the token is not valid\n       pass --token\n',
    });
  });

  test('2 when there is no such session', async () => {
    expect((await cli('show', FIRST)).status).toBe(2);
    expect(await cli('show', 'xyz')).toMatchObject({ status: 2, stderr: expect.stringContaining('`spool ls` shows them') });
  });

  test('the token file of the home is kept from hosts elsewhere', async () => {
    expect((await cli('ls')).status).toBe(0);
    const elsewhere = await spool(['ls', '--host', host.url.replace('127.0.0.1', '0.0.0.0')], { env: { SPOOL_HOME: home } });
    expect(elsewhere.status).toBe(4);
  });
});

describe('run', () => {
  test('puts the final text on stdout and the timeline on stderr', async () => {
    completes('All is well.');
    const ran = await cli('run', 'Look', '--cwd', '/srv', '--model', 'm', '--effort', 'low');
    expect(ran).toMatchObject({ status: 0, stdout: 'All is well.\n' });
    expect(ran.stderr).toContain('All is well.\n\n✓ completed');
    expect(host.requests.find(({ method }) => method === 'POST')?.body).toEqual({ cwd: '/srv', title: 'Look', model: 'm', effort: 'low' });
  });

  test('works in the directory of its caller when nothing else is said', async () => {
    completes('x');
    await spool(['run', 'Look'], { cwd: home, env: { SPOOL_HOME: home, SPOOL_URL: host.url } });
    expect(host.requests.find(({ method }) => method === 'POST')?.body).toEqual({ cwd: home, title: 'Look' });
  });

  test('reads the text from stdin for -', async () => {
    completes('x');
    await spool(['run', '-'], { stdin: 'line one\nline two\n', env: { SPOOL_HOME: home, SPOOL_URL: host.url } });
    expect(host.requests.find(({ path }) => path.endsWith('/turns'))?.body).toEqual({ input: 'line one\nline two' });
  });

  test('with --json prints the events as JSON lines and nothing else', async () => {
    completes('x');
    const { status, stdout, stderr } = await cli('run', 'Look', '--json');
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; position: number });
    expect(events.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5]);
    expect(events.at(-1)?.type).toBe('turn.completed');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('exits with 1 when the turn failed', async () => {
    host.onTurn = (session, { id: turn }) =>
      host.append(session, {
        type: 'turn.failed',
        turn,
        at: AT,
        data: { code: 'quota', message: 'no more', retryable: true, finalText: null, usage: null },
      });
    expect(await cli('run', 'Look')).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('✗ failed: no more (quota)') });
  });

  test('denies what is asked when nobody can be asked, allows it with auto', async () => {
    asks();
    const denied = await cli('run', 'Look');
    expect(denied.stdout).toBe('decline\n');
    expect(denied.stderr).toContain('? May the agent run this command?\n    rm -rf build\n');
    expect(denied.stderr).toContain('there is no terminal to ask at');
    expect((await cli('run', 'Look', '--approve', 'auto')).stdout).toBe('accept\n');
    expect((await cli('run', 'Look', '--approve', 'deny')).stdout).toBe('decline\n');
  });

  test('out of time interrupts the turn and exits with 124', async () => {
    host.onInterrupt = interrupted;
    expect(await cli('run', 'Look', '--timeout', '1')).toMatchObject({ status: 124, stderr: expect.stringContaining('■ interrupted') });
  });

  test('the first Ctrl-C interrupts the turn, the exit status is 130', async () => {
    host.onInterrupt = interrupted;
    host.onTurn = (session, { id: turn }) => host.append(session, { type: 'warning.raised', turn, at: AT, data: { message: 'under way' } });
    const running = startSpool(['run', 'Look'], { env: { SPOOL_HOME: home, SPOOL_URL: host.url } });
    await running.printed('under way');
    running.child.kill('SIGINT');
    expect(await running.ended).toMatchObject({ status: 130, stderr: expect.stringContaining('■ interrupted') });
  });

  test('the second Ctrl-C leaves a turn that does not end', async () => {
    const running = startSpool(['run', 'Look'], { env: { SPOOL_HOME: home, SPOOL_URL: host.url } });
    host.onTurn = (session, { id: turn }) => host.append(session, { type: 'warning.raised', turn, at: AT, data: { message: 'under way' } });
    await running.printed('under way');
    running.child.kill('SIGINT');
    await running.printed('Ctrl-C again');
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(130);
  });
});

function interrupted(session: string): void {
  const turn = `trn_${'1'.padStart(26, '0')}`;
  host.append(session, { type: 'turn.interrupted', turn, at: AT, data: { finalText: null, usage: null } });
}

describe('sessions', () => {
  test('new, send, wait, logs and show go through one session', async () => {
    completes('Hello to you.');
    const session = (await cli('new', '--title', 'Greeting')).stdout.trim();
    expect(session).toBe(FIRST);
    expect((await cli('send', session, 'Hello')).stdout).toMatch(/^trn_0+1\n$/);
    expect(await cli('wait', session)).toMatchObject({ status: 0, stdout: 'Hello to you.\n' });
    const logs = (await cli('logs', session, '--after', '3')).stdout;
    expect(logs.split('\n').map((line) => line.replace(/\s+/g, ' ').trim())).toEqual([
      '4 00:00:02.000 item.completed agentMessage Hello to you.',
      '5 00:00:02.000 turn.completed Hello to you.',
      '',
    ]);
    const shown = (await cli('show', session)).stdout;
    expect(shown).toContain('title    Greeting');
    expect(shown).toContain('completed');
    expect(JSON.parse((await cli('show', session, '--json')).stdout)).toMatchObject({ id: session, title: 'Greeting' });
  });

  test('ids may be shortened as long as they fit one session', async () => {
    host.addSession('ses_01aaaaaaaaaaaaaaaaaaaaaax1', { title: 'One' });
    host.addSession('ses_01aaaaaaaaaaaaaaaaaaaaaay2', { title: 'Two' });
    for (const short of ['y2', '…aay2', 'ses_01aaaaaaaaaaaaaaaaaaaaaay']) expect((await cli('show', short)).stdout).toContain('Two');
    expect(await cli('show', '01aaa')).toMatchObject({ status: 2, stderr: expect.stringContaining('2 sessions fit "01aaa"') });
  });

  test('ls is a table for people and a page for programs', async () => {
    expect(await cli('ls')).toMatchObject({ status: 0, stdout: '', stderr: 'no sessions yet; `spool run "…"` makes one\n' });
    host.addSession(FIRST, { title: 'A title', status: 'running', queued: 2 });
    expect((await cli('ls')).stdout).toMatch(
      new RegExp(`^SESSION +STATUS +AGENT +CHANGED +TITLE\n${FIRST}  running \\+2  default  .* A title\n$`),
    );
    expect(JSON.parse((await cli('ls', '--json')).stdout)).toMatchObject({ items: [{ id: FIRST }], next: null });
  });

  test('wait exits with 1 for a failed turn and 124 when time is up', async () => {
    host.addSession(FIRST);
    await cli('send', FIRST, 'Hello');
    expect((await cli('wait', FIRST, '--timeout', '1')).status).toBe(124);
    const waiting = startSpool(['wait', FIRST], { env: { SPOOL_HOME: home, SPOOL_URL: host.url } });
    interrupted(FIRST);
    expect((await waiting.ended).status).toBe(1);
  });

  test('attach begins with the current turn, goes on live, and leaves the session alone on Ctrl-C', async () => {
    host.addSession(FIRST);
    completes('Old news.');
    await cli('send', FIRST, 'First');
    host.onTurn = () => undefined;
    await cli('send', FIRST, 'Second');
    const attached = startSpool(['attach', '1'], { env: { SPOOL_HOME: home, SPOOL_URL: host.url } });
    await attached.printed('› Second');
    host.append(FIRST, { type: 'warning.raised', at: AT, data: { message: 'fresh' } });
    await attached.printed('! fresh');
    attached.child.kill('SIGINT');
    const ran = await attached.ended;
    expect(ran.status).toBe(130);
    expect(ran.stderr).not.toContain('Old news.');
    expect(host.requests.some(({ path }) => path.endsWith('/interrupt'))).toBe(false);
  });

  test('logs --follow prints what comes until Ctrl-C', async () => {
    host.addSession(FIRST);
    const following = startSpool(['logs', FIRST, '--follow', '--json'], { env: { SPOOL_HOME: home, SPOOL_URL: host.url } });
    host.append(FIRST, { type: 'warning.raised', at: AT, data: { message: 'one' } });
    await following.printed('"one"');
    host.breakAll();
    host.append(FIRST, { type: 'warning.raised', at: AT, data: { message: 'two' } });
    await following.printed('"two"');
    following.child.kill('SIGINT');
    const { status, stdout } = await following.ended;
    expect(status).toBe(130);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { position: number }).position),
    ).toEqual([1, 2]);
  });
});

describe('permit', () => {
  test('lists, allows and denies, and tells who was late with 5', async () => {
    asks();
    host.addSession(FIRST);
    await cli('send', FIRST, 'Do it');
    const listed = (await cli('permit', 'ls')).stdout;
    expect(listed).toContain('apr_00000000000000000000000001_1');
    expect(listed).toContain('      rm -rf build');
    expect(await cli('permit', 'allow', '1_1', '--for-session')).toMatchObject({
      status: 0,
      stderr: 'allowed apr_00000000000000000000000001_1\n',
    });
    expect(host.requests.at(-1)?.body).toEqual({ decision: 'acceptForSession' });
    expect(await cli('permit', 'deny', 'apr_00000000000000000000000001_1')).toMatchObject({
      status: 5,
      stderr: expect.stringContaining('answered by owner'),
    });
    expect(await cli('permit', 'ls')).toMatchObject({ status: 0, stdout: '', stderr: 'nothing waits for an answer\n' });
  });
});

test('colour is for terminals only', async () => {
  host.addSession(FIRST);
  for (const args of [['help'], ['ls'], ['help', 'run'], ['nope']]) {
    const { stdout, stderr } = await cli(...args);
    expect(stdout + stderr).not.toContain('\u001b');
  }
});

test('the reader of a pipe may leave early', async () => {
  host.addSession(FIRST);
  for (let i = 0; i < 2000; i++) host.append(FIRST, { type: 'warning.raised', at: AT, data: { message: 'x'.repeat(200) } });
  const running = startSpool(['logs', FIRST], { env: { SPOOL_HOME: home, SPOOL_URL: host.url } });
  await running.printed('x');
  running.child.stdout?.destroy();
  expect(await running.ended).toMatchObject({ status: 0, stderr: '' });
});

test('the host of this home is found wherever it listens', async () => {
  mkdirSync(join(home, 'run'));
  writeFileSync(join(home, 'run', 'host.json'), JSON.stringify({ pid: process.pid, url: host.url }));
  host.addSession(FIRST);
  expect((await spool(['ls'], { env: { SPOOL_HOME: home } })).stdout).toContain(FIRST);
});

test('starting loads nothing heavy', () => {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const [, specifier = ''] of readFileSync(path, 'utf8').matchAll(/^(?:import|export)\s(?:[^'"]*from\s)?['"]([^'"]+)['"]/gm)) {
      if (specifier.startsWith('.')) visit(resolve(dirname(path), specifier));
      else packages.add(specifier);
    }
  };
  const main = join(import.meta.dirname, '../../dist/cli/main.js');
  expect(existsSync(main)).toBe(true);
  visit(main);
  expect([...packages]).toEqual([]);
  expect(seen.size).toBeLessThan(6);
});
