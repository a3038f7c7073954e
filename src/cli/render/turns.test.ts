/** Turns of a session that is watched: those that wait, are moved, taken in, taken back, too slow; and what else is told beside them. */

import { createColors } from 'picocolors';
import { describe, expect, test } from 'vitest';
import type { Event, EventData, EventType } from '../../contract/events.js';
import { eventLine } from './event-line.js';
import { renderTimeline, type TimelineOptions } from './timeline.js';

const PLAIN: TimelineOptions = { ink: createColors(false), columns: 80, input: true, cwd: '/home/ann/app' };
const id = (n: number): string => `trn_${String(n).padStart(26, '0')}`;

type Part = { readonly type: EventType; readonly data: unknown; readonly turn?: string; readonly item?: string };
const on = <T extends EventType>(n: number, type: T, data: EventData<T>, item?: string): Part => ({
  type,
  data,
  turn: id(n),
  ...(item === undefined ? {} : { item }),
});

/** Lines of the timeline of these events, a second apart; empty ones left out. */
function lines(...parts: readonly Part[]): string[] {
  const events = parts.map((part, i) => {
    const at = new Date(Date.UTC(2026, 0, 1, 0, 0, i)).toISOString();
    return { ...part, position: i + 1, session: 'ses_1', at } as Event;
  });
  return renderTimeline(events, PLAIN)
    .split('\n')
    .filter((line) => line !== '');
}

const asks = (n: number, text: string, disposition: 'started' | 'queued' | 'steered' = 'started'): Part =>
  on(n, 'turn.requested', { input: [{ type: 'text', text }], mode: 'auto', disposition, by: 'owner' });
const starts = (n: number): Part => on(n, 'turn.started', { ref: `r${n}` });
const message = (n: number, item: string, text: string): Part =>
  on(n, 'item.completed', { item: { id: item, kind: 'agentMessage', text } }, item);
const completes = (n: number, more: Partial<EventData<'turn.completed'>> = {}): Part =>
  on(n, 'turn.completed', { finalText: null, usage: null, ...more });

describe('turns that wait', () => {
  test('are told when they are asked for and when they begin, and the time of each counts from its own start', () => {
    expect(
      lines(asks(1, 'First'), starts(1), asks(2, 'Second', 'queued'), on(2, 'turn.queued', {}), completes(1), starts(2), completes(2)),
    ).toEqual(['› First', '› Second', 'queued', '✓ completed · 3.0 s', '› Second · begins now', '✓ completed · 1.0 s']);
  });

  test('are named when they are moved or taken back, and the running one goes on', () => {
    expect(
      lines(
        asks(1, 'First'),
        starts(1),
        asks(2, 'Second', 'queued'),
        asks(3, 'Third', 'queued'),
        on(3, 'turn.queued', { reason: 'moved by ann', before: id(2) }),
        on(2, 'turn.queued', { reason: 'moved by ann', before: null }),
        on(2, 'turn.interrupted', { finalText: null, usage: null, reason: 'taken back by ann before it began' }),
        completes(1),
      ),
    ).toEqual([
      '› First',
      '› Second',
      '› Third',
      'queued: moved by ann, now before “Second”',
      '“Second” queued: moved by ann, now the last',
      '“Second”: ■ interrupted: taken back by ann before it began',
      '✓ completed · 6.0 s',
    ]);
  });

  test('too long end without having begun', () => {
    const late = {
      code: 'timeout',
      message: 'it waited in the queue for 5 s and never began',
      retryable: true,
      finalText: null,
      usage: null,
    } as const;
    expect(lines(asks(1, 'First'), starts(1), asks(2, 'Second', 'queued'), on(2, 'turn.failed', late)).at(-1)).toBe(
      '“Second”: ✗ failed: it waited in the queue for 5 s and never began (timeout)',
    );
  });

  test('may be taken into the running one, and back to the queue', () => {
    expect(
      lines(
        asks(1, 'First'),
        starts(1),
        asks(2, 'And this', 'steered'),
        on(2, 'turn.steered', { into: id(1) }),
        asks(3, 'And that', 'steered'),
        on(3, 'turn.queued', { reason: 'the turn ended before it was taken in' }),
      ).slice(1),
    ).toEqual(['› And this', 'taken into the running turn', '› And that', 'queued: the turn ended before it was taken in']);
  });
});

