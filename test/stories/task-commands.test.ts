/** Tasks from the command line, with everything real: sent, watched, waited for, held, answered, and given to an agent from elsewhere. */

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, connect } from '../../src/client/index.js';
import type { Task } from '../../src/contract/task.js';
import type { TaskEvent } from '../../src/contract/task-events.js';
import { type Ran, spool, startSpool } from '../support/spool.js';
import { Terminal } from '../support/terminal.js';
import { type World, world } from './rig.js';

/** Each test starts the program many times. */
const LONG = { timeout: 90_000 };

let all: World;
let client: Client;
let env: Record<string, string>;
let url: string;

beforeAll(async () => {
  all = await world();
  const served = await all.serve();
  ({ client, url } = served);
  env = { SPOOL_HOME: all.home.join('spool'), HOME: all.home.path, SPOOL_URL: url, SPOOL_TOKEN: served.token };
  for (const alias of ['worker', 'lead']) await client.agents.create({ alias, runtime: 'mock', tasks: {} });
  await client.agents.create({ alias: 'coder', cwd: all.work, tasks: {} });
}, LONG.timeout);

afterAll(async () => {
  await all[Symbol.asyncDispose]();
});

const cli = (...args: string[]): Promise<Ran> => spool(args, { env, cwd: all.work });
const send = async (...args: string[]): Promise<string> => (await cli('task', 'send', ...args)).stdout.trim();
/** As a person types it. */
const short = (id: string): string => id.slice(-6);

describe('a task that is waited for', LONG, () => {
  test('leaves its reply alone on stdout', async () => {
    expect(await cli('task', 'send', 'worker', '[[reason:Easy.]] [[text:All green.]]', '--wait')).toEqual({
      ...{ status: 0, stdout: 'All green.\n', stderr: '' },
    });
  });

  test('takes its text from stdin too, and with --json is one task', async () => {
    const ran = await spool(['task', 'send', 'worker', '-', '--wait', '--json'], { env, stdin: '[[text:Read.]]\n' });
    expect(ran).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(ran.stdout)).toMatchObject({ status: 'replied', reply: 'Read.', input: '[[text:Read.]]', from: 'owner' });
  });

  test('exits with 1 when it fails, expires or is called off, says so, and puts nothing on stdout', async () => {
    expect(await cli('task', 'send', 'worker', '[[text:Half.]] [[failed:No way]]', '--wait')).toMatchObject({
      ...{ status: 1, stdout: '', stderr: expect.stringMatching(/^✗ failed: No way \(\w+\) \(turn-failed\)/) },
    });
    const late = await cli('task', 'send', 'worker', '[[stall]]', '--wait', '--deadline', '1');
    expect(late).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('✗ expired: it was to be done by') });
    const held = await send('worker', 'Later', '--hold');
    const waiting = startSpool(['task', 'wait', short(held)], { env });
    await waiting.printed('held: owner wants a person to let it go first');
    await cli('task', 'cancel', short(held), '--reason', 'not needed');
    expect(await waiting.ended).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('■ called off by owner: not needed'),
    });
    expect(await cli('task', 'wait', held)).toEqual({ status: 1, stdout: '', stderr: '■ called off\n' });
  });

  test('is left alone after --timeout (124) and by Ctrl-C (130), which says how to come back', async () => {
    const out = await cli('task', 'send', 'worker', '[[stall]]', '--wait', '--timeout', '1');
    const id = /wait (\w{6})/.exec(out.stderr)?.[1] ?? '';
    expect(out).toMatchObject({ status: 124, stdout: '', stderr: expect.stringContaining('the task goes on after 1 s') });
    const waiting = startSpool(['task', 'watch', id], { env });
    await waiting.printed('works on it');
    waiting.child.kill('SIGINT');
    expect(await waiting.ended).toMatchObject({ status: 130, stderr: expect.stringContaining(`\`spool task wait ${id}\``) });
    expect(await cli('task', 'wait', id, '--timeout', '1')).toMatchObject({ status: 124 });
    expect((await cli('task', 'show', id)).stdout).toMatch(/^status +running$/m);
    expect((await cli('task', 'cancel', id)).status).toBe(0);
  });

  test('says what its agent asks for and how to answer, and goes on with the answer', async () => {
    const waiting = startSpool(['task', 'send', 'coder', '[[sh!:touch allowed.txt]] [[text:Done.]]', '--wait'], { env });
    const answer = await waiting.says(/spool permit allow \S+/);
    expect((await cli('task', 'ls', '--status', 'waiting')).stdout).toMatch(/waiting: approval +coder/);
    expect((await cli(...answer.split(' ').slice(1))).status).toBe(0);
    const { status, stdout, stderr } = await waiting.ended;
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'Done.\n' });
    expect(stderr).toMatch(/^\? its agent asks for a permission: .*touch allowed\.txt/);
    expect(stderr).toContain('it goes on: the question was answered');
    expect(existsSync(join(all.work, 'allowed.txt'))).toBe(true);
  });
});

