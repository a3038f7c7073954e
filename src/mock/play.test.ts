import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type FactOf, stage } from '../../test/support/mock-stage.js';
import type { AgentThread } from '../ports/agent.js';
import { tempHome } from '../testing/temp-home.js';
import { cut } from './play.js';

describe('A mock', () => {
  test('says, thinks, runs nothing and says what would have come of it, in the order of the script', async () => {
    await using on = await stage();
    const talk = await on.open([
      { think: 'Hm.' },
      { command: { command: 'npm test', output: '2 failed\n', exitCode: 1 } },
      { toolCall: { tool: 'search', server: 'docs', arguments: { q: '{{input}}' }, result: ['{{turn}}'] } },
      { say: 'found {{result}} in turn {{turn}} of {{session}}' },
    ]);
    expect(await talk.turn('it')).toMatchObject({ type: 'turn.completed', usage: { inputTokens: 1, outputTokens: 8, totalTokens: 9 } });
    expect(talk.items).toMatchObject([
      { kind: 'reasoning', text: 'Hm.' },
      { kind: 'command', command: 'npm test', status: 'failed', exitCode: 1, output: '2 failed\n' },
      { kind: 'toolCall', server: 'docs', tool: 'search', arguments: { q: 'it' }, result: ['1'], status: 'completed' },
      { kind: 'agentMessage', text: 'found ["1"] in turn 1 of ses_1' },
    ]);
  });

  test('tells plans, warnings and files for people, and counts tokens as it is told to', async () => {
    await using on = await stage();
    const talk = await on.open([
      { plan: ['read', { step: 'write', status: 'completed' }] },
      { warn: 'careful with {{input}}' },
      { file: { path: 'out/report.pdf', content: 'PDF' } },
      { usage: { input: 100, cached: 40, output: 7, reasoning: 3 } },
    ]);
    const { turn } = (await talk.turn('this')) as FactOf<'turn.completed'>;
    const usage = { inputTokens: 100, cachedInputTokens: 40, outputTokens: 7, reasoningTokens: 3, totalTokens: 107 };
    expect(talk.heard.slice(3)).toEqual([
      {
        type: 'plan',
        turn,
        steps: [
          { step: 'read', status: 'pending' },
          { step: 'write', status: 'completed' },
        ],
      },
      { type: 'warning', message: 'careful with this' },
      { type: 'file', turn, path: join(on.cwd, 'out/report.pdf'), mediaType: 'application/pdf', bytes: 3 },
      { type: 'usage', turn, total: usage, last: usage, contextWindow: null },
      { type: 'turn.completed', turn, usage },
    ]);
    await talk.turn('that');
    expect(talk.heard.findLast(({ type }) => type === 'usage')).toMatchObject({ total: { totalTokens: 214 }, last: { totalTokens: 107 } });
  });

  test('streams in as many pieces as it is told to, at the pace of the clock', async () => {
    await using on = await stage();
    const talk = await on.open([{ say: { text: 'one two', pieces: 3, everyMs: 500 } }]);
    await talk.begin('go');
    const started = on.clock.now();
    await on.clock.passUntil(talk.end());
    expect(on.clock.now() - started).toBe(1000);
    expect(talk.heard.flatMap((fact) => (fact.type === 'item.delta' ? [fact.text] : []))).toEqual(['on', 'e t', 'wo']);
    expect(cut('a🙂b', 3)).toEqual(['a', '🙂', 'b']);
    expect([cut('ab', 9), cut('', 2)]).toEqual([['a', 'b'], []]);
  });

  test('fails and dies as it is told to, and its conversation goes on behind that', async () => {
    await using on = await stage();
    const script = [
      { when: 'fail', do: [{ say: 'so far' }, { fail: { code: 'quota', message: 'no more {{input}}', retryable: true } }] },
      { when: 'die', do: [{ exit: { code: 3, stderr: 'boom' } }] },
      { when: 'kill', do: [{ exit: { signal: 'SIGKILL' } }] },
      { do: [{ say: '{{history}}' }] },
    ];
    const talk = await on.open(script);
    expect(await talk.turn('fail')).toMatchObject({ error: { code: 'quota', message: 'no more fail', retryable: true } });
    expect(await talk.turn('die')).toMatchObject({ type: 'ended', how: 'exited', exitCode: 3, signal: null, stderrTail: 'boom' });
    await expect(talk.begin('more')).rejects.toMatchObject({ code: 'unavailable' });
    const again = await on.open(script, { resume: talk.thread.id, hadTurns: true });
    expect(await again.turn('kill')).toMatchObject({ how: 'exited', exitCode: null, signal: 'SIGKILL' });
    const last = await on.open(script, { resume: talk.thread.id, hadTurns: true });
    await last.turn('what did I say?');
    expect(last.texts).toEqual(['user: fail\nagent: so far\nuser: die\nuser: kill']);
  });

  test('waits for a message to the running turn, for a time, and for an interrupt', async () => {
    await using on = await stage();
    const talk = await on.open([
      { wait: 'message' },
      { say: 'heard {{message}}' },
      { wait: 60_000 },
      { wait: 'interrupt' },
      { say: 'never' },
    ]);
    const turn = await talk.begin('go');
    const message = {
      turn: 'trn_2',
      input: [{ type: 'text', text: 'faster' }],
      model: undefined,
      effort: undefined,
      outputSchema: undefined,
    };
    await talk.until('item.completed');
    await talk.thread.steer(turn, message as Parameters<AgentThread['steer']>[1]);
    await talk.until('item.completed');
    expect(talk.heard.at(-1)).toMatchObject({ item: { kind: 'userMessage', text: 'faster', turn: 'trn_2' } });
    await talk.until('item.completed');
    expect(talk.texts).toEqual(['heard faster']);
    await on.clock.armed();
    on.clock.advance(60_000);
    await talk.thread.interrupt(turn);
    expect((await talk.end()).type).toBe('turn.interrupted');
    const again = await talk.begin('go');
    await talk.thread.steer(again, message as Parameters<AgentThread['steer']>[1]);
    while ((await talk.until('item.completed')).item.kind !== 'agentMessage');
    await on.clock.armed();
    await talk.thread.interrupt(again);
    expect((await talk.end()).type).toBe('turn.interrupted');
    expect(on.clock.waiting).toBe(0);
  });

  test('takes a message that came before anybody waited for it', async () => {
    await using on = await stage();
    const talk = await on.open([{ wait: 100 }, { wait: 'message' }, { say: 'heard {{message}}' }]);
    const turn = await talk.begin('go');
    await talk.thread.steer(turn, {
      ...{ turn: 'trn_early', input: [{ type: 'text', text: 'early' }], model: undefined, effort: undefined, outputSchema: undefined },
    });
    await on.clock.passUntil(talk.end());
    expect(talk.texts).toEqual(['heard early']);
  });
});

