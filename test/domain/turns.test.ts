/** Turns: what is asked for, what runs, what ends, in every order in which it can come. */

import { describe, expect, test } from 'vitest';
import { decideInterrupt, decideTurn } from '../../src/domain/decide-turn.js';
import { intentsOf } from '../../src/domain/intents.js';
import { activeTurn, isSettled, sessionView, statusOf, turnOf } from '../../src/domain/state.js';
import { AT, Given } from './given.js';

const given = Given.session();

describe('asking for a turn', () => {
  test('an idle session is told to start it', () => {
    const after = given.turn('a');
    expect(intentsOf(after.state)).toMatchObject([{ type: 'start', turn: { id: 'a' } }]);
    expect(statusOf(after.state)).toBe('running');
  });

  test('auto steers a running turn', () => {
    const after = given.running('a').turn('b');
    expect(intentsOf(after.state)).toMatchObject([{ type: 'listen' }, { type: 'steer', turn: { id: 'b' }, into: 'a' }]);
  });

  test.each([
    ['another model', { model: 'm' }],
    ['another effort', { effort: 'low' }],
    ['an output schema', { outputSchema: {} }],
  ] as const)('auto queues a turn with %s, which a running turn cannot take in', (_, command) => {
    const after = given.running('a').turn('b', command);
    expect(turnOf(after.state, 'b')?.phase).toBe('queued');
  });

  test('auto queues where the runtime cannot steer and while the running turn is being interrupted', () => {
    expect(turnOf(given.running('a').turn('b', {}, false).state, 'b')?.phase).toBe('queued');
    const interrupting = given.running('a').and({ type: 'turn.interrupting', turn: 'a', at: AT, data: { by: 'owner' } });
    expect(turnOf(interrupting.turn('b').state, 'b')?.phase).toBe('queued');
  });

  test('queue queues, and queued turns run one after another in order', () => {
    let session = given.running('a').turn('b', { mode: 'queue' }).turn('c', { mode: 'queue' });
    expect(sessionView(session.state).queued).toBe(2);
    session = session.fact({ type: 'turn.completed', turn: 'a', usage: null });
    expect(activeTurn(session.state)).toMatchObject({ id: 'b', phase: 'requested' });
    session = session.fact(
      { type: 'turn.started', turn: 'b', ref: 'r' },
      { type: 'turn.failed', turn: 'b', error: { code: 'model', message: 'x', retryable: false } },
    );
    expect(activeTurn(session.state)).toMatchObject({ id: 'c', phase: 'requested' });
  });

  test('reject refuses while a turn runs, and names it', () => {
    expect(() => given.running('a').turn('b', { mode: 'reject' })).toThrow(/busy with turn a/);
    expect(turnOf(given.turn('b', { mode: 'reject' }).state, 'b')?.phase).toBe('requested');
  });

  test('steer refuses when nothing runs or the runtime cannot', () => {
    expect(() => given.turn('a', { mode: 'steer' })).toThrow(/no running turn/);
    expect(() => given.running('a').turn('b', { mode: 'steer' }, false)).toThrow(/cannot take input/);
  });

  test('an archived session takes no more turns', () => {
    const archived = given.and({ type: 'session.archived', at: AT, data: { by: 'owner' } });
    expect(() => decideTurn(archived.state, { turn: 'a', command: { input: 'x' }, by: 'owner', canSteer: true }, AT)).toThrow(/archived/);
  });
});

