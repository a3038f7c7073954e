/** Commands about a session beside its turns: copies, names, the queue, compaction and reviews; and what a request for a turn may say. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AskingHost, SESSION } from '../../test/support/asking-host.js';
import { type Ran, spool, startSpool } from '../../test/support/spool.js';

const AT = '2026-01-01T00:00:02.000Z';

let asking: AskingHost;
let folder: string;

const cli = (...args: string[]): Promise<Ran> => spool(args, { env: asking.env, cwd: folder });
const sent = (path: RegExp): unknown =>
  asking.host.requests.findLast((request) => request.method !== 'GET' && path.test(request.path))?.body;
const send = async (...args: string[]): Promise<string> => (await cli('send', SESSION, ...args)).stdout.trim();

beforeEach(async () => {
  asking = await new AskingHost().start();
  folder = join(asking.env['SPOOL_HOME'] ?? '', 'work');
  mkdirSync(folder);
});

afterEach(async () => {
  await asking[Symbol.asyncDispose]();
});

describe('a copy', () => {
  test('is a session of its own; fork prints its id and says where it comes from', async () => {
    asking.host.onTurn = (session, { id: turn }) =>
      asking.host.append(session, { type: 'turn.completed', turn, at: AT, data: { finalText: 'x', usage: null } });
    const turn = await send('First');
    const { status, stdout, stderr } = await cli('fork', '000001', '--turn', turn.slice(-4), '--title', 'Another way');
    expect(status).toBe(0);
    expect(sent(/fork$/)).toEqual({ turn, title: 'Another way' });
    expect(stderr).toContain('a copy of …000001 up to its turn …000001; `spool send 000002 "…"`');
    const shown = (await cli('show', stdout.trim())).stdout;
    expect(shown).toContain('title    Another way\n');
    expect(shown).toContain(`copy of  ${SESSION} up to ${turn}\n`);
    expect(JSON.parse((await cli('fork', SESSION, '--json')).stdout)).toMatchObject({ forkedFrom: { session: SESSION, turn: null } });
  });
});

test('rename gives a session another title', async () => {
  expect(await cli('rename', '000001', 'The release')).toEqual({ status: 0, stdout: '', stderr: `${SESSION} is called The release now\n` });
  expect((await cli('show', SESSION)).stdout).toContain('title    The release\n');
});

test('models lists what an agent can be told to use, and marks what it uses anyway', async () => {
  expect((await cli('models')).stderr).toBe('the runtime of this agent names no models\n');
  const model = {
    name: 'The Large One',
    description: 'thinks long',
    default: true,
    efforts: ['low', 'high'],
    defaultEffort: 'low',
    serviceTiers: [],
    images: true,
  };
  asking.host.models = [
    { ...model, id: 'big' },
    { ...model, id: 'small', name: 'Small', description: 'is quick', default: false, defaultEffort: null },
  ];
  expect((await cli('models', 'other')).stdout).toBe(
    '   MODEL  EFFORT     ABOUT\n*  big    low* high  The Large One: thinks long\n   small  low high   is quick\n',
  );
  expect(asking.host.requests.at(-1)?.path).toBe('/v1/agents/other/models');
});

describe('the queue', () => {
  let turns: string[];

  beforeEach(async () => {
    turns = [await send('Running')];
    for (const text of ['one', 'two', 'three']) turns.push(await send(text, '--mode', 'queue'));
  });

  const queue = async (): Promise<string[]> => {
    const { stdout } = await cli('queue', 'ls', SESSION);
    return stdout
      .split('\n')
      .flatMap((line) => / {2}(\S+)$/.exec(line)?.[1] ?? [])
      .slice(1);
  };

  test('is listed in the order in which its turns will run, also after they were moved', async () => {
    expect(await queue()).toEqual(['one', 'two', 'three']);
    expect(await cli('queue', 'move', SESSION, '…004', '--first')).toMatchObject({
      status: 0,
      stderr: `${turns[3]} waits before …000002 now\n`,
    });
    expect(await queue()).toEqual(['three', 'one', 'two']);
    await cli('queue', 'move', SESSION, turns[1] ?? '');
    expect(sent(/move$/)).toEqual({ before: null });
    expect(await queue()).toEqual(['three', 'two', 'one']);
    await cli('queue', 'move', SESSION, turns[1] ?? '', '--before', '003');
    expect(await queue()).toEqual(['three', 'one', 'two']);
    expect((await cli('queue', 'move', SESSION, '003', '--before', '004', '--first')).status).toBe(2);
    const { items } = JSON.parse((await cli('queue', 'ls', SESSION, '--json')).stdout) as { items: { id: string }[] };
    expect(items.map(({ id }) => id)).toEqual([turns[3], turns[1], turns[2]]);
  });

  test('loses a turn that is taken back; one that has begun is a conflict', async () => {
    expect(await cli('queue', 'cancel', SESSION, '003')).toEqual({ status: 0, stdout: '', stderr: `taken back ${turns[2]}\n` });
    expect(await queue()).toEqual(['one', 'three']);
    expect(await cli('queue', 'cancel', SESSION, '001')).toMatchObject({ status: 5, stderr: expect.stringContaining('interrupt') });
  });

  test('that is empty says so', async () => {
    for (const turn of ['002', '003', '004']) await cli('queue', 'cancel', SESSION, turn);
    expect(await cli('queue', 'ls', SESSION)).toEqual({ status: 0, stdout: '', stderr: 'no turn waits\n' });
  });
});

describe('compact and review', () => {
  /** The work starts and ends at once. */
  function ends(finalText: string | null): void {
    asking.host.onTurn = (session, { id: turn }) => {
      asking.host.append(session, { type: 'turn.started', turn, at: AT, data: { ref: 'r' } });
      asking.host.append(session, { type: 'turn.completed', turn, at: AT, data: { finalText, usage: null } });
    };
  }

  test('compact waits for its end, and has no text', async () => {
    ends(null);
    expect(await cli('compact', '000001')).toMatchObject({ status: 0, stdout: '', stderr: expect.stringContaining('✓ completed') });
    expect(sent(/compact$/)).toEqual({});
  });

  test.each([
    [[], { type: 'uncommittedChanges' }],
    [['--base', 'main'], { type: 'baseBranch', branch: 'main' }],
    [['--commit', 'abc'], { type: 'commit', sha: 'abc' }],
    [['--instructions', 'Look at the tests'], { type: 'custom', instructions: 'Look at the tests' }],
  ])('review %j prints the review', async (flags, target) => {
    ends('All good.');
    expect(await cli('review', SESSION, ...flags)).toMatchObject({ status: 0, stdout: 'All good.\n' });
    expect(sent(/review$/)).toEqual({ target });
  });

  test('a review is about one thing', async () => {
    expect((await cli('review', SESSION, '--base', 'main', '--commit', 'abc')).status).toBe(2);
    expect(sent(/review$/)).toBeUndefined();
  });

  test('Ctrl-C takes a review back that still waits, and leaves the turn alone that runs', async () => {
    await send('Running');
    const reviewing = startSpool(['review', SESSION], { env: asking.env });
    await reviewing.printed('queued');
    reviewing.child.kill('SIGINT');
    expect(await reviewing.ended).toMatchObject({
      status: 130,
      stderr: expect.stringContaining('■ interrupted: taken back by owner before it began'),
    });
    expect(asking.host.requests.some(({ path }) => path.endsWith('/interrupt'))).toBe(false);
  });

  test('Ctrl-C interrupts a review that has begun meanwhile', async () => {
    const running = await send('Running');
    const reviewing = startSpool(['review', SESSION], { env: asking.env });
    await reviewing.printed('queued');
    const turn = `trn_${'2'.padStart(26, '0')}`;
    asking.host.append(SESSION, { type: 'turn.completed', turn: running, at: AT, data: { finalText: null, usage: null } });
    asking.host.append(SESSION, { type: 'turn.started', turn, at: AT, data: { ref: 'r' } });
    await reviewing.printed('begins now');
    asking.host.onInterrupt = () =>
      asking.host.append(SESSION, { type: 'turn.interrupted', turn, at: AT, data: { finalText: null, usage: null } });
    reviewing.child.kill('SIGINT');
    expect((await reviewing.ended).status).toBe(130);
    expect(asking.host.requests.some(({ path }) => path.endsWith('/interrupt'))).toBe(true);
  });
});

