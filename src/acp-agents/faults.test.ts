import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stage, Talk } from '../../test/support/acp-talk.js';
import { acpUnderTest, agentIn, exampleUnderTest } from '../../test/support/acp-under-test.js';
import { SpoolError } from '../base/errors.js';
import { processStart } from '../base/process.js';
import { ManualClock } from '../testing/manual-clock.js';
import { GREETING_MS } from './link.js';
import { STOP_MS } from './run.js';

async function failure(work: Promise<unknown>): Promise<SpoolError> {
  try {
    await work;
  } catch (error) {
    return SpoolError.from(error);
  }
  throw new Error('it did not fail');
}

/** An agent that is this script. */
async function scripted(body: string, clock?: ManualClock): ReturnType<typeof acpUnderTest> {
  const script = `const say = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n');\n${body}`;
  return await acpUnderTest({ command: [process.execPath, '-e', script], ...(clock === undefined ? {} : { clock }) });
}

/** Answers each request with what `reply` makes of its method. */
const answering = (reply: string): string => `
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method, params } = JSON.parse(line);
    const reply = (${reply})(method, params);
    if (reply !== undefined && id !== undefined) say({ id, ...reply });
  });`;

describe('A program that cannot be used', () => {
  test.each([
    [undefined, 'invalid-input', 'runtimeOptions.command'],
    [['bin/agent'], 'invalid-input', 'absolute path'],
    [['no-such-agent-anywhere', 'acp'], 'runtime-missing', 'no-such-agent-anywhere is not on the PATH'],
    [['/nowhere/agent'], 'runtime-missing', 'no executable file /nowhere/agent'],
    [[import.meta.filename], 'runtime-missing', 'no executable file'],
  ] as const)('%s is %s', async (command, code, words) => {
    await using under = await exampleUnderTest();
    const error = await failure(under.agent.open({ ...under.thread, options: command === undefined ? {} : { command: [...command] } }));
    expect(error.code).toBe(code);
    expect(`${error.message} ${error.hint}`).toContain(words);
    expect(await under.agent.status()).toEqual([]);
  });

  test.each([
    ['exits at once', `console.error('no key: sk-abcdefghijklmnop'); process.exit(3)`, 'exited with code 3: no key: [redacted]'],
    ['says what is no message and exits', `console.log('Welcome!'); process.exit(0)`, 'exited with code 0: Welcome!'],
    ['closes its output', `require('node:fs').closeSync(1); setInterval(() => undefined, 1000)`, 'it closed its output'],
    ['refuses the greeting', answering(`() => ({ error: { code: -32603, message: 'not today' } })`), 'not today'],
    ['speaks another protocol', answering(`() => ({ result: { protocolVersion: 7 } })`), 'speaks version 7'],
    ['writes a line without end', `setInterval(() => process.stdout.write('x'.repeat(4 << 20)), 1)`, 'longer than'],
  ])('one that %s is refused with the reason, and nothing is left', async (_, body, words) => {
    await using under = await scripted(body);
    const error = await failure(under.agent.open(under.thread));
    expect(['runtime-failed', 'unsupported']).toContain(error.code);
    expect(error.message).toContain(words);
    expect(await under.agent.status()).toEqual([]);
  });

  test('one that never answers is given up after a while, and stopped', async () => {
    const clock = new ManualClock();
    await using under = await scripted('console.log(process.pid); setInterval(() => undefined, 1000)', clock);
    const opening = failure(under.agent.open(under.thread));
    await clock.armed();
    clock.advance(GREETING_MS);
    const { code, message } = await opening;
    expect([code, message.includes('did not answer within 120 seconds')]).toEqual(['runtime-failed', true]);
  });

  test('one that wants a login says how', async () => {
    await using under = await exampleUnderTest({ env: { EXAMPLE_LOGIN: 'wanted' } });
    const { code, hint } = await failure(under.agent.open(under.thread));
    expect([code, hint?.includes('Log in with a browser (Opens a page)')]).toEqual(['unauthorized', true]);
    expect(hint).toContain('env of the agent');
  });
});