describe('the way of a turn', () => {
  test('the start counts once, whether the answer or the notification comes first', () => {
    const started = given.running('a');
    expect(started.adds({ type: 'turn.started', turn: 'a', ref: 'ref-a' })).toEqual([]);
  });

  test('a completion that comes before the start was seen still ends the turn', () => {
    const after = given.turn('a').fact({ type: 'turn.completed', turn: 'a', usage: null });
    expect(isSettled(after.state)).toBe(true);
    expect(after.adds({ type: 'turn.started', turn: 'a', ref: 'r' })).toEqual([]);
  });

  test('the late end of an interrupted turn does not end the next one', () => {
    const next = given.running('a').fact({ type: 'turn.interrupted', turn: 'a' }).running('b');
    expect(next.adds({ type: 'turn.completed', turn: 'a', usage: null })).toEqual([]);
    expect(activeTurn(next.state)?.id).toBe('b');
  });

  test('a retry is progress and ends nothing', () => {
    const after = given.running('a').fact({ type: 'turn.retrying', turn: 'a', message: 'Reconnecting... 1/5' });
    expect(statusOf(after.state)).toBe('running');
    expect(after.events.at(-1)).toMatchObject({ type: 'turn.retrying' });
  });

  test('the final text is that of the last agent message, and partial text is kept when the turn is interrupted', () => {
    const said = given
      .running('a')
      .fact(
        { type: 'item.started', turn: 'a', item: { id: 'm1', kind: 'agentMessage', text: '' } },
        { type: 'item.completed', turn: 'a', item: { id: 'm1', kind: 'agentMessage', text: 'first' } },
        { type: 'item.started', turn: 'a', item: { id: 'm2', kind: 'agentMessage', text: '' } },
        { type: 'item.delta', turn: 'a', item: 'm2', kind: 'text', text: 'sec' },
        { type: 'item.delta', turn: 'a', item: 'm2', kind: 'text', text: 'ond' },
      );
    expect(said.fact({ type: 'turn.interrupted', turn: 'a' }).events.at(-1)).toMatchObject({ data: { finalText: 'second' } });
    const whole = said.fact({ type: 'item.completed', turn: 'a', item: { id: 'm2', kind: 'agentMessage', text: 'second whole' } });
    expect(whole.fact({ type: 'turn.completed', turn: 'a', usage: null }).events.at(-1)).toMatchObject({
      data: { finalText: 'second whole' },
    });
  });

  test('the text of one turn never becomes the final text of the next', () => {
    const after = given
      .running('a')
      .fact(
        { type: 'item.completed', turn: 'a', item: { id: 'm1', kind: 'agentMessage', text: 'old' } },
        { type: 'turn.completed', turn: 'a', usage: null },
      )
      .running('b')
      .fact({ type: 'turn.completed', turn: 'b', usage: null });
    expect(after.events.at(-1)).toMatchObject({ turn: 'b', data: { finalText: null } });
  });

  test('usage is added up over the model calls of a turn', () => {
    const one = { inputTokens: 10, cachedInputTokens: 1, outputTokens: 2, reasoningTokens: 0, totalTokens: 12 };
    const usage = { type: 'usage', turn: 'a', total: one, last: one, contextWindow: null } as const;
    const after = given.running('a').fact(usage, usage, { type: 'turn.completed', turn: 'a', usage: null });
    expect(after.events.at(-1)).toMatchObject({ data: { usage: { inputTokens: 20, totalTokens: 24 } } });
  });
});