describe('a task that is sent', LONG, () => {
  test('prints its id, and stderr says what is next', async () => {
    const { status, stdout, stderr } = await cli('task', 'send', 'worker', '[[text:ok]]', '--from', 'lead', '--attempts', '2');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^tsk_[0-9a-z]{26}\n$/);
    expect(stderr).toContain(`\`spool task wait ${short(stdout.trim())}\``);
    const shown = await cli('task', 'show', short(stdout.trim()));
    expect(shown.stdout).toMatch(/^from → to +lead → worker$/m);
  });

  test('is refused where nobody is called that (2), and where a rule does not let it pass (4)', async () => {
    expect(await cli('task', 'send', 'wroker', 'x')).toMatchObject({ status: 2, stderr: expect.stringContaining('did you mean worker?') });
    expect(await cli('task', 'send', 'lead', 'x', '--from', 'lead')).toMatchObject({
      ...{ status: 4, stdout: '', stderr: expect.stringContaining('would send a task to itself: lead → lead') },
    });
    expect(await cli('task', 'send', 'worker', 'x', '--timeout', '5')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--wait'),
    });
    expect((await cli('task', 'send', 'worker', 'x', '--deadline', 'soon')).status).toBe(2);
  });

  test('is listed with what it waits for, found by a part of its id, and never by one that fits two', async () => {
    const held = await send('worker', 'Deploy it', '--hold');
    const ran = await cli('task', 'ls', '--to', 'worker', '--open');
    expect(ran.stdout).toContain(held);
    expect(ran.stdout).not.toContain('replied');
    expect(ran.stderr).toContain(`…${short(held)} ? held: owner wants a person to let it go first`);
    expect(ran.stderr).toContain(`spool task approve ${short(held)}`);
    const { items } = JSON.parse((await cli('task', 'ls', '--all', '--json')).stdout) as { items: Task[] };
    expect(items[0]?.id).toBe(held);
    expect(items.length).toBeGreaterThan(3);
    expect((JSON.parse((await cli('task', 'ls', '--limit', '2', '--json')).stdout) as { items: Task[] }).items).toHaveLength(2);
    expect(await cli('task', 'show', 'tsk')).toMatchObject({ status: 2, stderr: expect.stringContaining('type more of it') });
    expect(await cli('task', 'show', 'nothing')).toMatchObject({ status: 2, stderr: expect.stringContaining('`spool task ls`') });
    await cli('task', 'cancel', held);
  });
});

describe('a person', LONG, () => {
  test('holds what has not begun, lets it go, and cannot hold it any more then', async () => {
    const stall = await send('lead', '[[stall]]');
    const queued = await send('lead', '[[text:Then this.]]');
    expect(await cli('task', 'hold', short(queued), '--reason', 'first the other')).toMatchObject({
      ...{ status: 0, stderr: expect.stringContaining(`spool task approve ${short(queued)}`) },
    });
    await cli('task', 'cancel', stall);
    expect((await client.tasks.get(queued)).waiting).toMatchObject({ for: 'release', reason: 'first the other' });
    expect((await cli('task', 'approve', short(queued))).stderr).toContain(`let go ${queued}`);
    expect(await cli('task', 'wait', queued)).toMatchObject({ status: 0, stdout: 'Then this.\n' });
    for (const verb of ['hold', 'approve', 'cancel']) expect((await cli('task', verb, queued)).status).toBe(5);
  });

  test('is sent tasks too and replies to them, once', async () => {
    const waiting = startSpool(['task', 'send', 'person', 'Red or blue?', '--from', 'worker', '--wait'], { env });
    const typed = await waiting.says(/spool task reply \w+/);
    const id = typed.split(' ').at(-1) ?? '';
    expect((await spool(['task', 'reply', id, '-'], { env, stdin: 'Blue.' })).status).toBe(0);
    expect(await waiting.ended).toMatchObject({ status: 0, stdout: 'Blue.\n' });
    expect(await cli('task', 'reply', id, 'Red.')).toMatchObject({ status: 5, stderr: expect.stringContaining('has ended: replied') });
  });
});

