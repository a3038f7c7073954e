/** Sessions driven from the command line with everything real: copies, reviews, compaction, the queue, and who answers when nobody watches. */

import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Client } from '../../src/client/index.js';
import { type Ran, spool, startSpool } from '../support/spool.js';
import { Terminal } from '../support/terminal.js';
import { eventOf, type World, world } from './rig.js';

let all: World;
let client: Client;
let env: Record<string, string>;

beforeAll(async () => {
  all = await world();
  const served = await all.serve();
  client = served.client;
  env = { SPOOL_HOME: all.home.join('spool'), HOME: all.home.path, SPOOL_URL: served.url, SPOOL_TOKEN: served.token };
});

afterAll(async () => {
  await all[Symbol.asyncDispose]();
});

const cli = (...args: string[]): Promise<Ran> => spool(args, { env, cwd: all.work });
const open = async (): Promise<string> => (await cli('new')).stdout.trim();

/** Has a turn run to its end. */
async function turn(session: string, ...words: string[]): Promise<string> {
  const id = (await cli('send', session, ...words)).stdout.trim();
  expect((await cli('wait', session, '--turn', id)).status).toBe(0);
  return id;
}

test('a copy goes on from the turn that was named, and the first session knows nothing of it', async () => {
  const session = await open();
  const first = await turn(session, '[[text:one]]');
  await turn(session, '[[text:two]]');
  const copy = (await cli('fork', session, '--turn', first.slice(-6), '--title', 'Another way')).stdout.trim();
  await turn(copy, '[[text:three]]');
  expect((await cli('show', copy)).stdout).toContain('title    Another way\n');
  const asked = JSON.stringify(all.model.requests.at(-1)?.body);
  expect(asked).toContain('[[text:one]]');
  expect(asked).not.toContain('[[text:two]]');
  expect((await client.turns.list(session)).items).toHaveLength(2);
});

test('review prints the review, compact waits for its end, rename and models say what they did', async () => {
  const session = await open();
  await turn(session, '[[text:hi]]');
  const verdict = { findings: [], overall_correctness: 'ok', overall_explanation: 'looks right', overall_confidence_score: 0.5 };
  const review = await cli('review', session, '--instructions', `look [[text:${JSON.stringify(verdict)}]]`);
  expect(review).toMatchObject({ status: 0, stdout: expect.stringContaining('looks right') });
  expect(await cli('compact', session)).toMatchObject({ status: 0, stdout: '', stderr: expect.stringContaining('✓ completed') });
  expect((await cli('rename', session, 'The release')).status).toBe(0);
  expect((await cli('ls')).stdout).toContain('The release');
  const shown = (await cli('show', session)).stdout;
  expect(shown).toContain('[review: look');
  expect(shown).toContain('[compact the conversation]');
  expect((await cli('models')).stdout).toMatch(/^\* {2}\S+ .*medium/m);
});

test('turns that wait are listed, moved and taken back, and run in the order that is left', async () => {
  const session = await open();
  const running = (await cli('send', session, '[[deltas:400:50]]')).stdout.trim();
  await eventOf(client, session, (event) => event.type === 'item.delta');
  for (const text of ['one', 'two', 'three']) await cli('send', session, `[[text:${text}]]`, '--mode', 'queue');
  const queue = async (): Promise<string[]> =>
    [...(await cli('queue', 'ls', session)).stdout.matchAll(/\[\[text:(\w+)\]\]/g)].map(([, word]) => word ?? '');
  const { items } = await client.turns.list(session);
  expect(await queue()).toEqual(['one', 'two', 'three']);
  expect((await cli('queue', 'move', session, items.at(-1)?.id ?? '', '--first')).status).toBe(0);
  expect((await cli('queue', 'cancel', session, items.at(1)?.id ?? '')).status).toBe(0);
  expect(await queue()).toEqual(['three', 'two']);
  expect((await cli('queue', 'cancel', session, running)).status).toBe(5);
  await cli('interrupt', session);
  expect(await cli('wait', session)).toMatchObject({ status: 0, stdout: 'two\n' });
  const logs = (await cli('logs', session)).stdout;
  expect(logs).toMatch(/turn\.queued +moved by owner, before trn_/);
  expect(logs).toMatch(/turn\.interrupted +taken back by owner before it began/);
  expect(logs.indexOf('agentMessage three')).toBeLessThan(logs.indexOf('agentMessage two'));
});

test('with --approve auto the host answers also when whoever asked has died', async () => {
  const running = startSpool(['run', '[[deltas:40:50]] [[sh!:touch made.txt]] [[text:made]]', '--approve', 'auto', '--json'], {
    env,
    cwd: all.work,
  });
  await running.printed('item.delta');
  running.child.kill('SIGKILL');
  await once(running.child, 'close');
  const [session] = (await client.sessions.list()).items;
  expect(await cli('wait', session?.id ?? '')).toMatchObject({ status: 0, stdout: 'made\n' });
  expect(existsSync(join(all.work, 'made.txt'))).toBe(true);
  expect((await cli('logs', session?.id ?? '')).stdout).toMatch(
    /approval\.answered +\S+ accept by policy: the mode "auto" without rules accepts/,
  );
});

test('with --approve deny nothing is allowed, and the turn goes on', async () => {
  const { status, stderr } = await cli('run', '[[sh!:touch denied.txt]] [[text:then not]]', '--approve', 'deny');
  expect(status).toBe(0);
  expect(stderr).toContain('⊘ declined by the policy');
  expect(stderr).toContain('· denied: --approve deny');
  expect(existsSync(join(all.work, 'denied.txt'))).toBe(false);
});

test('at a terminal a command is allowed with a key, and the rule it offers is shown as one for good', async () => {
  await using terminal = new Terminal(['run', '[[sh!:touch allowed.txt]] [[text:Thank you.]]'], {
    env: { ...env, NO_COLOR: '1' },
    cwd: all.work,
  });
  const screen = await terminal.shows(/›$/);
  expect(screen).toContain('    touch allowed.txt\n');
  expect(screen).toContain('A yes does not keep the command in the sandbox');
  expect(screen).toMatch(/ {2}a {2}yes, for good\. From now on run commands that begin with `touch/);
  await terminal.press('y');
  await terminal.shows('[exit 0]');
  expect(existsSync(join(all.work, 'allowed.txt'))).toBe(true);
});

test('a schema and an image reach the model', async () => {
  writeFileSync(
    join(all.work, 'schema.json'),
    '{"type":"object","properties":{"n":{"type":"number"}},"required":["n"],"additionalProperties":false}',
  );
  const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  writeFileSync(join(all.work, 'pixel.png'), Buffer.from(pixel, 'base64'));
  const ran = await cli('run', '[[text:{"n":1}]]', '--output-schema', 'schema.json', '--image', 'pixel.png');
  expect(ran).toMatchObject({ status: 0, stdout: '{"n":1}\n' });
  const body = all.model.requests.at(-1)?.body;
  expect(body?.['text']).toMatchObject({
    format: { type: 'json_schema', schema: JSON.parse(readFileSync(join(all.work, 'schema.json'), 'utf8')) as object },
  });
  expect(JSON.stringify(body)).toContain('data:image/png;base64,');
});

test('a turn with a limit of its own fails when it is reached, and that is no 124', async () => {
  const session = await open();
  const id = (await cli('send', session, '[[stall]]', '--timeout', '1')).stdout.trim();
  expect(await cli('wait', session, '--turn', id)).toEqual({
    status: 1,
    stdout: '',
    stderr: 'failed: the turn took longer than its limit of 1 s (timeout)\n',
  });
});
