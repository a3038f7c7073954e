import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Fact } from '../../ports/agent.js';
import { tempHome } from '../../testing/temp-home.js';
import type { IncomingRequest } from '../wire/peer.js';
import type { Link } from './link.js';
import type { Settled } from './settle.js';
import { CodexThread } from './thread.js';

const T = '01a1fb3d-661c-7181-9fc8-d2aaf7016ab9';

interface Call {
  readonly method: string;
  readonly params: unknown;
  /** As the peer does it: `onResult` at once, the promise later. */
  answer(result: unknown): void;
  refuse(error: Error): void;
}

/** A link whose answers the test gives. */
class ScriptedLink implements Link {
  readonly version = '0.169.0';
  readonly born = 0;
  readonly home: string;
  readonly calls: Call[] = [];

  constructor(home = '/home') {
    this.home = home;
  }

  readonly request: Link['request'] = (method, params, onResult) =>
    new Promise((resolve, reject) => {
      this.calls.push({
        method,
        params,
        answer: (result) => {
          onResult?.(result as Parameters<NonNullable<typeof onResult>>[0]);
          resolve(result as Awaited<ReturnType<typeof resolve>> & Parameters<typeof resolve>[0]);
        },
        refuse: reject,
      });
    });

  /** Resolves when there are so many calls. */
  async called(n: number): Promise<void> {
    while (this.calls.length < n) await Promise.resolve();
  }

  call(n: number): Call {
    const call = this.calls[n];
    if (call === undefined) throw new Error(`only ${this.calls.length} calls`);
    return call;
  }
}

/** A thread of which it is not known yet what became of its turn. */
function unsettled(home?: string): { thread: CodexThread; link: ScriptedLink } {
  const link = new ScriptedLink(home);
  const nothing = (): void => undefined;
  const pause = (): Promise<void> => new Promise(nothing);
  const how = { id: T, opened: 'resumed', defaults: undefined } as const;
  return { link, thread: new CodexThread({ link, ...how, now: () => 0, pause, leave: nothing, debug: nothing }) };
}

function opened(settled?: Settled, active = false, home?: string): { thread: CodexThread; link: ScriptedLink } {
  const both = unsettled(home);
  both.thread.settle(settled, active);
  return both;
}

const start = (turn: string) => ({
  turn,
  input: [{ type: 'text' as const, text: 'hi' }],
  model: undefined,
  effort: undefined,
  outputSchema: undefined,
});
const native = (id: string, status = 'inProgress') => ({ id, status, items: [], itemsView: 'notLoaded', error: null });
const notify = (thread: CodexThread, method: string, params: object): void =>
  thread.receive({ kind: 'notification', method, params: { threadId: T, ...params } });
const delta = (thread: CodexThread, turnId: string, text: string): void =>
  notify(thread, 'item/agentMessage/delta', { turnId, itemId: 'm', delta: text });
const said = (thread: CodexThread): string[] =>
  thread.facts
    .takeAll()
    .map((fact: Fact) =>
      fact.type === 'item.delta' ? `${fact.turn} ${fact.text}` : 'turn' in fact ? `${fact.turn} ${fact.type}` : fact.type,
    );

