/** What turns of the real OpenCode say, with one server for all of them: to start one takes seconds. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { FactEar } from '../../test/support/fact-ear.js';
import { bash, type OpencodeUnderTest, opencodeUnderTest, tool } from '../../test/support/opencode-under-test.js';
import type { Item } from '../contract/item.js';
import type { OpenThread } from '../ports/agent.js';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

let under: OpencodeUnderTest;
let sessions = 0;

/** The smallest picture there is. OpenCode leaves out what is none. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

beforeAll(async () => {
  under = await opencodeUnderTest();
});
afterAll(() => under[Symbol.asyncDispose]());

async function open(more: Partial<OpenThread> = {}): Promise<FactEar> {
  return new FactEar(await under.agent.open({ ...under.thread, session: `ses_${++sessions}`, ...more }));
}

function itemsOf(ear: FactEar): Item[] {
  return ear.of('item.completed').map(({ item }) => item);
}

function last(ear: FactEar, kind: Item['kind']): Item | undefined {
  return itemsOf(ear).findLast((item) => item.kind === kind);
}

describe('What a turn says', () => {
  test('a message is told with its turn, thinking and text come piece by piece, and tokens are counted', async () => {
    const ear = await open();
    const end = await ear.run('[[reason:let me think]] [[text:hello]]', { effort: 'high' });
    expect(itemsOf(ear).map(({ kind }) => kind)).toEqual(['userMessage', 'reasoning', 'agentMessage']);
    expect(itemsOf(ear)[0]).toMatchObject({ turn: 'trn_1' });
    const thought = ear.of('item.delta').filter(({ kind }) => kind === 'reasoning');
    expect(thought.map(({ text }) => text).join('')).toBe('let me think');
    expect(end).toMatchObject({ type: 'turn.completed', usage: { inputTokens: 100, outputTokens: 20, totalTokens: 120 } });
    expect(under.model.requests.at(-1)?.body['reasoning']).toMatchObject({ effort: 'high' });
    await ear.run('[[text:again]]');
    expect(ear.of('usage').at(-1)?.total.totalTokens).toBe(240);
    expect(under.model.requests.at(-1)?.body['reasoning']).not.toMatchObject({ effort: 'high' });
  });

  test('a command is asked about, runs after a yes, and is told with its output and status', async () => {
    const ear = await open();
    const turn = await ear.start(`${bash('echo one; exit 3')} [[text:done]]`);
    const { ref, ask } = await ear.until('ask');
    expect(ask).toMatchObject({ kind: 'command', command: 'echo one; exit 3', cwd: under.thread.cwd, title: 'Run echo one; exit 3?' });
    await ear.thread.answer(ref, { decision: 'accept' });
    expect(await ear.ended(turn)).toMatchObject({ type: 'turn.completed' });
    expect(last(ear, 'command')).toMatchObject({ id: ask.item, status: 'failed', exitCode: 3, output: 'one\n' });
    expect(ear.of('item.delta').some(({ kind, text }) => kind === 'output' && text === 'one\n')).toBe(true);
    expect(ear.of('ask.closed')).toEqual([{ type: 'ask.closed', ref }]);
  });

  test('its commands see neither the token of the gateway nor the password of the server', async () => {
    const ear = await open();
    const turn = await ear.start(`${bash('env')} [[text:done]]`);
    await ear.thread.answer((await ear.until('ask')).ref, { decision: 'accept' });
    await ear.ended(turn);
    const { output = '' } = last(ear, 'command') as Extract<Item, { kind: 'command' }>;
    expect(output).toContain('PATH=');
    expect(output).not.toContain('token-of-the-agent');
    expect(output).not.toMatch(/OPENCODE_SERVER_PASSWORD|OPENCODE_CONFIG_CONTENT/);
  });

  test('what was allowed for the conversation is not asked again in it, and still in others', async () => {
    const ear = await open();
    const first = await ear.start(`${bash('printf a')} [[text:done]]`);
    const asked = await ear.until('ask');
    expect(asked.ask.effect).toContain('printf *');
    await ear.thread.answer(asked.ref, { decision: 'acceptForSession' });
    await ear.ended(first);
    await ear.run(`${bash('printf b')} [[text:done]]`);
    expect(ear.of('ask')).toHaveLength(1);
    expect(last(ear, 'command')).toMatchObject({ command: 'printf b', status: 'completed', output: 'b' });
    const other = await open();
    await other.start(`${bash('printf c')} [[text:done]]`);
    await other.thread.answer((await other.until('ask')).ref, { decision: 'decline' });
    await other.ended('trn_1');
  });

  test('after a no the turn goes on, after a cancel it does not', async () => {
    const ear = await open();
    await ear.start(`${bash('touch no')} [[text:so be it]]`);
    await ear.thread.answer((await ear.until('ask')).ref, { decision: 'decline' });
    expect(await ear.ended('trn_1')).toMatchObject({ type: 'turn.completed' });
    expect(ear.said('trn_1')).toEqual(['so be it']);
    expect(last(ear, 'command')).toMatchObject({ status: 'declined' });
    await ear.start(`${bash('touch no')} [[text:never said]]`);
    await ear.thread.answer((await ear.until('ask')).ref, { decision: 'cancel' });
    expect(await ear.ended('trn_2')).toMatchObject({ type: 'turn.interrupted' });
    expect(ear.said('trn_2')).toEqual([]);
    expect(existsSync(join(under.thread.cwd, 'no'))).toBe(false);
    await ear.run('[[text:alive]]');
    expect(ear.said('trn_3')).toEqual(['alive']);
  });

  test('files in the folder are changed unasked, and told with their diff; elsewhere it asks', async () => {
    const ear = await open();
    await ear.run(`${tool('apply_patch', { patchText: '*** Begin Patch\n*** Add File: made.txt\n+hello\n*** End Patch' })} [[text:done]]`);
    const path = join(under.thread.cwd, 'made.txt');
    expect(readFileSync(path, 'utf8')).toBe('hello\n');
    expect(last(ear, 'fileChange')).toMatchObject({
      status: 'completed',
      changes: [{ path, kind: 'add', diff: expect.stringContaining('+hello') }],
    });
    expect(ear.of('diff').at(-1)?.diff).toContain('+hello');
    const outside = join(under.place.path, 'outside.txt');
    await ear.start(`${tool('apply_patch', { patchText: `*** Begin Patch\n*** Add File: ${outside}\n+x\n*** End Patch` })} [[text:done]]`);
    const { ask, ref } = await ear.until('ask');
    expect(ask).toMatchObject({ kind: 'permissions', permissions: { external_directory: [join(under.place.path, '*')] } });
    await ear.thread.answer(ref, { decision: 'decline' });
    await ear.ended('trn_2');
    expect(existsSync(outside)).toBe(false);
  });

  test('a question of the agent reaches a person, and its answer the agent', async () => {
    const ear = await open();
    const options = [
      { label: 'Red', description: 'warm' },
      { label: 'Blue', description: 'cold' },
    ];
    await ear.start(`${tool('question', { questions: [{ question: 'Which colour?', header: 'Colour', options }] })} [[text:done]]`);
    const { ref, ask } = await ear.until('ask');
    expect(ask).toMatchObject({ kind: 'userInput', questions: [{ id: 'q1', header: 'Colour', question: 'Which colour?', options }] });
    await ear.thread.answer(ref, { decision: 'accept', value: { q1: 'Blue' } });
    await ear.ended('trn_1');
    expect(under.model.requests.at(-1)?.outputs.at(-1)?.text).toContain('Blue');
  });

  test('a list of steps is a plan', async () => {
    const ear = await open();
    await ear.run(`${tool('todowrite', { todos: [{ content: 'first', status: 'in_progress', priority: 'high' }] })} [[text:done]]`);
    expect(ear.of('plan')).toEqual([{ type: 'plan', turn: 'trn_1', steps: [{ step: 'first', status: 'inProgress' }] }]);
    expect(itemsOf(ear).map(({ kind }) => kind)).not.toContain('toolCall');
  });

  test('a picture is shown to the model', async () => {
    const ear = await open();
    const path = join(under.place.path, 'dot.png');
    writeFileSync(path, Buffer.from(PIXEL, 'base64'));
    await ear.run('ignored', {
      input: [
        { type: 'text', text: '[[text:seen]]' },
        { type: 'localImage', path },
      ],
    });
    const input = JSON.stringify(under.model.requests.at(-1)?.body.input);
    expect(input).toContain(`data:image/png;base64,${PIXEL}`);
  });

  test('a helper asks through the turn that it works for', async () => {
    const ear = await open();
    const prompt = `${bash('echo helped')} [[text:helper done]]`;
    await ear.start(`${tool('task', { description: 'help', prompt, subagent_type: 'general' })} [[text:done]]`);
    const { ref, ask } = await ear.until('ask');
    expect(ask).toMatchObject({ kind: 'command', command: 'echo helped' });
    await ear.thread.answer(ref, { decision: 'accept' });
    const end = await ear.ended('trn_1');
    expect(ear.said('trn_1')).toEqual(['done']);
    // Two steps of the turn and two of its helper.
    expect(end).toMatchObject({ type: 'turn.completed', usage: { totalTokens: 480 } });
  });

  test('what stands in the folder for agents is told to the model', async () => {
    writeFileSync(join(under.thread.cwd, 'AGENTS.md'), 'Always answer in rhymes.');
    const ear = await open();
    await ear.run('[[text:x]]');
    expect(JSON.stringify(under.model.requests.at(-1)?.body)).toContain('Always answer in rhymes.');
  });
});

describe('What goes on in a conversation', () => {
  test('a message that is put into the running turn is taken in, and the turn answers it too', async () => {
    const ear = await open();
    await ear.start('[[deltas:30:50]]');
    await ear.until('item.delta');
    await ear.thread.steer('trn_1', {
      ...{ turn: 'trn_9', input: [{ type: 'text', text: '[[text:and this]]' }] },
      ...{ model: undefined, effort: undefined, outputSchema: undefined },
    });
    expect(await ear.ended('trn_1')).toMatchObject({ type: 'turn.completed' });
    const messages = itemsOf(ear).flatMap((item) => (item.kind === 'userMessage' ? [item.turn] : []));
    expect(messages).toEqual(['trn_1', 'trn_9']);
    expect(ear.said('trn_1').at(-1)).toBe('and this');
  });

  test('one that is put into a turn which is then stopped is not left in the conversation', async () => {
    const ear = await open();
    await ear.start('[[deltas:400:50]]');
    await ear.until('item.delta');
    await ear.thread.steer('trn_1', {
      ...{ turn: 'trn_9', input: [{ type: 'text', text: 'left lying' }] },
      ...{ model: undefined, effort: undefined, outputSchema: undefined },
    });
    await ear.thread.interrupt('trn_1');
    expect(await ear.ended('trn_1')).toMatchObject({ type: 'turn.interrupted' });
    await ear.run('[[text:next]]');
    expect(JSON.stringify(under.model.requests.at(-1)?.body.input)).not.toContain('left lying');
  });

  test('it is compacted as a turn, and remembers on', async () => {
    const ear = await open();
    await ear.run('[[text:the word is sesame]]');
    const compact = { turn: 'trn_c', input: [], action: { type: 'compact' as const } };
    expect(await ear.run('', compact)).toMatchObject({ type: 'turn.completed' });
    expect(last(ear, 'other')).toMatchObject({ type: 'contextCompaction' });
    expect(await ear.run('[[text:after]]', { turn: 'trn_d' })).toMatchObject({ type: 'turn.completed' });
    expect(ear.said('trn_d')).toEqual(['after']);
  });

  test('a copy remembers up to the turn that is named', async () => {
    const ear = await open();
    await ear.run('[[text:first answer]]');
    await ear.run('[[text:second answer]]');
    const [first] = ear.of('turn.started');
    const copy = await open({ fork: { thread: ear.thread.id, lastTurn: first?.ref } });
    expect([copy.thread.opened, copy.thread.id === ear.thread.id]).toEqual(['started', false]);
    await copy.run('[[text:of the copy]]');
    const input = JSON.stringify(under.model.requests.at(-1)?.body.input);
    expect(input).toContain('first answer');
    expect(input).not.toContain('second answer');
  });

  test('it is named and put away in the lists of OpenCode', async () => {
    const ear = await open();
    await ear.thread.rename('A new name');
    await ear.thread.archive();
    await ear.run('[[text:still there]]');
    expect(ear.said('trn_1')).toEqual(['still there']);
  });
});

describe('What goes wrong in a turn', () => {
  test.each([
    ['[[http:400]]', 'model', false],
    ['[[http:401]]', 'auth', false],
  ])('%s fails as %s', async (prompt, code, retryable) => {
    const ear = await open();
    expect(await ear.run(prompt)).toMatchObject({ type: 'turn.failed', error: { code, retryable } });
    await ear.run('[[text:alive]]');
    expect(ear.said('trn_2')).toEqual(['alive']);
  });

  test('a model that is not there fails the turn with one line', async () => {
    const ear = await open();
    const end = await ear.run('[[text:x]]', { model: 'nobody-knows-it' });
    expect(end).toMatchObject({ type: 'turn.failed', error: { code: 'model', message: 'Model not found: openai/nobody-knows-it.' } });
    await ear.run('[[text:alive]]');
    expect(ear.said('trn_2')).toEqual(['alive']);
  });

  test('tries that fail again and again are told, and given up', async () => {
    const ear = await open();
    expect(await ear.run('[[http:500]]')).toMatchObject({ type: 'turn.failed', error: { code: 'overloaded', retryable: true } });
    expect(ear.of('turn.retrying')).toHaveLength(2);
    await ear.run('[[text:alive]]');
    expect(ear.said('trn_2')).toEqual(['alive']);
  });

  test('answers without an end, which OpenCode would ask for for ever, are given up', async () => {
    const ear = await open();
    const before = under.model.requests.length;
    expect(await ear.run('[[failed:context_length_exceeded]]')).toMatchObject({ type: 'turn.failed', error: { code: 'model' } });
    expect(under.model.requests.length - before).toBeLessThan(10);
    await ear.run('[[text:alive]]');
    expect(ear.said('trn_2')).toEqual(['alive']);
  });
});
