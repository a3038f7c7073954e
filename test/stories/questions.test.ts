/** What Codex asks and what is answered, on the real Codex: commands, permissions, questions to the user, tools of the clients. */

import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { OpenSession } from '../../src/contract/session.js';
import { prepareOfflineHome } from '../../src/testing/index.js';
import { answer, nextQuestion } from './audit.js';
import { eventOf, type Served, type World, world } from './rig.js';
import { secondClient } from './second-client.js';

/** Opens a session and has a turn begin in it. */
async function ask({ client }: Served, w: World, input: string, more: OpenSession = {}) {
  const { id: session } = await client.sessions.open({ cwd: w.work, ...more });
  const { turn } = await client.turns.request(session, { input });
  return { client, session, turn: turn.id };
}

const typeEvents = async ({ client }: Served, session: string) =>
  (await client.sessions.events(session, { limit: 10_000 })).events.map((event) => event.type);

test('a command that is allowed for good is written to the rules, and the like of it is never asked again, in whatever session', async () => {
  await using w = await world();
  const host = await w.serve();
  const outside = w.home.join('outside');
  await mkdir(outside);
  const permissions = { profile: ':read-only', approvalPolicy: 'untrusted' } as const;
  const { client, session, turn } = await ask(host, w, `[[sh:touch ${outside}/one]] [[text:done]]`, { permissions });
  const question = await nextQuestion(client, session, turn);
  expect(question).toMatchObject({ kind: 'command', effect: expect.stringMatching(/outside/), cwd: w.work });
  expect(question.amendments).toMatchObject([{ id: 'command', kind: 'command', prefix: ['touch', `${outside}/one`], permanent: true }]);
  await expect(client.approvals.answer(question.id, { decision: 'accept', amendment: 'network' })).rejects.toMatchObject({
    code: 'invalid-input',
    hint: 'use one of: command',
  });
  await answer(client, question, { decision: 'accept', amendment: 'command' });
  expect(await client.wait(session, turn)).toMatchObject({ status: 'completed' });
  expect(existsSync(join(outside, 'one'))).toBe(true);
  expect(await readFile(w.home.join('codex', 'rules', 'default.rules'), 'utf8')).toContain(
    `prefix_rule(pattern=["touch", "${outside}/one"], decision="allow")`,
  );

  // The same words and more behind them, in another session that may only read.
  const next = await ask(host, w, `[[sh:touch ${outside}/one ${outside}/two]] [[text:again]]`, { permissions });
  expect(await client.wait(next.session, next.turn)).toMatchObject({ status: 'completed', finalText: 'again' });
  expect(await typeEvents(host, next.session)).not.toContain('approval.asked');
  expect(existsSync(join(outside, 'two'))).toBe(true);
});

test('permissions are granted in part: what was left out stays closed, and what was never asked for is refused', async () => {
  await using w = await world();
  await prepareOfflineHome(w.home.join('codex'), w.model, { features: ['request_permissions_tool'] });
  const host = await w.serve();
  const [open, closed] = [w.home.join('open'), w.home.join('closed')];
  await mkdir(open);
  await mkdir(closed);
  const wish = JSON.stringify({ reason: 'to write', permissions: { file_system: { write: [open, closed] } } });
  const input = `[[tool:request_permissions:${wish}]] [[sh:touch ${open}/x; touch ${closed}/x]] [[text:done]]`;
  const { client, session, turn } = await ask(host, w, input, { permissions: { profile: ':read-only', approvalPolicy: 'on-request' } });
  const question = await nextQuestion(client, session, turn);
  expect(question).toMatchObject({ kind: 'permissions', reason: 'to write', permissions: { fileSystem: { write: [open, closed] } } });
  await expect(
    client.approvals.answer(question.id, { decision: 'accept', value: { fileSystem: { write: [open, '/'] } } }),
  ).rejects.toMatchObject({ code: 'invalid-input', message: expect.stringContaining('fileSystem.write[1]') });
  expect((await client.approvals.get(question.id)).status).toBe('pending');
  await answer(client, question, { decision: 'accept', value: { fileSystem: { write: [open] } } });
  expect(await client.wait(session, turn)).toMatchObject({ status: 'completed' });
  expect(existsSync(join(open, 'x'))).toBe(true);
  expect(existsSync(join(closed, 'x'))).toBe(false);
});