describe('watching', LONG, () => {
  test('puts the reply on stdout and the rest on stderr; with --json every event is a line', async () => {
    const id = await send('worker', '[[deltas:3:10]] [[text:The end.]]');
    const ran = await cli('task', 'watch', short(id));
    expect(ran).toMatchObject({ status: 0, stdout: expect.stringMatching(/The end\.\n$/) });
    expect(ran.stderr).toMatch(/^› \[\[deltas.*\n {2}owner → worker\nworker works on it\nin session …/);
    expect(ran.stderr).toMatch(/✓ replied · .*\n$/);
    const lines = (await cli('task', 'watch', id, '--json')).stdout.trimEnd().split('\n');
    const events = lines.map((line) => JSON.parse(line) as TaskEvent);
    expect(events.map(({ position }) => position)).toEqual(events.map((_, at) => at + 1));
    expect([events[0]?.type, events.at(-1)?.type]).toEqual(['task.sent', 'task.replied']);
  });

  test('at a terminal shows the reply as it is written, once, within 80 columns', async () => {
    await using terminal = new Terminal(['task', 'send', 'worker', '[[deltas:4:10]] [[text:Ready.]]', '--watch'], {
      env: { ...env, NO_COLOR: '1' },
    });
    const screen = await terminal.shows('[exit 0]');
    expect(screen.match(/Ready\./g)).toHaveLength(2);
    expect(screen).toMatch(/\nReady\.\n\n✓ replied · .*\n\[exit 0\]$/);
  });
});

test('a task that is watched is followed through a host that is killed and comes back', LONG, async () => {
  await using w = await world();
  const first = await w.serve();
  const port = new URL(first.url).port;
  const there = { SPOOL_HOME: w.home.join('spool'), HOME: w.home.path, SPOOL_URL: first.url };
  await first.client.agents.create({ alias: 'coder', cwd: w.work, tasks: {} });
  const watching = startSpool(['task', 'send', 'coder', '[[deltas:80:100]] [[text:There it is.]]', '--watch'], { env: there });
  await watching.printed('1 2');
  await first.kill('SIGKILL');
  await watching.printed('trying again');
  await w.serve('--port', port);
  const { status, stdout, stderr } = await watching.ended;
  expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/\nThere it is\.\n$/) });
  expect(stderr.match(/trying again/g)).toHaveLength(1);
  expect(stderr).toMatch(/✓ replied · .*\n$/);
});

describe('agents', LONG, () => {
  test('are made to take part, changed and made to stop', async () => {
    const flags = ['--role', 'reviews changes', '--task-skill', 'review,go', '--tasks-from', 'lead', '--at-once', '2', '--tasks-hold'];
    expect((await cli('agent', 'create', 'reviewer', '--runtime', 'mock', ...flags)).status).toBe(0);
    expect((await client.agents.get('reviewer')).tasks).toEqual({
      ...{ role: 'reviews changes', skills: ['review', 'go'], from: ['lead'], atOnce: 2, hold: true },
    });
    expect((await cli('agent', 'set', 'reviewer', '--unset', 'tasks.hold', '--tasks-to', '')).stdout).toMatch(/^tasks to +nobody$/m);
    expect((await client.agents.get('reviewer')).tasks).toEqual({
      ...{ role: 'reviews changes', skills: ['review', 'go'], from: ['lead'], to: [], atOnce: 2 },
    });
    expect((await cli('agent', 'ls')).stdout).toMatch(/^reviewer +mock +yes +0 of 2 +reviews changes$/m);
    expect((await cli('nodes')).stdout).toMatch(/^reviewer +mock +yes +0 of 2 +yes +reviews changes; review, go$/m);
    await cli('agent', 'set', 'reviewer', '--no-tasks');
    expect((await client.agents.get('reviewer')).tasks).toBeUndefined();
    expect((await cli('agent', 'show', 'reviewer')).stdout).toMatch(/^tasks +only from people$/m);
  });

  test('from elsewhere are admitted with a token that is printed once, and worth nothing when they are dismissed', async () => {
    const admitted = await cli('agent', 'admit', 'ci', '--role', 'runs the builds', '--skill', 'build');
    expect(admitted).toMatchObject({ status: 0, stderr: expect.stringContaining('It is not shown again'.toLowerCase()) });
    const token = admitted.stdout.trim();
    expect((await cli('agent', 'show', 'ci')).stdout).toMatch(/^online +no, not heard of/m);
    const sent = await cli('task', 'send', 'ci', 'Build it');
    expect(sent.stderr).toContain('! ci is offline: the task waits until it is back');
    const ci = connect({ url, token });
    const task = await ci.tasks.lease();
    expect(task?.id).toBe(sent.stdout.trim());
    expect((await cli('agent', 'ls')).stdout).toMatch(/^ci +\(elsewhere\) +yes +1 of 1 +runs the builds$/m);
    // An agent sees who takes part, and not how they are made.
    expect((await cli('agent', 'ls', '--token', token)).stdout).toMatch(/^worker +mock +yes/m);
    await ci.tasks.reply(task?.id ?? '', { text: 'Built.' });
    expect(await cli('task', 'wait', sent.stdout.trim())).toMatchObject({ status: 0, stdout: 'Built.\n' });
    await send('ci', 'Build it again');
    expect((await cli('agent', 'dismiss', 'ci')).stderr).toContain('1 open task for it');
    expect((await cli('task', 'ls', '--token', token)).status).toBe(4);
    expect((await cli('agent', 'show', 'ci')).status).toBe(2);
  });
});