describe('a turn of ours', () => {
  test('starts once, whether the answer or the notification comes first', async () => {
    const { thread, link } = opened();
    const asked = thread.startTurn(start('trn_1'));
    notify(thread, 'turn/started', { turn: native('u1') });
    delta(thread, 'u1', 'a');
    expect(said(thread)).toEqual([]);
    link.call(0).answer({ turn: native('u1') });
    delta(thread, 'u1', 'b');
    expect(await asked).toBe('u1');
    expect(said(thread)).toEqual(['trn_1 turn.started', 'trn_1 a', 'trn_1 b']);
  });

  test('may end before the answer to its start, and the thread is free then', async () => {
    const { thread, link } = opened();
    const asked = thread.startTurn(start('trn_1'));
    notify(thread, 'turn/started', { turn: native('u1') });
    notify(thread, 'turn/completed', { turn: native('u1', 'completed') });
    link.call(0).answer({ turn: native('u1') });
    await asked;
    expect(said(thread)).toEqual(['trn_1 turn.started', 'trn_1 turn.completed']);
    expect(thread.busy).toBe(false);
  });

  test('is recognised by its own message before the answer comes', () => {
    const { thread } = opened();
    void thread.startTurn(start('trn_1'));
    const item = { type: 'userMessage', id: 'um', clientId: 'trn_1', content: [{ type: 'text', text: 'hi' }] };
    notify(thread, 'item/started', { turnId: 'u1', item });
    expect(said(thread)).toEqual(['trn_1 turn.started', 'trn_1 item.started']);
  });

  test('frees the thread in the very moment of its end', async () => {
    const { thread, link } = opened();
    const asked = thread.startTurn(start('trn_1'));
    link.call(0).answer({ turn: native('u1') });
    await asked;
    notify(thread, 'turn/completed', { turn: native('u1', 'completed') });
    expect(thread.busy).toBe(false);
    void thread.startTurn(start('trn_2'));
    expect(link.call(1).method).toBe('turn/start');
  });

  test('waits while another one runs, because Codex would steer it in silently', async () => {
    const { thread, link } = opened();
    const asked = thread.startTurn(start('trn_1'));
    link.call(0).answer({ turn: native('u1') });
    await asked;
    const next = thread.startTurn(start('trn_2'));
    expect(await thread.startTurn(start('trn_1'))).toBe('u1');
    expect(link.calls).toHaveLength(1);
    notify(thread, 'turn/completed', { turn: native('u1', 'completed') });
    await link.called(2);
    link.call(1).answer({ turn: native('u2') });
    expect(await next).toBe('u2');
  });

  test('that waits for another one can be interrupted before it begins', async () => {
    const { thread, link } = opened();
    notify(thread, 'turn/started', { turn: native('f1') });
    const waiting = thread.startTurn(start('trn_1'));
    await thread.interrupt('trn_1');
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    expect(link.calls).toEqual([]);
  });

  test('of compaction is known by the next turn that starts, because Codex answers without its id', async () => {
    const { thread, link } = opened();
    const asked = thread.startTurn({ ...start('trn_1'), input: [], action: { type: 'compact' } });
    link.call(0).answer({});
    notify(thread, 'turn/started', { turn: native('u1') });
    expect(await asked).toBe('u1');
    notify(thread, 'turn/completed', { turn: native('u1', 'completed') });
    expect(said(thread)).toEqual(['trn_1 turn.started', 'trn_1 turn.completed']);
  });

  test('that Codex refuses leaves the thread free', async () => {
    const { thread, link } = opened();
    const asked = thread.startTurn(start('trn_1'));
    link.call(0).refuse(new Error('no'));
    await expect(asked).rejects.toThrow('no');
    expect(thread.busy).toBe(false);
  });
});

describe('turns of others', () => {
  test('stay out, and keep the thread busy while they run', async () => {
    const { thread, link } = opened();
    notify(thread, 'turn/started', { turn: native('f1') });
    delta(thread, 'f1', 'secret');
    expect([thread.busy, link.calls]).toEqual([true, []]);
    notify(thread, 'turn/completed', { turn: native('f1', 'completed') });
    expect(thread.busy).toBe(false);
    expect(said(thread)).toEqual([]);
    expect(thread.foreignFrames).toBe(3);
  });

  test('that start within ours, as a review says, change nothing but the name by which Codex lets it be interrupted', async () => {
    const { thread, link } = opened();
    const asked = thread.startTurn({ ...start('trn_1'), input: [], action: { type: 'review', target: { type: 'uncommittedChanges' } } });
    expect(link.call(0)).toMatchObject({ method: 'review/start', params: { target: { type: 'uncommittedChanges' } } });
    link.call(0).answer({ turn: native('u1') });
    await asked;
    notify(thread, 'turn/started', { turn: { ...native('inner'), rootTurnId: 'u1' } });
    delta(thread, 'u1', 'a');
    const interrupting = thread.interrupt('trn_1');
    await link.called(2);
    expect(link.call(1)).toMatchObject({ method: 'turn/interrupt', params: { turnId: 'inner' } });
    link.call(1).answer({});
    await interrupting;
    notify(thread, 'turn/completed', { turn: native('u1', 'completed') });
    expect(said(thread)).toEqual(['trn_1 turn.started', 'trn_1 a', 'trn_1 turn.completed']);
  });

  test('a late end of an interrupted turn does not end the next one', async () => {
    const { thread, link } = opened();
    const first = thread.startTurn(start('trn_1'));
    link.call(0).answer({ turn: native('u1') });
    await first;
    notify(thread, 'turn/completed', { turn: native('u1', 'interrupted') });
    const second = thread.startTurn(start('trn_2'));
    link.call(1).answer({ turn: native('u2') });
    await second;
    notify(thread, 'turn/completed', { turn: native('u1', 'interrupted') });
    expect(thread.busy).toBe(true);
    expect(said(thread)).toEqual(['trn_1 turn.started', 'trn_1 turn.interrupted', 'trn_2 turn.started']);
  });
});