describe('steering', () => {
  const steering = given.running('a').turn('b');

  test('a message that was taken in ends with the turn that took it', () => {
    const message = { id: 'u2', kind: 'userMessage', text: 'b', turn: 'b' } as const;
    const taken = steering.fact({ type: 'item.started', turn: 'a', item: message });
    expect(taken.events.slice(-2)).toMatchObject([
      { type: 'turn.steered', turn: 'b', data: { into: 'a' } },
      { type: 'item.started', turn: 'a' },
    ]);
    expect(isSettled(taken.fact({ type: 'turn.completed', turn: 'a', usage: null }).state)).toBe(true);
  });

  test('a message that was accepted and never seen in the turn goes back to the queue before the turn is told to have ended', () => {
    const after = steering.fact({ type: 'turn.completed', turn: 'a', usage: null });
    expect(after.events.slice(-2)).toMatchObject([
      { type: 'turn.queued', turn: 'b', data: { reason: expect.stringMatching(/before it took the message in/) } },
      { type: 'turn.completed', turn: 'a' },
    ]);
  });

  test('a message may be in a turn that failed unheard, and is asked about by that turn; one that failed aloud has told all', () => {
    const fails = (code: 'transport-closed' | 'model') =>
      given
        .running('a')
        .turn('b')
        .fact({ type: 'turn.failed', turn: 'a', error: { code, message: 'm', retryable: true } });
    expect(turnOf(fails('transport-closed').state, 'b')?.maybeIn).toBe('ref-a');
    expect(turnOf(fails('model').state, 'b')?.maybeIn).toBeNull();
  });

  test('when one message is refused, those behind it wait too, and the next one does not overtake them', () => {
    const after = steering.turn('c').fact({ type: 'turn.requeued', turn: 'b', reason: 'refused' });
    expect(after.state.turns.map((turn) => [turn.id, turn.phase])).toEqual([
      ['a', 'running'],
      ['b', 'queued'],
      ['c', 'queued'],
    ]);
    expect(turnOf(after.turn('d').state, 'd')?.phase).toBe('queued');
  });

  test('a message that shows in the running turn after all is not run again', () => {
    const after = steering
      .fact({ type: 'turn.requeued', turn: 'b', reason: 'the connection was lost' })
      .fact({ type: 'item.completed', turn: 'a', item: { id: 'u2', kind: 'userMessage', text: 'b', turn: 'b' } });
    expect(turnOf(after.state, 'b')).toMatchObject({ phase: 'steered', into: 'a' });
  });

  test('a refused one is queued and runs next', () => {
    const after = steering.fact({ type: 'turn.requeued', turn: 'b', reason: 'no active turn' });
    expect(turnOf(after.state, 'b')?.phase).toBe('queued');
    expect(activeTurn(after.fact({ type: 'turn.completed', turn: 'a', usage: null }).state)).toMatchObject({ id: 'b', phase: 'requested' });
  });

  test('one that is refused after the running turn ended is not lost', () => {
    const after = steering.fact({ type: 'turn.completed', turn: 'a', usage: null });
    expect(activeTurn(after.state)).toMatchObject({ id: 'b', phase: 'requested' });
    expect(after.adds({ type: 'turn.requeued', turn: 'b', reason: 'late' })).toEqual([]);
  });
});

describe('interrupting', () => {
  test('the wish is recorded once and asks the runtime', () => {
    const running = given.running('a');
    const { events } = decideInterrupt(running.state, undefined, 'owner', AT);
    const after = running.and(...events);
    expect(intentsOf(after.state)).toMatchObject([{ type: 'listen' }, { type: 'interrupt', turn: { id: 'a' } }]);
    expect(decideInterrupt(after.state, undefined, 'owner', AT).events).toEqual([]);
  });

  test('nothing running means nothing to do', () => {
    expect(decideInterrupt(given.state, undefined, 'owner', AT)).toEqual({ events: [], turn: null });
  });
});

describe('a runtime that goes away', () => {
  const gone = { type: 'ended', how: 'exited', message: 'killed by SIGKILL', exitCode: null, signal: 'SIGKILL', stderrTail: 'x' } as const;

  test('a process that is gone fails the running turn at once, with its reason', () => {
    const after = given.running('a').turn('b', { mode: 'queue' }).fact(gone);
    expect(after.events.slice(-2)).toMatchObject([
      { type: 'runtime.exited', data: { signal: 'SIGKILL' } },
      { type: 'turn.failed', turn: 'a', data: { code: 'runtime-exited', retryable: true } },
    ]);
    expect(activeTurn(after.state)?.id).toBe('b');
  });

  test('a lost connection alone fails nothing', () => {
    expect(given.running('a').adds({ ...gone, how: 'disconnected' })).toEqual([]);
  });
});