describe('What a mock asks', () => {
  const script = [
    {
      ask: {
        command: { command: 'make {{input}}', output: 'made', takesMs: 0 },
        reason: 'it is time',
        accept: [{ say: 'done' }],
        decline: [{ say: 'left' }],
      },
    },
    { say: 'after {{decision}}' },
  ];

  test('waits for a command, which is then done or declined', async () => {
    await using on = await stage();
    const talk = await on.open(script);
    await talk.begin('it');
    const { ref, ask } = await talk.until('ask');
    expect(ask).toMatchObject({ kind: 'command', title: 'make it', command: 'make it', reason: 'it is time', item: 'turn-1.2' });
    await talk.thread.answer(ref, { decision: 'accept' });
    await talk.end();
    await talk.begin('it');
    await talk.thread.answer((await talk.until('ask')).ref, { decision: 'decline' });
    await talk.end();
    expect(talk.texts).toEqual(['done', 'after accept', 'left', 'after decline']);
    expect(talk.items.filter((item) => 'status' in item)).toMatchObject([{ status: 'completed', output: 'made' }, { status: 'declined' }]);
  });

  test('is not asked again when it was allowed for the session, also after a restart; a cancel ends the turn', async () => {
    await using on = await stage();
    const talk = await on.open(script);
    await talk.begin('it');
    await talk.thread.answer((await talk.until('ask')).ref, { decision: 'cancel' });
    expect((await talk.end()).type).toBe('turn.interrupted');
    await talk.begin('it');
    await talk.thread.answer((await talk.until('ask')).ref, { decision: 'acceptForSession' });
    await talk.end();
    await on.restart();
    const again = await on.open(script, { resume: talk.thread.id, hadTurns: true });
    await again.turn('it');
    expect(again.texts).toEqual(['done', 'after accept']);
    await again.begin('other');
    expect((await again.until('ask')).ask.title).toBe('make other');
  });

  test('is declined at once where it may never ask', async () => {
    await using on = await stage();
    const talk = await on.open(script, { permissions: { approvalPolicy: 'never' } });
    await talk.turn('it');
    expect(talk.texts).toEqual(['left', 'after decline']);
    const asking = await on.open([{ ask: { questions: 'Which?' } }], { permissions: { approvalPolicy: 'never' } });
    await asking.begin('go');
    expect((await asking.until('ask')).ask.kind).toBe('userInput');
  });

  test('of people can be quoted, by the id of each question', async () => {
    await using on = await stage();
    const questions = [
      { id: 'colour', question: 'Which colour?', options: [{ label: 'red' }] },
      { id: 'size', question: 'How large?' },
    ];
    const talk = await on.open([{ ask: { questions, accept: [{ say: '{{answer}}, {{size}}' }] } }]);
    await talk.begin('go');
    const { ref, ask } = await talk.until('ask');
    expect(ask).toMatchObject({ kind: 'userInput', title: 'Which colour?', questions, decisions: ['accept', 'decline'] });
    await talk.thread.answer(ref, { decision: 'accept', value: { colour: 'red', size: ['small'] } });
    await talk.end();
    expect(talk.texts).toEqual(['red, small']);
  });

  test('of a tool of the session is a call of it', async () => {
    await using on = await stage();
    const tools = [{ name: 'weather', description: 'd', inputSchema: {} }];
    const talk = await on.open([{ toolCall: { tool: 'weather', arguments: { at: '{{input}}' } } }, { say: '{{result}}' }], { tools });
    await talk.begin('Rome');
    const { ref, ask } = await talk.until('ask');
    expect(ask).toMatchObject({ kind: 'dynamicTool', tool: 'weather', arguments: { at: 'Rome' } });
    await talk.thread.answer(ref, { decision: 'accept', value: 'sunny' });
    await talk.end();
    expect(talk.items).toMatchObject([{ kind: 'toolCall', status: 'completed', result: 'sunny' }, { text: 'sunny' }]);
  });

  test('is asked again of whoever comes back to the running turn', async () => {
    await using on = await stage();
    const talk = await on.open(script);
    const turn = await talk.begin('it');
    const { ref } = await talk.until('ask');
    await talk.thread[Symbol.asyncDispose]();
    const again = await on.open(script, { resume: talk.thread.id, hadTurns: true, unsettled: { turn, ref: 'turn-1' } });
    expect(again.thread.unsettled).toBe('running');
    expect((await again.until('ask')).ref).toBe(ref);
    await again.thread.answer(ref, { decision: 'accept' });
    expect((await again.end()).type).toBe('turn.completed');
  });
});