test('a turn that is too slow says so before it ends', () => {
  const reason = 'the turn gave no sign of life for 900 s';
  const failed = { code: 'timeout', message: reason, retryable: true, finalText: null, usage: null, partial: true } as const;
  expect(lines(starts(1), on(1, 'turn.interrupting', { by: 'deadline', reason }), on(1, 'turn.failed', failed))).toEqual([
    '! interrupting: the turn gave no sign of life for 900 s',
    '✗ failed: the turn gave no sign of life for 900 s (timeout) · the last message never ended · 2.0 s',
  ]);
});

describe('work of another kind', () => {
  test('is named by what it does', () => {
    const action = (n: number, what: EventData<'turn.requested'>['action']): Part =>
      on(n, 'turn.requested', {
        input: [],
        mode: 'queue',
        disposition: 'started',
        by: 'owner',
        ...(what === undefined ? {} : { action: what }),
      });
    expect(
      lines(
        action(1, { type: 'compact' }),
        action(2, { type: 'review', target: { type: 'uncommittedChanges' } }),
        action(3, { type: 'review', target: { type: 'baseBranch', branch: 'main' } }),
        action(4, { type: 'review', target: { type: 'commit', sha: 'abc' } }),
        action(5, { type: 'review', target: { type: 'custom', instructions: 'Look at the tests' } }),
      ),
    ).toEqual([
      '› [compact the conversation]',
      '› [review what is not committed]',
      '› [review what differs from main]',
      '› [review commit abc]',
      '› [review: Look at the tests]',
    ]);
  });

  test('images are told by their names, and never written out', () => {
    const input = [
      { type: 'text', text: 'Look' },
      { type: 'localImage', path: '/tmp/a.png' },
      { type: 'image', url: 'data:image/png;base64,AAAA' },
    ] as const;
    expect(lines(on(1, 'turn.requested', { input: [...input], mode: 'auto', disposition: 'started', by: 'owner' }))).toEqual([
      '› Look [/tmp/a.png] [image]',
    ]);
  });
});

describe('the final message', () => {
  const begins = (item: string, phase?: 'commentary' | 'final'): Part =>
    on(1, 'item.started', { item: { id: item, kind: 'agentMessage', text: '', ...(phase === undefined ? {} : { phase }) } }, item);

  test('is marked when it begins, where the runtime tells, and only behind other ones', () => {
    const marked = lines(
      starts(1),
      begins('a', 'commentary'),
      message(1, 'a', 'I look.'),
      begins('b', 'final'),
      message(1, 'b', 'Done.'),
      completes(1),
    );
    expect(marked).toEqual(['I look.', '— final message —', 'Done.', '✓ completed · 5.0 s']);
    expect(lines(starts(1), begins('b', 'final'), message(1, 'b', 'Done.'), completes(1))).toEqual(['Done.', '✓ completed · 3.0 s']);
  });

  test('is named at the end when something else stands there', () => {
    const found = { finalText: 'The answer is 42.\nAs always.', finalItem: 'a' };
    expect(
      lines(starts(1), message(1, 'a', 'The answer is 42.\nAs always.'), message(1, 'b', 'By the way.'), completes(1, found)).at(-2),
    ).toBe('the final message is “The answer is 42. …”');
    expect(lines(starts(1), message(1, 'b', 'By the way.'), message(1, 'a', 'It is 42.'), completes(1, found)).join()).not.toContain(
      'the final message',
    );
  });
});