test('questions to the user are answered by their ids, and half an answer is refused before anybody acts on it', async () => {
  await using w = await world();
  await prepareOfflineHome(w.home.join('codex'), w.model, { features: ['default_mode_request_user_input'] });
  const host = await w.serve();
  const options = [
    { label: 'red', description: 'warm' },
    { label: 'blue', description: 'cold' },
  ];
  const questions = [
    { id: 'colour', header: 'Colour', question: 'Which one?', options },
    {
      id: 'size',
      header: 'Size',
      question: 'How big?',
      options: [
        { label: 'S', description: 'small' },
        { label: 'L', description: 'large' },
      ],
    },
  ];
  const { client, session, turn } = await ask(host, w, `[[tool:request_user_input:${JSON.stringify({ questions })}]] [[text:thanks]]`);
  const question = await nextQuestion(client, session, turn);
  expect(question).toMatchObject({ kind: 'userInput', questions });
  await expect(
    client.approvals.answer(question.id, { decision: 'accept', value: { colour: 'red', shape: 'round' } }),
  ).rejects.toMatchObject({
    code: 'invalid-input',
    message: expect.stringContaining('has no question shape'),
  });
  await expect(client.approvals.answer(question.id, { decision: 'accept', value: 'red' })).rejects.toMatchObject({
    message: expect.stringContaining('no answer to: size'),
  });
  await answer(client, question, { decision: 'accept', value: { colour: 'red', size: 'between' } });
  expect(await client.wait(session, turn)).toMatchObject({ status: 'completed', finalText: 'thanks' });
  const told = (await w.model.request(2)).outputs.map((output) => output.text).join();
  expect(JSON.parse(told)).toMatchObject({ answers: { colour: { answers: ['red'] }, size: { answers: ['between'] } } });
});

test('a tool that a session was opened with is run by a client, also after the host was killed and started again', async () => {
  await using w = await world();
  const first = await w.serve();
  const tools = [
    {
      name: 'look_up',
      description: 'looks something up',
      inputSchema: { type: 'object', properties: { key: { type: 'string' } }, required: ['key'] },
    },
  ];
  const { session, turn } = await ask(first, w, '[[tool:look_up:{"key":"answer"}]] [[text:thanks]]', { tools });
  const question = await nextQuestion(first.client, session, turn);
  expect(question).toMatchObject({ kind: 'dynamicTool', tool: 'look_up', arguments: { key: 'answer' }, decisions: ['accept', 'decline'] });
  await first.kill('SIGKILL');
  const { client } = await w.serve();
  expect(await client.approvals.get(question.id)).toEqual(question);
  await expect(client.approvals.answer(question.id, { decision: 'accept' })).rejects.toMatchObject({ code: 'invalid-input' });
  await answer(client, question, { decision: 'accept', value: 'it is 42' });
  expect(await client.wait(session, turn)).toMatchObject({ status: 'completed', finalText: 'thanks' });
  expect((await w.model.request(2)).outputs.at(-1)?.text).toContain('it is 42');

  const again = await client.turns.request(session, { input: '[[tool:look_up:{"key":"more"}]] [[text:well]]' });
  const declined = await nextQuestion(client, session, again.turn.id);
  await answer(client, declined, { decision: 'decline' });
  expect(await client.wait(session, again.turn.id)).toMatchObject({ status: 'completed', finalText: 'well' });
  expect((await w.model.request(4)).outputs.at(-1)?.text).toContain('the call of look_up was declined');
});

test('tools stay with a conversation when its Codex is started anew, and go along into a copy of it', async () => {
  await using w = await world();
  const first = await w.serve();
  const tools = [{ name: 'look_up', description: 'looks something up', inputSchema: { type: 'object', properties: {} } }];
  const { session, turn } = await ask(first, w, '[[text:hello]]', { tools });
  await first.client.wait(session, turn);
  await first.kill('SIGTERM');
  const { client } = await w.serve();
  const copy = await client.sessions.fork(session, {});
  for (const id of [session, copy.id]) {
    const called = await client.turns.request(id, { input: '[[tool:look_up]] [[text:thanks]]' });
    await answer(client, await nextQuestion(client, id, called.turn.id), { decision: 'accept', value: 'here it is' });
    expect(await client.wait(id, called.turn.id)).toMatchObject({ status: 'completed', finalText: 'thanks' });
  }
});

test('a question that another client of the same Codex answers has expired for us', async () => {
  await using w = await world();
  const host = await w.serve();
  const { client, session, turn } = await ask(host, w, '[[sh:touch made.txt]] [[text:done]]', {
    permissions: { profile: ':workspace', approvalPolicy: 'untrusted' },
  });
  const question = await nextQuestion(client, session, turn);
  const { threadId } = await client.sessions.get(session);
  await using other = await secondClient(w, threadId ?? '');
  await other.acceptCommand();
  const closed = await eventOf(client, session, (event) => event.type === 'approval.expired');
  expect(closed).toMatchObject({ turn, data: { approval: question.id } });
  await expect(client.approvals.answer(question.id, { decision: 'decline' })).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('expired'),
  });
  expect(await client.wait(session, turn)).toMatchObject({ status: 'completed', finalText: 'done' });
  expect(existsSync(join(w.work, 'made.txt'))).toBe(true);
});
