/** Items and approvals: late, double and foreign ones. */

import { describe, expect, test } from 'vitest';
import { approvalId, sessionOfApproval } from '../../src/contract/approval.js';
import { decideAnswer } from '../../src/domain/decide-approval.js';
import { intentsOf } from '../../src/domain/intents.js';
import { joinDeltas } from '../../src/domain/join-deltas.js';
import { isSettled, pendingApprovals, statusOf } from '../../src/domain/state.js';
import type { Fact } from '../../src/ports/agent.js';
import { AT, Given, SESSION } from './given.js';

const running = Given.session().running('a');
const command = { id: 'c1', kind: 'command', command: 'ls', status: 'inProgress' } as const;

describe('items', () => {
  test('an item of a turn that this session never had is not ours', () => {
    expect(running.adds({ type: 'item.started', turn: 'zzz', item: command })).toEqual([]);
  });

  test('an item that comes twice is recorded once', () => {
    const started = running.fact({ type: 'item.started', turn: 'a', item: command });
    expect(started.adds({ type: 'item.started', turn: 'a', item: command })).toEqual([]);
    const done = started.fact({ type: 'item.completed', turn: 'a', item: { ...command, status: 'completed' } });
    expect(done.adds({ type: 'item.completed', turn: 'a', item: { ...command, status: 'completed' } })).toEqual([]);
    expect(done.adds({ type: 'item.delta', turn: 'a', item: 'c1', kind: 'output', text: 'late' })).toEqual([]);
  });

  test('a command that outlives its turn still reports its end', () => {
    const after = running.fact({ type: 'item.started', turn: 'a', item: command }, { type: 'turn.interrupted', turn: 'a' }).running('b');
    expect(after.adds({ type: 'item.completed', turn: 'a', item: { ...command, status: 'failed' } })).toEqual(['item.completed']);
  });
});

describe('joining deltas', () => {
  const delta = (item: string, text: string): Fact => ({ type: 'item.delta', turn: 'a', item, kind: 'text', text });

  test('neighbours of one item become one, the order of items stays', () => {
    const joined = joinDeltas([delta('x', '1'), delta('x', '2'), delta('y', '3'), delta('x', '4')]);
    expect(joined).toEqual([delta('x', '12'), delta('y', '3'), delta('x', '4')]);
  });

  test('a joined delta stays below its limit', () => {
    const joined = joinDeltas([delta('x', 'a'.repeat(32_000)), delta('x', 'b'.repeat(2000))]);
    expect(joined).toHaveLength(2);
  });
});

describe('approvals', () => {
  const asked: Fact = { type: 'ask', turn: 'a', ref: 'r1', ask: { kind: 'command', title: 'ls', decisions: ['accept', 'decline'] } };
  const waiting = running.fact(asked);
  const id = approvalId(SESSION, 1);

  test('a question makes the session wait, and names its session in its id', () => {
    expect(statusOf(waiting.state)).toBe('waiting');
    expect(pendingApprovals(waiting.state)[0]?.approval.id).toBe(id);
    expect(sessionOfApproval(id)).toBe(SESSION);
    expect(sessionOfApproval('nonsense')).toBeNull();
  });

  test('the same question after a reconnect is the same approval', () => {
    expect(waiting.adds(asked)).toEqual([]);
  });

  test('the first answer is handed to the runtime, a second one is refused', () => {
    const answered = waiting.and(...decideAnswer(waiting.state, id, { decision: 'accept' }, 'owner', AT));
    expect(intentsOf(answered.state)).toContainEqual({ type: 'answer', ref: 'r1', answer: { decision: 'accept' } });
    expect(() => decideAnswer(answered.state, id, { decision: 'decline' }, 'owner', AT)).toThrow(/already answered/);
    expect(statusOf(answered.state)).toBe('running');
  });

  test('an answer that may not be given is refused with the list of those that may', () => {
    expect(() => decideAnswer(waiting.state, id, { decision: 'cancel' }, 'owner', AT)).toThrow(/cannot be answered with cancel/);
  });

  test('a question that the runtime closed, or whose turn ended, has expired', () => {
    expect(waiting.adds({ type: 'ask.closed', ref: 'r1' })).toEqual(['approval.expired']);
    const ended = waiting.fact({ type: 'turn.interrupted', turn: 'a' });
    expect(ended.events.slice(-2).map((event) => event.type)).toEqual(['approval.expired', 'turn.interrupted']);
    expect(isSettled(ended.state)).toBe(true);
  });

  test('an answered question that is closed has not expired', () => {
    const answered = waiting.and(...decideAnswer(waiting.state, id, { decision: 'accept' }, 'owner', AT));
    expect(answered.adds({ type: 'ask.closed', ref: 'r1' })).toEqual([]);
  });
});