describe('beside the turns', () => {
  test('files, names and copies are told', () => {
    const opened = {
      agent: 'default',
      runtime: 'codex-app-server',
      cwd: '/home/ann/app',
      title: null,
      model: null,
      effort: null,
      permissions: {},
      by: 'owner',
      forkedFrom: { session: 'ses_00000000000000000000abcdef', turn: id(7), threadId: 't', ref: null },
    } as const;
    expect(
      lines(
        { type: 'session.opened', data: opened },
        { type: 'session.renamed', data: { title: 'The release' } },
        on(1, 'file.produced', { path: '/home/ann/app/out/plot.png', bytes: 12_345, mediaType: 'image/png' }),
        on(1, 'file.produced', { path: '/tmp/x', bytes: 1 }),
      ),
    ).toEqual([
      'a copy of session …abcdef up to its turn …000007',
      'the session is called The release now',
      '+ produced out/plot.png · 12 kB · image/png',
      '+ produced /tmp/x · 1 byte',
    ]);
  });

  test('a review that begins or fails is told, in the session and as lines of the log', () => {
    const review = 'ses_00000000000000000000abcdef';
    const data = { toolCalls: 1, turns: 2, after: 0, upTo: 9, reviewer: 'keeper' };
    const parts: Part[] = [
      { type: 'review.requested', data },
      { type: 'review.started', data: { upTo: 9, session: review } },
      { type: 'review.started', data: { upTo: 9 } },
      { type: 'review.failed', data: { upTo: 9, message: 'there is no agent keeper' } },
    ];
    expect(lines(...parts)).toEqual([
      'the work so far is reviewed in session …abcdef',
      '! the work so far could not be reviewed: there is no agent keeper',
    ]);
    const logged = parts.map((part) =>
      eventLine({ ...part, position: 1, session: 'ses_1', at: '2026-01-01T00:00:00.000Z' } as Event, PLAIN),
    );
    expect(logged.map((line) => line.slice(19))).toEqual([
      'review.requested   by keeper, after 1 tool call and 2 turns',
      `review.started     in ${review}`,
      'review.started     by the program of this host',
      'review.failed      there is no agent keeper',
    ]);
  });

  test('who sat at a terminal, and what was done there, are lines of the log', () => {
    const who = { terminal: 'ter_1', by: 'maria' };
    const parts: Part[] = [
      { type: 'terminal.attached', data: { ...who, allow: [] } },
      { type: 'terminal.attached', data: { ...who, allow: ['shell', 'config'] } },
      { type: 'terminal.acted', data: { ...who, method: 'thread/shellCommand', allowed: true, detail: 'ls' } },
      { type: 'terminal.acted', data: { ...who, method: 'thread/fork', allowed: false } },
      { type: 'terminal.detached', data: who },
    ];
    const logged = parts.map((part) =>
      eventLine({ ...part, position: 1, session: 'ses_1', at: '2026-01-01T00:00:00.000Z' } as Event, PLAIN),
    );
    expect(logged.map((line) => line.slice(19))).toEqual([
      'terminal.attached  by maria',
      'terminal.attached  by maria, who may use shell, config',
      'terminal.acted     maria used thread/shellCommand: ls',
      'terminal.acted     maria was refused thread/fork',
      'terminal.detached  by maria',
    ]);
  });

  test('the changes of a turn are counted at its end, by its last diff', () => {
    const diff = (text: string): Part => on(1, 'diff.updated', { diff: text });
    const whole =
      'diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n--- old\n+new\n+more\ndiff --git a/b b/b\n--- /dev/null\n+++ b/b\n@@ -0,0 +1 @@\n+x\n';
    expect(lines(starts(1), diff('diff --git a/a b/a\n'), diff(whole), completes(1)).at(-1)).toBe('✓ completed · 2 files +3 -1 · 3.0 s');
    expect(lines(starts(1), diff(whole), diff(''), completes(1)).at(-1)).toBe('✓ completed · 3.0 s');
  });

  test('a plan is explained once, and told anew in the next turn', () => {
    const plan = (n: number): Part => on(n, 'plan.updated', { explanation: 'Two steps', steps: [{ step: 'Read', status: 'inProgress' }] });
    expect(lines(starts(1), plan(1), plan(1), completes(1), starts(2), plan(2)).filter((line) => !line.startsWith('✓'))).toEqual([
      '∴ Two steps',
      '  ▸ Read',
      '  ▸ Read',
    ]);
  });
});