describe('a request', () => {
  test('says what is wished for its turn, and for how long', async () => {
    await send('Go', '--model', 'big', '--effort', 'high', '--sticky', '--timeout', '60', '--idle', '30', '--queue-timeout', '5');
    expect(sent(/turns$/)).toEqual({
      input: 'Go',
      model: 'big',
      effort: 'high',
      sticky: true,
      limits: { turnSeconds: 60, idleSeconds: 30, queueSeconds: 5 },
    });
    await send('Go');
    expect(sent(/turns$/)).toEqual({ input: 'Go' });
  });

  test('takes images along: files by their paths, others by their addresses', async () => {
    writeFileSync(join(folder, 'a,b.png'), 'x');
    const url = 'https://example.com/c.png';
    const input = [
      { type: 'text', text: 'Look' },
      { type: 'localImage', path: join(folder, 'a,b.png') },
      { type: 'image', url },
    ];
    await send('Look', '--image', 'a,b.png', '--image', url);
    expect(sent(/turns$/)).toEqual({ input });
    asking.host.onTurn = (session, { id: turn }) =>
      asking.host.append(session, { type: 'turn.completed', turn, at: AT, data: { finalText: 'x', usage: null } });
    await cli('run', 'Look', '--image=a,b.png', '--image', url);
    expect(sent(/turns$/)).toEqual({ input });
  });

  test('is sent the image itself where the host is another machine', async () => {
    writeFileSync(join(folder, 'a.jpg'), 'abc');
    const elsewhere = asking.host.url.replace('127.0.0.1', '0.0.0.0');
    await cli('send', SESSION, 'Look', '--image', 'a.jpg', '--host', elsewhere);
    expect(sent(/turns$/)).toEqual({
      input: [
        { type: 'text', text: 'Look' },
        { type: 'image', url: 'data:image/jpeg;base64,YWJj' },
      ],
    });
    writeFileSync(join(folder, 'a.xyz'), 'abc');
    expect(await cli('send', SESSION, 'Look', '--image', 'a.xyz', '--host', elsewhere)).toMatchObject({ status: 2 });
  });

  test('carries the schema that its final text has to follow', async () => {
    writeFileSync(join(folder, 'schema.json'), '{"type": "object"}');
    asking.host.onTurn = (session, { id: turn }) =>
      asking.host.append(session, { type: 'turn.completed', turn, at: AT, data: { finalText: '{}', usage: null } });
    expect((await cli('run', 'Go', '--output-schema', 'schema.json')).stdout).toBe('{}\n');
    expect(sent(/turns$/)).toEqual({ input: 'Go', outputSchema: { type: 'object' } });
  });

  test.each([
    [['--image', 'gone.png'], '--image names no file that can be read: gone.png'],
    [['--output-schema', 'gone.json'], '--output-schema names no file that can be read: gone.json'],
    [['--output-schema', 'list.json'], 'list.json is no JSON schema'],
    [['--output-schema', 'text.json'], 'text.json is no JSON'],
    [['--idle', 'long'], '--idle wants a whole number'],
  ])('with %j is a usage error, and nothing is asked', async (flags, words) => {
    writeFileSync(join(folder, 'list.json'), '[]');
    writeFileSync(join(folder, 'text.json'), 'text');
    expect(await cli('send', SESSION, 'Go', ...flags)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(words) });
    expect(asking.host.requests).toEqual([]);
  });
});