describe('A process that fails in the middle', () => {
  test('one that dies takes its turns along, with code and last words, and the conversation is met again in a new one', async () => {
    await using at = await stage();
    const other = await at.also();
    await other.begin('count 400 50');
    await other.until('item.delta');
    const end = await at.talk.run('say before', 'exit 5');
    expect(end).toMatchObject({ type: 'ended', how: 'exited', exitCode: 5, signal: null });
    expect(at.talk.of('item.delta').map(({ text }) => text)).toEqual(['before']);
    expect(await other.end()).toMatchObject({ type: 'ended', how: 'exited', exitCode: 5 });
    expect((await failure(at.talk.begin('say late'))).code).toBe('unavailable');
    const again = await at.also({ resume: at.talk.thread.id, hadTurns: true, unsettled: { turn: 'trn_1', ref: undefined } });
    expect([again.thread.opened, again.thread.unsettled]).toEqual(['resumed', 'unknown']);
    await again.run('recall');
    expect(again.said).toContain('say before');
  });

  test('what it started is gone with it', async () => {
    await using at = await stage();
    await at.talk.run('child');
    const pid = Number(at.talk.said);
    expect(await processStart(pid)).toBeDefined();
    await at.talk.run('exit 0');
    expect(await processStart(pid)).toBeUndefined();
  });

  test('garbage is kept as it is, cut and counted, and the turn goes on', async () => {
    await using at = await stage();
    const lines = ['print Loading...', 'print {"a":1}', 'print [1,2]', `print {"jsonrpc":"2.0","id":99,"result":${'1'.repeat(9_000)}}`];
    const end = await at.talk.run(...lines, ...Array.from({ length: 100 }, () => 'print more'), 'say done');
    expect([end.type, at.talk.said]).toEqual(['turn.completed', 'done']);
    const raw = at.talk.of('raw');
    expect(raw.slice(0, 3).map(({ method, params }) => [method, params])).toEqual([
      ['stdout', { line: 'Loading...' }],
      ['stdout', { line: '{"a":1}' }],
      ['stdout', { line: '[1,2]' }],
    ]);
    expect(raw.length).toBe(20);
    expect(JSON.stringify(raw[3])).toMatch(/^.{0,80}jsonrpc.{1900,2200}$/);
  });

  test('a line that never ends ends the process', async () => {
    await using at = await stage();
    const end = await at.talk.run(`flood ${33 << 20}`, 'deaf');
    expect(end).toMatchObject({ type: 'ended', how: 'exited' });
    expect(end.type === 'ended' ? end.message : '').toContain('longer than');
  });

  test('one that does not stop when it is told to is ended after a while', async () => {
    const clock = new ManualClock();
    await using at = await stage({ clock });
    const turn = await at.talk.begin('say here', 'deaf');
    await at.talk.until('item.delta');
    await at.talk.thread.interrupt(turn);
    clock.advance(STOP_MS - 1);
    expect((await at.agent.status()).length).toBe(1);
    clock.advance(1);
    expect(await at.talk.until('turn.interrupted')).toMatchObject({
      turn,
      reason: expect.stringContaining('did not stop within 10 seconds'),
    });
    expect(await at.talk.until('ended')).toMatchObject({ how: 'exited' });
    expect(await at.agent.status()).toEqual([]);
  });

  test('one that is silent for too long is ended, however long it waits for a person', async () => {
    const clock = new ManualClock();
    await using at = await stage({ clock }, (thread) => ({ ...thread, options: { ...thread.options, idleTimeoutSeconds: 60 } }));
    await at.talk.begin('run true', 'say here', 'deaf');
    const { ref } = await at.talk.until('ask');
    clock.advance(3_600_000);
    await at.talk.thread.answer(ref, { decision: 'accept' });
    await at.talk.until('item.delta');
    clock.advance(59_999);
    expect((await at.agent.status()).length).toBe(1);
    clock.advance(1);
    expect(await at.talk.until('turn.failed')).toMatchObject({ error: { code: 'timeout', retryable: true } });
    expect(await at.talk.until('ended')).toMatchObject({ how: 'exited', message: expect.stringContaining('said nothing for 60 seconds') });
  });
});

test('what a host that was killed has left is stopped by the next one, and nothing else is', async () => {
  await using at = await stage();
  const [{ pid = null } = {}] = await at.agent.status();
  const start = await processStart(pid ?? 0);
  const runDir = at.place.join('run');
  expect(readdirSync(runDir)).toEqual([`${pid}.json`]);
  writeFileSync(join(runDir, 'half.json'), '{');
  writeFileSync(join(runDir, 'later.json'), JSON.stringify({ pid: process.pid, start: 'another time' }));
  expect(start).toBeDefined();
  // The next host of the same home, while the process of this one is still there as after a kill.
  await using next = agentIn(at.place);
  const talk = new Talk(await next.open(at.thread));
  expect(await processStart(pid ?? 0)).toBeUndefined();
  const [{ pid: its } = {}] = await next.status();
  expect(readdirSync(runDir)).toEqual([`${its}.json`]);
  expect((await at.talk.end()).type).toBe('ended');
  await next[Symbol.asyncDispose]();
  expect([readdirSync(runDir), (await talk.end()).type]).toEqual([[], 'ended']);
});

test('a runtime that is closed while a process starts leaves none', async () => {
  await using under = await scripted('setInterval(() => undefined, 1000)');
  const opening = failure(under.agent.open(under.thread));
  await under.agent[Symbol.asyncDispose]();
  expect((await opening).code).toBe('unavailable');
  expect(await under.agent.status()).toEqual([]);
});

test('nobody listens twice to one conversation', async () => {
  await using at = await stage();
  await at.talk.begin('count 400 50');
  const again = { ...at.thread, resume: at.talk.thread.id, hadTurns: true };
  expect((await failure(at.agent.open(again))).code).toBe('conflict');
  await at.talk.thread[Symbol.asyncDispose]();
  const next = new Talk(await at.agent.open({ ...again, unsettled: { turn: 'trn_1', ref: 'trn_1' } }));
  await next.thread.interrupt('trn_1');
  expect((await next.end()).type).toBe('turn.interrupted');
});
