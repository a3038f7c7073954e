/** How servers of OpenCode are started, given what they need, and ended: with the real one, and with programs that do it wrong. */

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { FactEar } from '../../test/support/fact-ear.js';
import { bash, OPENCODE, opencodeUnderTest, tool } from '../../test/support/opencode-under-test.js';
import { SpoolError } from '../base/errors.js';
import { processStart } from '../base/process.js';
import { ManualClock } from '../testing/manual-clock.js';
import { tempHome } from '../testing/temp-home.js';
import { findOpencode } from './binary.js';

vi.setConfig({ testTimeout: 180_000 });

async function failureOf(work: Promise<unknown>): Promise<SpoolError> {
  return await work.then(
    () => new SpoolError('internal', 'nothing failed'),
    (error: unknown) => SpoolError.from(error),
  );
}

/** A program that says it is OpenCode, and what it does when it is to serve. */
function program(path: string, serve: string, version = '1.18.33'): string {
  writeFileSync(path, `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; exit 0; fi\n${serve}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Whether somebody listens there. */
function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

describe('Which OpenCode is used', () => {
  test('one that is named, else one on the PATH, else the one beside Spool; without any it is said how to get one', async () => {
    await using place = await tempHome();
    const mine = program(place.join('opencode'), 'exit 1');
    expect(findOpencode({ explicit: mine, path: undefined })).toBe(mine);
    expect(findOpencode({ explicit: undefined, path: place.path })).toBe(mine);
    expect(findOpencode({ explicit: undefined, path: '/nowhere' })).toBe(OPENCODE);
    expect(() => findOpencode({ explicit: '/nowhere/opencode', path: place.path })).toThrow('is not an executable file');
  });

  test('one that is too old is refused with how to update it', async () => {
    await using place = await tempHome();
    await using under = await opencodeUnderTest({ binary: program(place.join('old'), 'exit 1', '1.2.3') });
    const error = await failureOf(under.agent.open(under.thread));
    expect([error.code, error.hint]).toEqual(['runtime-too-old', 'Update it: npm install -g opencode-ai@latest']);
  });
});

describe('A start that fails', () => {
  test('tells what the program said before it ended, and leaves nothing behind', async () => {
    await using place = await tempHome();
    await using under = await opencodeUnderTest({ binary: program(place.join('bad'), 'echo out; echo trouble >&2; exit 7') });
    const error = await failureOf(under.agent.open(under.thread));
    expect(error.code).toBe('runtime-failed');
    expect(error.message).toMatch(/status 7\): out\s+trouble/);
    expect(await under.agent.status()).toEqual([]);
  });

  test('by silence is given up after a while', async () => {
    await using place = await tempHome();
    const clock = new ManualClock();
    await using under = await opencodeUnderTest({ binary: program(place.join('mute'), 'exec sleep 600'), clock, startTimeoutMs: 10_000 });
    const opening = failureOf(under.agent.open(under.thread));
    await clock.armed();
    clock.advance(10_000);
    expect((await opening).code).toBe('timeout');
  });
});

describe('A server', () => {
  test('listens at no fixed port and only for who knows its password; behind a wrapper it frees the port when it is stopped', async () => {
    await using place = await tempHome();
    const wrapper = program(place.join('wrapped'), `echo "$@" > ${place.join('args')}\n"${OPENCODE}" "$@"\nexit $?`);
    await using under = await opencodeUnderTest({ binary: wrapper });
    await under.agent.open(under.thread);
    const port = Number(/--port (\d+)/.exec(readFileSync(place.join('args'), 'utf8'))?.[1]);
    expect(port).not.toBe(4096);
    expect((await fetch(`http://127.0.0.1:${port}/session`)).status).toBe(401);
    expect(await under.agent.status()).toMatchObject([{ runtime: 'opencode', transport: 'http', threads: 1, processes: 2 }]);
    expect(await listens(port)).toBe(true);
    await under.agent[Symbol.asyncDispose]();
    expect(await listens(port)).toBe(false);
  });

  test('gets instructions, variables and tool servers; one configuration is one server', async () => {
    await using under = await opencodeUnderTest();
    const server = join(under.place.path, 'server.mjs');
    writeFileSync(server, GREETER);
    const setup = {
      ...under.thread.setup,
      ...{ instructions: 'Speak like a pirate.', env: { SHIP: 'Hispaniola' } },
      mcpServers: { greeter: { command: process.execPath, args: [server] } },
    };
    const ear = new FactEar(await under.agent.open({ ...under.thread, setup }));
    await under.agent.open({ ...under.thread, session: 'ses_2', setup });
    expect(await under.agent.status()).toHaveLength(1);
    const turn = await ear.start(`${tool('greeter_greet', { who: 'Jim' })} ${bash('echo on the $SHIP')} [[text:done]]`);
    const { ask, ref } = await ear.until('ask');
    expect(ask).toMatchObject({ kind: 'permissions', server: 'greeter', tool: 'greet', arguments: { who: 'Jim' } });
    await ear.thread.answer(ref, { decision: 'accept' });
    await ear.thread.answer((await ear.until('ask')).ref, { decision: 'accept' });
    await ear.ended(turn);
    const items = ear.of('item.completed').map(({ item }) => item);
    expect(items.find(({ kind }) => kind === 'toolCall')).toMatchObject({
      server: 'greeter',
      tool: 'greet',
      status: 'completed',
      result: 'hello Jim, [] [] []',
    });
    expect(items.find(({ kind }) => kind === 'command')).toMatchObject({ output: 'on the Hispaniola\n' });
    expect(JSON.stringify(under.model.requests[0]?.body)).toContain('Speak like a pirate.');
  });

  test('without a right to write denies it unasked where nobody is to be asked', async () => {
    await using under = await opencodeUnderTest();
    const permissions = { profile: ':read-only', approvalPolicy: 'never' } as const;
    const ear = new FactEar(await under.agent.open({ ...under.thread, permissions }));
    await ear.run(
      `${tool('apply_patch', { patchText: '*** Begin Patch\n*** Add File: no.txt\n+x\n*** End Patch' })} ${bash('touch no.txt')} [[text:done]]`,
    );
    expect(ear.said('trn_1')).toEqual(['done']);
    expect(ear.of('ask')).toEqual([]);
    expect(existsSync(join(under.thread.cwd, 'no.txt'))).toBe(false);
  });

  test('in which nothing is heard of a turn any more is given up with it', async () => {
    const clock = new ManualClock(Date.now());
    await using under = await opencodeUnderTest({ clock });
    const ear = new FactEar(await under.agent.open({ ...under.thread, options: { idleTimeoutSeconds: 20 } }));
    const turn = await ear.start('[[stall]]');
    await under.model.request(1);
    const [{ pid } = { pid: null }] = await under.agent.status();
    clock.advance(20_000);
    expect(await ear.ended(turn)).toMatchObject({ type: 'turn.failed', error: { code: 'timeout', retryable: true } });
    expect(await ear.until('ended')).toMatchObject({ how: 'exited', message: 'nothing was heard of the turn for 20 s' });
    expect(await processStart(pid ?? 0)).toBeUndefined();
    const again = new FactEar(await under.agent.open({ ...under.thread, resume: ear.thread.id, hadTurns: true }));
    expect(again.thread.opened).toBe('resumed');
  });
});