describe('who answers', () => {
  test('is a matter of the session, so that the host does it when this client is gone', async () => {
    asking.host.onTurn = (session, { id: turn }) =>
      asking.host.append(session, { type: 'turn.completed', turn, at: AT, data: { finalText: 'x', usage: null } });
    for (const mode of ['auto', 'deny', 'ask']) {
      await cli('run', 'Go', '--approve', mode);
      expect(sent(/sessions$/)).toMatchObject({ approvals: { mode } });
      await cli('new', '--approve', mode);
      expect(sent(/sessions$/)).toMatchObject({ approvals: { mode } });
    }
    await cli('run', 'Go');
    expect(sent(/sessions$/)).not.toHaveProperty('approvals');
  });

  test('show tells it, with the limits', async () => {
    const rules = [{ decision: 'accept', readOnly: true }] as const;
    asking.host.addSession('ses_00000000000000000000000009', {
      approvals: { mode: 'auto', rules: [...rules], deadlineSeconds: 30 },
      limits: { turnSeconds: 60, idleSeconds: null },
    });
    const { stdout } = await cli('show', '09');
    expect(stdout).toContain('answers  auto, 1 rule before it, within 30 s\n');
    expect(stdout).toContain('limits   a turn 60 s, silence no limit\n');
  });
});

describe('exit statuses', () => {
  test('1 when the host ends a turn that is too slow: 124 is for the time that was given here', async () => {
    const message = 'the turn took longer than its limit of 5 s';
    asking.host.onTurn = (session, { id: turn }) =>
      asking.host.append(session, {
        type: 'turn.failed',
        turn,
        at: AT,
        data: { code: 'timeout', message, retryable: true, finalText: null, usage: null },
      });
    expect((await cli('run', 'Go')).status).toBe(1);
    await send('Go', '--timeout', '5');
    expect(await cli('wait', SESSION)).toMatchObject({ status: 1, stdout: '', stderr: `failed: ${message} (timeout)\n` });
  });

  test('1 for a turn that was interrupted, which wait says', async () => {
    asking.host.onTurn = (session, { id: turn }) =>
      asking.host.append(session, { type: 'turn.interrupted', turn, at: AT, data: { finalText: 'half', usage: null } });
    await send('Go');
    expect(await cli('wait', SESSION)).toEqual({ status: 1, stdout: '', stderr: 'interrupted\n' });
  });
});