describe('files that a turn made', () => {
  test('are told before its end, also one that was there before Codex answered the start', async () => {
    await using home = await tempHome();
    const folder = home.join('generated_images', T);
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/before.png`, 'x');
    const { thread, link } = opened(undefined, false, home.path);
    const asked = thread.startTurn(start('trn_1'));
    writeFileSync(`${folder}/early.png`, 'x');
    link.call(0).answer({ turn: native('u1') });
    await asked;
    notify(thread, 'turn/completed', { turn: native('u1', 'completed') });
    const facts = thread.facts.takeAll();
    expect(facts.map(({ type }) => type)).toEqual(['turn.started', 'file', 'turn.completed']);
    expect(facts[1]).toMatchObject({ turn: 'trn_1', path: `${folder}/early.png` });
  });

  test('are told when it ended while nobody listened', async () => {
    await using home = await tempHome();
    const folder = home.join('generated_images', T);
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/made.png`, 'x');
    const end: Fact = { type: 'turn.completed', turn: 'trn_1', usage: null };
    const settled: Settled = { state: 'ended', turn: 'trn_1', ref: 'u1', began: 0, announced: true, missed: [end] };
    expect(said(opened(settled, false, home.path).thread)).toEqual(['trn_1 file', 'trn_1 turn.completed']);
    const later: Settled = { ...settled, began: Date.now() + 60_000 };
    expect(said(opened(later, false, home.path).thread)).toEqual(['trn_1 turn.completed']);
  });
});

describe('a turn that was left running', () => {
  test('goes on under its old name, behind what was missed', () => {
    const { thread } = opened(
      {
        state: 'running',
        turn: 'trn_1',
        ref: 'u1',
        began: 0,
        announced: false,
        missed: [{ type: 'item.completed', turn: 'trn_1', item: { id: 'x', kind: 'plan', text: 'p' } }],
      },
      true,
    );
    delta(thread, 'u1', 'rest');
    expect(thread.unsettled).toBe('running');
    expect(said(thread)).toEqual(['trn_1 turn.started', 'trn_1 item.completed', 'trn_1 rest']);
  });

  test('what comes while it is looked for waits, in its order', () => {
    const { thread } = unsettled();
    delta(thread, 'u1', 'a');
    notify(thread, 'turn/completed', { turn: native('u1', 'completed') });
    expect(said(thread)).toEqual([]);
    thread.settle({ state: 'running', turn: 'trn_1', ref: 'u1', began: 0, announced: true, missed: [] }, true);
    expect(said(thread)).toEqual(['trn_1 a', 'trn_1 turn.completed']);
    expect(thread.busy).toBe(false);
  });

  test('an end that was found in the history is said once', () => {
    const end: Fact = { type: 'turn.completed', turn: 'trn_1', usage: null };
    const { thread } = opened({ state: 'ended', turn: 'trn_1', ref: 'u1', began: 0, announced: true, missed: [end] });
    notify(thread, 'turn/completed', { turn: native('u1', 'completed') });
    expect(said(thread)).toEqual(['trn_1 turn.completed']);
  });
});

describe('tokens', () => {
  test('a report that Codex repeats is not counted twice', async () => {
    const { thread, link } = opened();
    const asked = thread.startTurn(start('trn_1'));
    link.call(0).answer({ turn: native('u1') });
    await asked;
    const tokens = { totalTokens: 12, inputTokens: 10, cachedInputTokens: 0, outputTokens: 2, reasoningOutputTokens: 0 };
    const report = { turnId: 'u1', tokenUsage: { total: tokens, last: tokens, modelContextWindow: null } };
    notify(thread, 'thread/tokenUsage/updated', report);
    notify(thread, 'thread/tokenUsage/updated', report);
    notify(thread, 'turn/completed', { turn: native('u1', 'completed') });
    const facts = thread.facts.takeAll();
    expect(facts.filter(({ type }) => type === 'usage')).toHaveLength(1);
    expect(facts.at(-1)).toMatchObject({ type: 'turn.completed', usage: { totalTokens: 12 } });
  });
});