test('a schedule is made, shown, paused, resumed, run now and removed', LONG, async () => {
  const added = await cli(
    'schedule',
    'add',
    'worker',
    '[[text:Good morning.]]',
    '--cron',
    '0 9 * * MON-FRI',
    '--time-zone',
    'Europe/Berlin',
  );
  const id = added.stdout.trim();
  expect(added.stderr).toMatch(/it is sent in \d+ (?:min|h|d), at /);
  const single = (await cli('schedule', 'add', 'worker', 'Later', '--at', '+1h', '--queue', '60')).stdout.trim();
  expect(await client.schedules.get(single)).toMatchObject({ at: expect.any(String), task: { to: 'worker', queueSeconds: 60 } });
  expect((await cli('schedule', 'ls')).stdout).toMatch(new RegExp(`^${id} +in .* 0 9 \\* \\* MON-FRI \\(Europe/Berlin\\) +worker`, 'm'));
  await cli('schedule', 'pause', short(id));
  expect((await cli('schedule', 'show', short(id))).stdout).toMatch(/^next +paused$/m);
  expect((await cli('schedule', 'resume', short(id))).stderr).toMatch(/sends again: in \d/);
  const task = (await cli('schedule', 'run', short(id))).stdout.trim();
  expect(await cli('task', 'wait', task)).toMatchObject({ status: 0, stdout: 'Good morning.\n' });
  for (const one of [id, single]) expect((await cli('schedule', 'rm', one)).status).toBe(0);
  expect(await cli('schedule', 'ls')).toMatchObject({ status: 0, stdout: '', stderr: expect.stringContaining('no schedules yet') });
  expect(await cli('schedule', 'add', 'worker', 'x')).toMatchObject({ status: 2, stderr: expect.stringContaining('--cron') });
  expect(await cli('schedule', 'show', short(id))).toMatchObject({ status: 2, stderr: expect.stringContaining('`spool schedule ls`') });
});

test('a webhook is made with a secret that is printed once, shown and removed; what it wants posted is posted', LONG, async () => {
  const taken: string[] = [];
  const receiver = createServer((request, response) => {
    taken.push(String(request.headers['webhook-id']));
    request.resume().on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening));
  const came = once(receiver, 'request');
  const address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const added = await cli('webhook', 'add', address, '--event', 'task.replied,task.failed', '--agent', 'worker');
  expect(added.stdout).toMatch(/^whsec_\S+\n$/);
  const [made] = (await client.webhooks.list()).items;
  expect(made).toMatchObject({ url: address, events: ['task.replied', 'task.failed'], agents: ['worker'] });
  const task = JSON.parse((await cli('task', 'send', 'worker', '[[text:ok]]', '--wait', '--json')).stdout) as Task;
  await came;
  expect(taken).toEqual([expect.stringContaining(`${task.id}:`)]);
  expect((await cli('webhook', 'show', short(made?.id ?? ''))).stdout).toMatch(/^events +task\.replied, task\.failed$/m);
  expect((await cli('webhook', 'ls')).stdout).toMatch(new RegExp(`^${made?.id} +ok `, 'm'));
  expect(await cli('webhook', 'dead', 'whk')).toEqual({ status: 0, stdout: '', stderr: 'no dead letters\n' });
  expect((await cli('webhook', 'redeliver', 'whk')).stderr).toContain(`the dead letters of ${made?.id} are posted again`);
  expect((await cli('webhook', 'rm', 'whk')).status).toBe(0);
  expect((await client.webhooks.list()).items).toEqual([]);
  receiver.close();
});