describe('Files of a mock', () => {
  test('are really written and taken away, in the folder of the session', async () => {
    await using on = await stage();
    writeFileSync(join(on.cwd, 'old.txt'), 'old\n');
    const talk = await on.open([
      { fileChange: { path: 'src/new.txt', content: 'hello {{input}}\n' } },
      { fileChange: { path: 'old.txt', content: null } },
    ]);
    await talk.turn('you');
    expect(readFileSync(join(on.cwd, 'src/new.txt'), 'utf8')).toBe('hello you\n');
    expect(existsSync(join(on.cwd, 'old.txt'))).toBe(false);
    expect(talk.items).toMatchObject([
      { status: 'completed', changes: [{ path: join(on.cwd, 'src/new.txt'), kind: 'add', diff: '@@ -0,0 +1,1 @@\n+hello you\n' }] },
      { status: 'completed', changes: [{ path: join(on.cwd, 'old.txt'), kind: 'delete' }] },
    ]);
  });

  test('lie nowhere else, also not behind a link', async () => {
    await using on = await stage();
    await using elsewhere = await tempHome();
    symlinkSync(elsewhere.path, join(on.cwd, 'link'));
    for (const path of ['../out.txt', '/tmp/spool-mock-out.txt', 'link/out.txt', '.']) {
      const talk = await on.open([{ fileChange: { path, content: 'x' } }]);
      expect(await talk.turn('go')).toMatchObject({ type: 'turn.failed', error: { code: 'sandbox' } });
    }
    expect(existsSync(elsewhere.join('out.txt'))).toBe(false);
  });

  test('are left alone where the session is read-only, unless somebody says yes', async () => {
    await using on = await stage();
    const fileChange = { path: 'a.txt', content: 'a' };
    const permissions = { profile: ':read-only' };
    const talk = await on.open([{ fileChange }], { permissions });
    await talk.turn('go');
    expect(talk.items).toMatchObject([{ kind: 'fileChange', status: 'declined' }]);
    const asking = await on.open([{ ask: { fileChange } }], { permissions });
    await asking.begin('go');
    expect(existsSync(join(on.cwd, 'a.txt'))).toBe(false);
    await asking.thread.answer((await asking.until('ask')).ref, { decision: 'accept' });
    await asking.end();
    expect(readFileSync(join(on.cwd, 'a.txt'), 'utf8')).toBe('a');
  });
});
