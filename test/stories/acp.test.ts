/** Agents of other makers in a real host: opencode over the Agent Client Protocol, and one on the protocol's own library. */

import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { processStart } from '../../src/base/process.js';
import type { CreateAgent } from '../../src/contract/agent-config.js';
import type { AnswerApproval } from '../../src/contract/approval.js';
import type { Event } from '../../src/contract/events.js';
import { EXAMPLE, OPENCODE, opencodeEnv } from '../support/acp-under-test.js';
import { answer, nextQuestion } from './audit.js';
import { eventOf, type Served, world } from './rig.js';

const call = (tool: string, args: object): string => `[[tool:${tool}:${JSON.stringify(args)}]]`;

/** A turn in which one thing is asked. */
async function approved({ client }: Served, session: string, input: string, given: AnswerApproval) {
  const { turn } = await client.turns.request(session, { input });
  const question = await nextQuestion(client, session, turn.id);
  await answer(client, question, given);
  return { question, turn: await client.wait(session, turn.id) };
}

async function pidsOf({ client }: Served): Promise<number[]> {
  const { runtimes } = await client.status();
  return runtimes.flatMap(({ runtime, pid }) => (runtime === 'acp' && pid !== null ? [pid] : []));
}

test('opencode works, asks, is interrupted, and remembers all of it behind a restart of the host', { timeout: 240_000 }, async () => {
  await using w = await world();
  const first = await w.serve();
  const { client } = first;
  const agent: CreateAgent = {
    ...{ alias: 'opencode', runtime: 'acp', runtimeOptions: { command: [OPENCODE, 'acp'] } },
    ...{ env: opencodeEnv(w.model, w.home.path), instructions: 'Be kind.' },
  };
  expect(await client.agents.create(agent)).toMatchObject({ alias: 'opencode', runtime: 'acp', env: { XDG_DATA_HOME: '***' } });
  const { id: session } = await client.sessions.open({ agent: 'opencode', cwd: w.work });

  const ran = await approved(first, session, `${call('bash', { command: 'echo hi > ran.txt', description: 'x' })} [[text:done]]`, {
    decision: 'accept',
  });
  expect(ran.question).toMatchObject({
    kind: 'command',
    command: 'echo hi > ran.txt',
    decisions: ['accept', 'acceptForSession', 'decline', 'cancel'],
  });
  expect(ran.turn).toMatchObject({ status: 'completed', finalText: 'done' });
  expect(readFileSync(`${w.work}/ran.txt`, 'utf8')).toBe('hi\n');
  expect(JSON.stringify(w.model.requests[0]?.body.input)).toContain('Be kind.');

  const patchText = '*** Begin Patch\n*** Add File: made.txt\n+one\n*** End Patch';
  const refused = await approved(first, session, call('apply_patch', { patchText }), { decision: 'decline' });
  expect([refused.turn.status, existsSync(`${w.work}/made.txt`)]).toEqual(['completed', false]);
  const made = await approved(first, session, `${call('apply_patch', { patchText })} [[text:made]]`, { decision: 'accept' });
  expect(made.question).toMatchObject({ kind: 'fileChange', changes: [{ path: `${w.work}/made.txt`, kind: 'add', diff: 'one\n' }] });
  expect(readFileSync(`${w.work}/made.txt`, 'utf8')).toBe('one\n');

  const { turn: long } = await client.turns.request(session, { input: '[[deltas:400:50]]' });
  await eventOf(client, session, (event) => event.type === 'item.delta' && event.turn === long.id);
  await client.interrupt(session);
  expect(await client.wait(session, long.id)).toMatchObject({ status: 'interrupted', finalText: expect.stringMatching(/^1 /) });

  const [pid = 0] = await pidsOf(first);
  expect(await processStart(pid)).toBeDefined();
  await first.kill('SIGTERM');
  expect(await processStart(pid)).toBeUndefined();

  const second = await w.serve();
  const seen = w.model.requests.length;
  const { turn } = await second.client.turns.request(session, { input: '[[text:still here]]' });
  expect(await second.client.wait(session, turn.id)).toMatchObject({ status: 'completed', finalText: 'still here' });
  const resumed = await eventOf(second.client, session, (event): event is Event<'session.resumed'> => event.type === 'session.resumed');
  expect(resumed.data.fresh).toBe(false);
  const told = JSON.stringify(w.model.requests.slice(seen).map(({ body }) => body.input));
  expect(told).toContain('echo hi > ran.txt');
  expect(told.match(/Be kind\./g)?.length).toBe(1);
  const [next = 0] = await pidsOf(second);
  await second.kill('SIGTERM');
  expect(await processStart(next)).toBeUndefined();
});

test('an agent that dies in the middle fails its turn with its last words, and the next turn goes on in a new process', {
  timeout: 60_000,
}, async () => {
  await using w = await world();
  const host = await w.serve();
  const { client } = host;
  const state = w.home.join('state');
  await mkdir(state);
  await client.agents.create({
    alias: 'example',
    runtime: 'acp',
    runtimeOptions: { command: [...EXAMPLE] },
    env: { EXAMPLE_STATE: state },
  });
  const { id: session } = await client.sessions.open({ agent: 'example', cwd: w.work });
  const { turn } = await client.turns.request(session, { input: 'say before\nexit 7' });
  expect(await client.wait(session, turn.id)).toMatchObject({
    status: 'failed',
    finalText: 'before',
    error: { code: 'runtime-exited', message: expect.stringContaining('exited with code 7') },
  });
  const { turn: next } = await client.turns.request(session, { input: 'recall' });
  expect(await client.wait(session, next.id)).toMatchObject({ status: 'completed', finalText: 'say before\nexit 7 / recall' });
});

test('what an agent of this protocol cannot do is refused before it is begun, and why one does not start is told', {
  timeout: 60_000,
}, async () => {
  await using w = await world();
  const { client } = await w.serve();
  await expect(client.agents.create({ alias: 'odd', runtime: 'acp' })).rejects.toMatchObject({ code: 'invalid-input' });
  const runtimeOptions = { command: [...EXAMPLE] };
  await expect(
    client.agents.create({ alias: 'odd', runtime: 'acp', runtimeOptions, permissions: { profile: ':read-only' } }),
  ).rejects.toMatchObject({
    code: 'unsupported',
  });
  await client.agents.create({ alias: 'missing', runtime: 'acp', runtimeOptions: { command: ['no-such-agent-here'] } });
  await client.agents.create({ alias: 'closed', runtime: 'acp', runtimeOptions, env: { EXAMPLE_LOGIN: 'wanted' } });
  for (const [agent, code, words] of [
    ['missing', 'internal', 'no-such-agent-here is not on the PATH'],
    ['closed', 'auth', 'Log in with a browser'],
  ] as const) {
    const { id: session } = await client.sessions.open({ agent, cwd: w.work });
    const { turn } = await client.turns.request(session, { input: 'say hello' });
    expect(await client.wait(session, turn.id)).toMatchObject({
      status: 'failed',
      error: { code, message: expect.stringContaining(words) },
    });
  }
});