describe('After the host', () => {
  test('a conversation goes on with all that was said, and what became of its last turn is told', async () => {
    await using under = await opencodeUnderTest();
    const ear = new FactEar(await under.agent.open(under.thread));
    await ear.run('[[text:the word is sesame]]');
    await ear.start('[[deltas:400:50]]');
    await ear.until('item.delta');
    const [first, second] = ear.of('turn.started');
    await under.agent[Symbol.asyncDispose]();
    const next = under.another();
    const open = { ...under.thread, resume: ear.thread.id, hadTurns: true };
    const ended = new FactEar(await next.open({ ...open, unsettled: { turn: 'trn_1', ref: undefined } }));
    expect([ended.thread.opened, ended.thread.unsettled]).toEqual(['resumed', 'ended']);
    expect(await ended.ended('trn_1')).toMatchObject({ type: 'turn.completed', usage: { totalTokens: 120 } });
    expect([ended.of('turn.started')[0]?.ref, ended.said('trn_1')]).toEqual([first?.ref, ['the word is sesame']]);
    const lost = new FactEar(await next.open({ ...open, unsettled: { turn: 'trn_2', ref: second?.ref } }));
    expect(await lost.ended('trn_2')).not.toMatchObject({ type: 'turn.completed' });
    const unknown = await next.open({ ...open, unsettled: { turn: 'trn_3', ref: undefined } });
    expect(unknown.unsettled).toBe('unknown');
    const on = new FactEar(await next.open(open));
    await on.run('[[text:and on]]', { turn: 'trn_4' });
    expect(JSON.stringify(under.model.requests.at(-1)?.body.input)).toContain('the word is sesame');
  });

  test('that was killed its servers are found by the next one and stopped', async () => {
    await using under = await opencodeUnderTest();
    const ear = new FactEar(await under.agent.open(under.thread));
    const [{ pid } = { pid: null }] = await under.agent.status();
    const thread = await under.another().open({ ...under.thread, resume: ear.thread.id, hadTurns: true });
    expect(thread.opened).toBe('resumed');
    expect(await processStart(pid ?? 0)).toBeUndefined();
    expect(await ear.until('ended')).toMatchObject({ how: 'exited' });
  });
});

/** A server of tools that greets, and says which of our secrets it sees. */
const GREETER = `
let text = '';
const seen = ['OPENCODE_SERVER_PASSWORD', 'OPENCODE_CONFIG_CONTENT', 'SPOOL_MODEL_TOKEN'].map((name) => '[' + (process.env[name] ?? '') + ']').join(' ');
process.stdin.on('data', (chunk) => {
  text += chunk;
  for (let end = text.indexOf('\\n'); end >= 0; end = text.indexOf('\\n')) {
    const { id, method, params } = JSON.parse(text.slice(0, end));
    text = text.slice(end + 1);
    const answer = (result) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n');
    const greet = { name: 'greet', description: 'greets', inputSchema: { type: 'object', properties: { who: { type: 'string' } } } };
    if (method === 'initialize') answer({ protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'g', version: '1' } });
    else if (method === 'tools/list') answer({ tools: [greet] });
    else if (method === 'tools/call') answer({ content: [{ type: 'text', text: 'hello ' + params.arguments.who + ', ' + seen }] });
    else if (id !== undefined) answer({});
  }
});
`;
