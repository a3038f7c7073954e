import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { stage } from '../../test/support/acp-talk.js';
import type { Fact } from '../ports/agent.js';

describe('What an agent says', () => {
  test('chunks that follow each other are one message, which ends when another is named, a thought comes or the turn ends', async () => {
    await using at = await stage();
    await at.talk.run('say one ', 'say two', 'think hm', 'say three', 'message a four', 'message a five', 'message b six');
    expect(at.talk.items).toEqual([
      { kind: 'agentMessage', text: 'one two' },
      { kind: 'reasoning', text: 'hm' },
      { kind: 'agentMessage', text: 'three' },
      { kind: 'agentMessage', text: 'fourfive' },
      { kind: 'agentMessage', text: 'six' },
    ]);
    const deltas = at.talk.of('item.delta').map(({ kind, text }) => [kind, text]);
    expect(deltas.slice(0, 3)).toEqual([
      ['text', 'one '],
      ['text', 'two'],
      ['reasoning', 'hm'],
    ]);
  });

  test('every item is begun once before anything else of it, ends once, and no two turns share an id', async () => {
    await using at = await stage();
    for (const turn of [1, 2]) {
      await at.talk.begin('say a', 'run echo hi', 'say b');
      await at.talk.thread.answer((await at.talk.until('ask')).ref, { decision: 'accept' });
      expect((await at.talk.end()).type, `turn ${turn}`).toBe('turn.completed');
    }
    const begun = at.talk.of('item.started').map(({ item }) => item.id);
    expect(new Set(begun).size).toBe(6);
    expect(at.talk.of('item.completed').map(({ item }) => item.id)).toEqual(begun);
  });

  test('a plan is told, and what nobody needs is not', async () => {
    await using at = await stage();
    await at.talk.run('plan look|mend', 'update {"sessionUpdate":"available_commands_update","availableCommands":[]}');
    expect(at.talk.heard.map(({ type }) => type)).toEqual(['turn.started', 'plan', 'turn.completed']);
    expect(at.talk.of('plan')[0]?.steps).toEqual([
      { step: 'look', status: 'inProgress' },
      { step: 'mend', status: 'pending' },
    ]);
  });

  test('an update that is not known is kept as it is, and cut where it is long', async () => {
    await using at = await stage();
    await at.talk.run('update {"sessionUpdate":"mood","value":3}', `update {"sessionUpdate":"mood","value":"${'x'.repeat(50_000)}"}`);
    const [short, long] = at.talk.of('raw');
    expect(short).toEqual({ type: 'raw', turn: 'trn_1', method: 'session/update', params: { sessionUpdate: 'mood', value: 3 } });
    expect(JSON.stringify(long).length).toBeLessThan(40_000);
  });
});