describe('questions', () => {
  function request(id: number, log: unknown[]): IncomingRequest {
    const params = { threadId: T, turnId: 'u1', itemId: 'call_1', command: 'ls', cwd: '/' };
    return {
      id,
      method: 'item/commandExecution/requestApproval',
      params,
      result: (value) => log.push(value),
      error: (error) => log.push(error),
    };
  }

  test('are answered once and closed when Codex says so', async () => {
    const { thread, link } = opened();
    const asked = thread.startTurn(start('trn_1'));
    link.call(0).answer({ turn: native('u1') });
    await asked;
    const log: unknown[] = [];
    const held = request(0, log);
    thread.receive({ kind: 'request', method: held.method, params: held.params, request: held });
    const ask = thread.facts.takeAll().find((fact) => fact.type === 'ask');
    if (ask?.type !== 'ask') throw new Error('nothing was asked');
    await thread.answer(ask.ref, { decision: 'accept' });
    await thread.answer(ask.ref, { decision: 'decline' });
    notify(thread, 'serverRequest/resolved', { requestId: 0 });
    expect(log).toEqual([{ decision: 'accept' }]);
    expect(thread.facts.takeAll()).toEqual([{ type: 'ask.closed', ref: ask.ref }]);
  });

  test('of another client’s turn are left to that client', () => {
    const { thread } = opened();
    const log: unknown[] = [];
    const held = request(0, log);
    notify(thread, 'turn/started', { turn: native('u1') });
    thread.receive({ kind: 'request', method: held.method, params: held.params, request: held });
    expect([log, said(thread)]).toEqual([[], []]);
  });
});

test('an interrupt waits until Codex has really begun the turn, because it would be refused before', async () => {
  const { thread, link } = opened();
  const asked = thread.startTurn(start('trn_1'));
  link.call(0).answer({ turn: native('u1') });
  await asked;
  const interrupted = thread.interrupt('trn_1');
  expect(link.calls).toHaveLength(1);
  notify(thread, 'turn/started', { turn: native('u1') });
  await link.called(2);
  expect(link.call(1)).toMatchObject({ method: 'turn/interrupt', params: { turnId: 'u1' } });
  link.call(1).answer({});
  await interrupted;
});

test('an interrupt that Codex refuses although the turn runs is sent again with its next sign of life', async () => {
  const { thread, link } = opened();
  const asked = thread.startTurn(start('trn_1'));
  link.call(0).answer({ turn: native('u1') });
  await asked;
  delta(thread, 'u1', 'a');
  const interrupting = thread.interrupt('trn_1');
  await link.called(2);
  link.call(1).refuse(new Error('no active turn to interrupt'));
  await Promise.resolve();
  delta(thread, 'u1', 'b');
  await link.called(3);
  expect(link.call(2).method).toBe('turn/interrupt');
  link.call(2).answer({});
  await interrupting;
});

test('an interrupt of a turn that has ended asks nothing', async () => {
  const { thread, link } = opened();
  const asked = thread.startTurn(start('trn_1'));
  link.call(0).answer({ turn: native('u1') });
  await asked;
  notify(thread, 'turn/completed', { turn: native('u1', 'completed') });
  await thread.interrupt('trn_1');
  await expect(thread.steer('trn_1', start('trn_2'))).rejects.toMatchObject({ code: 'conflict' });
  expect(link.calls).toHaveLength(1);
});

test('the end is the last fact, and nothing is started after it', async () => {
  const { thread } = opened();
  thread.finish({ how: 'exited', message: 'gone', exitCode: null, signal: 'SIGKILL', stderrTail: '' });
  delta(thread, 'u1', 'late');
  expect(said(thread)).toEqual(['ended']);
  await expect(thread.startTurn(start('trn_1'))).rejects.toMatchObject({ code: 'unavailable' });
});
