import { createColors } from 'picocolors';
import { describe, expect, test } from 'vitest';
import type { Task } from '../../contract/task.js';
import { taskFacts } from './task-facts.js';
import { outcome, standingLines, statusOf, tailOf, wantedOf } from './task-lines.js';

const ID = 'tsk_00000000000000000000abc123';
const AT = '2026-01-01T00:00:00.000Z';
const style = { ink: createColors(false), columns: 80 };

function task(more: Partial<Task> = {}): Task {
  return {
    ...{ id: ID, to: 'tester', from: 'owner', input: 'Test it.', status: 'queued', root: ID, chain: ['owner', 'tester'] },
    ...{ attempts: 0, attemptsLeft: 3, createdAt: AT, updatedAt: AT, position: 1 },
    ...more,
  };
}

describe('what stands in the way of a task', () => {
  test.each([
    [{ for: 'release', reason: 'owner holds it' }, '? held: owner holds it', 'spool task approve abc123', 'spool task cancel abc123'],
    [{ for: 'approval', reason: 'Run ls?', id: 'apr_00000000000000000000xyz789_2' }, 'permission: Run ls?', 'spool permit allow xyz789_2'],
    [{ for: 'person', reason: 'Which?', id: 'tsk_00000000000000000000def456' }, 'asks a person: Which?', 'spool task reply def456 "…"'],
  ] as const)('is said with the command that answers it: %j', (waiting, ...wanted) => {
    const text = standingLines(task({ status: 'waiting', waiting }), style).join('\n');
    for (const part of wanted) expect(text).toContain(part);
  });

  test('is, for a decision, what is known to have been done', () => {
    const waiting: Task['waiting'] = { for: 'decision', reason: 'the runtime exited', effects: ['ran make deploy', 'changed a.txt'] };
    expect(standingLines(task({ status: 'waiting', waiting }), style)).toEqual([
      '? a person decides: the runtime exited',
      '    ran make deploy',
      '    changed a.txt',
      '    spool task approve abc123  has it done again',
      '    spool task cancel abc123   leaves it at that',
    ]);
  });

  test('is nothing where it goes its way, and nothing any more when it has ended', () => {
    expect(standingLines(task(), style)).toEqual([]);
    expect(standingLines(task({ to: 'person', status: 'replied', endedAt: AT }), style)).toEqual([]);
  });

  test('is a note, and for a person the command that replies', () => {
    expect(standingLines(task({ note: 'tester is offline: the task waits until it is back' }), style)).toEqual([
      '! tester is offline: the task waits until it is back',
    ]);
    expect(standingLines(task({ to: 'person', note: 'it waits until a person replies' }), style)).toEqual([
      '! it waits until a person replies',
      '    spool task reply abc123 "…"  answers it',
    ]);
  });

  test('is folded below itself, and cannot move the cursor', () => {
    const waiting = { for: 'person', reason: `${'word '.repeat(30)}\u001b[2Jend` } as const;
    const lines = standingLines(task({ status: 'waiting', waiting }), style);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines[1]).toMatch(/^ {2}word/);
    expect(lines.join('')).not.toContain('\u001b');
  });
});

test('what a task waits for stands beside its status', () => {
  expect(statusOf(task())).toBe('queued');
  expect(statusOf({ status: 'waiting', waiting: { for: 'person', reason: '' } })).toBe('waiting: person');
});

test('the end of an id is enough to type, with the number of an approval', () => {
  expect([tailOf(ID), tailOf('apr_00000000000000000000xyz789_12')]).toEqual(['abc123', 'xyz789_12']);
});

test('what is wanted is text, also where images come with it', () => {
  expect(
    wantedOf([
      { type: 'text', text: 'Look' },
      { type: 'localImage', path: '/a.png' },
    ]),
  ).toBe('Look [/a.png]');
});

test('an end is one line', () => {
  const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, reasoningTokens: 0, totalTokens: 1234 };
  expect(outcome(task({ status: 'replied', usage }), style)).toBe('✓ replied · 1,234 tokens');
  const error = { code: 'turn-failed', message: 'no\nway', retryable: false } as const;
  expect(outcome(task({ status: 'failed', error }), style)).toBe('✗ failed: no … (turn-failed)');
  expect(outcome(task({ status: 'expired', expired: 'queue' }), style)).toBe('✗ expired: nobody had begun it in time');
});

describe('the facts of a task', () => {
  const now = Date.parse('2026-01-01T00:10:00.000Z');
  const facts = (more: Partial<Task>): Record<string, string> => Object.fromEntries(taskFacts(task(more), now));

  test('are only those that there are', () => {
    expect(facts({})).toEqual({
      ...{ task: ID, status: 'queued', 'from → to': 'owner → tester', sent: `${AT} (10 min)`, attempts: '0, and at most 3 more' },
    });
  });

  test('tell queue and end apart, and how long there is', () => {
    const times = { queueDeadline: '2026-01-01T00:10:30.000Z', deadline: '2026-01-01T01:10:00.000Z' };
    expect(facts(times)).toMatchObject({
      'begin by': '2026-01-01T00:10:30.000Z (in 30 s)',
      'end by': '2026-01-01T01:10:00.000Z (in 1 h 0 min)',
    });
    expect(facts({ ...times, attempts: 1, leasedBy: 'hub' })).toMatchObject({ works: 'tester' });
    expect(facts({ ...times, attempts: 1 })['begin by']).toBeUndefined();
  });

  test('tell what it may, and what its chain has taken of its budget', () => {
    const ceiling = { permissions: { profile: ':read-only', approvalPolicy: 'never' }, approvals: { mode: 'deny' } } as const;
    const chain = { spent: { tasks: 2, tokens: 40 }, budget: { tasks: 5, tokens: 1000 } };
    expect(facts({ ceiling, ...chain })).toMatchObject({
      may: ':read-only, asks never, answers: deny',
      'the chain': '2 tasks, 40 tokens, of at most 5 tasks and 1,000 tokens',
    });
    expect(facts({ spent: { tasks: 1, tokens: 40 } })['the chain']).toBeUndefined();
  });

  test('of one that has ended have its end and no attempts that are left', () => {
    const ended = facts({ status: 'replied', attempts: 1, attemptsLeft: 0, endedAt: '2026-01-01T00:00:09.000Z', leasedBy: 'hub' });
    expect(ended['ended']).toBe('2026-01-01T00:00:09.000Z, after 9.0 s');
    expect([ended['attempts'], ended['works']]).toEqual([undefined, undefined]);
  });
});