describe('What an agent does', () => {
  test('a command is asked about, runs with a yes, and is told with its output and its exit code', async () => {
    await using at = await stage();
    await at.talk.begin('run echo hi; exit 3');
    const { ref, ask } = await at.talk.until('ask');
    const { item } = at.talk.of('item.started')[0] ?? {};
    expect(ask).toMatchObject({
      kind: 'command',
      title: 'Run: echo hi; exit 3',
      command: 'echo hi; exit 3',
      cwd: at.thread.cwd,
      item: item?.id,
    });
    expect(ask.decisions).toEqual(['accept', 'acceptForSession', 'decline', 'cancel']);
    expect(ask.effect).toContain('Always allow');
    await at.talk.thread.answer(ref, { decision: 'accept' });
    await at.talk.end();
    const done = { kind: 'command', command: 'echo hi; exit 3', cwd: at.thread.cwd, status: 'failed', exitCode: 3, output: 'hi\n' };
    expect(at.talk.items).toEqual([done]);
    expect(at.talk.of('item.delta').map(({ kind, text }) => [kind, text])).toEqual([['output', 'hi\n']]);
  });

  test('a no keeps the file as it is; a yes lets it be made, and the change is told with what differs', async () => {
    await using at = await stage();
    const file = at.place.join('work', 'a.txt');
    await at.talk.begin(`edit ${file} one`);
    const first = await at.talk.until('ask');
    expect(first.ask).toMatchObject({ kind: 'fileChange', changes: [{ path: file, kind: 'add', diff: 'one\n' }] });
    await at.talk.thread.answer(first.ref, { decision: 'decline' });
    await at.talk.end();
    expect(existsSync(file)).toBe(false);
    for (const text of ['one', 'two']) {
      await at.talk.begin(`edit ${file} ${text}`);
      await at.talk.thread.answer((await at.talk.until('ask')).ref, { decision: 'accept' });
      await at.talk.end();
    }
    expect(readFileSync(file, 'utf8')).toBe('two\n');
    expect(at.talk.items.at(-1)).toEqual({
      kind: 'fileChange',
      status: 'completed',
      changes: [{ path: file, kind: 'update', diff: '@@ -1,1 +1,1 @@\n-one\n+two\n' }],
    });
  });

  test.each([
    ['accept', 'yes'],
    ['acceptForSession', 'yes'],
    ['decline', 'no'],
  ] as const)('any other tool is asked about as it is named: %s is %s', async (decision, said) => {
    await using at = await stage();
    await at.talk.begin('ask example.org');
    const { ref, ask } = await at.talk.until('ask');
    expect(ask).toMatchObject({ kind: 'permissions', title: 'example.org', tool: 'example.org', arguments: { url: 'example.org' } });
    await at.talk.thread.answer(ref, { decision });
    await at.talk.end();
    expect(at.talk.said).toBe(said);
  });

  test('a question that is put away ends the turn', async () => {
    await using at = await stage();
    await at.talk.begin('run touch nothing', 'say after');
    await at.talk.thread.answer((await at.talk.until('ask')).ref, { decision: 'cancel' });
    expect((await at.talk.end()).type).toBe('turn.interrupted');
    expect([at.talk.of('ask.closed').length, at.talk.said]).toEqual([1, '']);
  });

  test('a form is asked with its schema, and what was filled in is given', async () => {
    await using at = await stage();
    for (const [answer, said] of [
      [
        { decision: 'accept', value: { name: 'Ada' } },
        { action: 'accept', content: { name: 'Ada' } },
      ],
      [{ decision: 'decline' }, { action: 'decline' }],
    ] as const) {
      await at.talk.begin('form Who are you?');
      const { ref, ask } = await at.talk.until('ask');
      expect(ask).toMatchObject({ kind: 'elicitation', title: 'Who are you?', schema: { required: ['name'] } });
      await at.talk.thread.answer(ref, answer);
      await at.talk.end();
      expect(JSON.parse(at.talk.said)).toEqual(said);
    }
  });
});

describe('How a turn ends', () => {
  test.each([
    ['stop max_tokens', 'model', 'the most tokens'],
    ['stop max_turn_requests', 'model', 'the most requests'],
    ['stop refusal', 'model', 'refused to go on'],
    ['stop tired', 'internal', 'not known: "tired"'],
    ['refuse the model is gone', 'model', 'the model is gone'],
    ['refuse status 429', 'quota', 'status 429'],
    ['refuse 529 overloaded', 'overloaded', 'overloaded'],
    ['refuse sk-abcdefghijkl is no API key', 'auth', '[redacted] is no API key'],
    ['login', 'auth', 'Log in with a browser (Opens a page)'],
  ] as const)('%s', async (line, code, words) => {
    await using at = await stage();
    const end = await at.talk.run('say begun', line);
    expect(end).toMatchObject({ type: 'turn.failed', turn: 'trn_1', error: { code } });
    expect(end.type === 'turn.failed' ? end.error.message : '').toContain(words);
    expect(at.talk.items).toEqual([{ kind: 'agentMessage', text: 'begun' }]);
    expect((await at.talk.run('say again')).type).toBe('turn.completed');
  });

  test('an agent that cancels by itself has interrupted the turn, and that is said', async () => {
    await using at = await stage();
    expect(await at.talk.run('stop cancelled')).toMatchObject({
      type: 'turn.interrupted',
      reason: 'the agent cancelled the turn by itself',
    });
  });

  test('an interrupt stops a command, answers what is asked, and what was open is told as failed', async () => {
    await using at = await stage();
    const turn = await at.talk.begin('run sleep 100');
    await at.talk.thread.answer((await at.talk.until('ask')).ref, { decision: 'accept' });
    await at.talk.thread.interrupt(turn);
    expect(await at.talk.end()).toEqual({ type: 'turn.interrupted', turn });
    expect(at.talk.items).toMatchObject([{ kind: 'command', status: 'failed' }]);
    const waiting = await at.talk.begin('run true');
    const { ref } = await at.talk.until('ask');
    await at.talk.thread.interrupt(waiting);
    expect(await at.talk.end()).toEqual({ type: 'turn.interrupted', turn: waiting });
    const closed: Fact = { type: 'ask.closed', ref };
    expect(at.talk.heard).toContainEqual(closed);
  });
});
