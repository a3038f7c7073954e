import { createColors } from 'picocolors';
import { describe, expect, test } from 'vitest';
import type { TaskEvent, TaskEventType, UnplacedTaskEvent } from '../../contract/task-events.js';
import { TaskTimeline, type TaskTimelineOptions } from './task-timeline.js';

const ID = 'tsk_00000000000000000000abc123';
const SENT = { to: 'tester', from: 'lead', input: 'Test it.', by: 'lead', root: ID, chain: ['owner', 'lead', 'tester'], attempts: 3 };

type Data<T extends TaskEventType> = UnplacedTaskEvent<T>['data'];

function event<T extends TaskEventType>(type: T, data: Data<T>, at = '2026-01-01T00:00:02.000Z'): TaskEvent {
  return { position: 1, task: ID, type, at, data } as TaskEvent;
}

const sent = (more: Partial<Data<'task.sent'>> = {}): TaskEvent => event('task.sent', { ...SENT, ...more }, '2026-01-01T00:00:00.000Z');
const says = (text: string, kind: 'message' | 'report' | 'reply' = 'message'): TaskEvent =>
  event('task.progressed', { text, kind, by: 'hub' });
const leased = (attempt = 1): TaskEvent => event('task.leased', { by: 'hub', attempt });
const replied = (text: string, by = 'hub'): TaskEvent => event('task.replied', { text, by });

function shown(events: readonly TaskEvent[], detail: TaskTimelineOptions['detail'] = 'all'): string {
  const timeline = new TaskTimeline({ ink: createColors(false), columns: 80, detail });
  return events.map((one) => timeline.push(one).text).join('');
}

const last = (events: readonly TaskEvent[]): string | null => {
  const timeline = new TaskTimeline({ ink: createColors(false), columns: 80, detail: 'all' });
  return events.map((one) => timeline.push(one).status).at(-1) ?? null;
};

describe('a task that is watched', () => {
  test('is told from its sending to its reply, which is streamed once', () => {
    const session = 'ses_00000000000000000000zzz999';
    const events = [
      ...[sent(), leased(), event('task.started', { session, turn: 'trn_1', attempt: 1, after: 3 })],
      ...[says('All '), says('green'), replied('All green.')],
    ];
    expect(shown(events)).toBe(
      [
        '› Test it.',
        '  owner → lead → tester',
        'tester works on it',
        'in session …zzz999; spool attach zzz999 shows all of its work',
        '',
        'All green.',
        '',
        '✓ replied · 2.0 s',
        '',
      ].join('\n'),
    );
  });

  test('whose reply is other than what was told on the way shows the reply', () => {
    expect(shown([sent(), says('Draft.'), replied('Final.')])).toContain('\nDraft.\n\n— the reply —\nFinal.\n\n✓ replied');
  });

  test('is told with reports, questions, tasks that follow from it and who has answered', () => {
    const other = 'tsk_00000000000000000000def456';
    const text = shown([
      ...[sent({ note: 'tester is offline: the task waits until it is back', deadline: '2026-01-01T01:00:00.000Z' }), leased(2)],
      ...[says('half done', 'report'), event('task.branched', { task: other, to: 'person', from: 'tester' })],
      ...[event('task.waiting', { for: 'person', reason: 'Which colour?', id: other, by: 'hub' }), event('task.resumed', { by: 'hub' })],
      replied('Red.', 'ann'),
    ]);
    const lines = ['! tester is offline', 'done by 2026-01-01T01:00:00.000Z', 'tester works on it · attempt 2', '· half done\n'];
    const more = [
      '→ tester asks person: task …def456',
      '? its agent asks a person: Which colour?',
      'spool task reply def456',
      'it goes on\n',
    ];
    for (const part of [...lines, ...more, '\nRed.\n\n✓ replied by ann']) expect(text).toContain(part);
  });

  test('begins anew after an attempt that came to nothing, and what that had written is not taken for the reply', () => {
    const requeued = event('task.requeued', { reason: 'the model was overloaded', attempt: 1 });
    const text = shown([sent(), leased(), says('Let'), requeued, leased(2), says('Let me'), replied('Let me see.')]);
    expect(text).toContain(
      'Let\n\n! attempt 1 came to nothing: the model was overloaded; it is begun again\ntester works on it · attempt 2',
    );
    expect(text).toContain('\nLet me see.\n\n✓ replied');
    const handedBack = event('task.requeued', { reason: 'ci stops', attempt: 1, unused: true });
    expect(shown([sent(), handedBack])).toContain('! handed back: ci stops; it is begun again\n');
  });

  test('that is held says who lets it go, and that it was', () => {
    const text = shown([sent({ hold: 'lead wants a person to let it go first' }), event('task.approved', { by: 'ann', reason: 'fine' })]);
    expect(text).toContain('? held: lead wants a person to let it go first\n    spool task approve abc123');
    expect(text).toContain('✓ approved by ann: fine\n');
  });

  test.each([
    [event('task.failed', { code: 'turn-failed', message: 'no way', retryable: false, by: 'hub' }), '✗ failed: no way (turn-failed)'],
    [event('task.cancelled', { by: 'ann', reason: 'not needed' }), '■ called off by ann: not needed'],
    [event('task.expired', { what: 'queue', message: 'it was to be begun by noon' }), '✗ expired: it was to be begun by noon'],
  ])('ends with what came of it', (end, line) => {
    expect(shown([sent(), end])).toMatch(new RegExp(`\n${line.replace(/[()]/g, '\\$&')}`));
  });

  test('keeps what had been written when it failed', () => {
    const failed = event('task.failed', { code: 'interrupted', message: 'stopped', retryable: false, by: 'hub', text: 'Half of it' });
    expect(shown([sent(), says('Half'), failed])).toContain('\nHalf of it\n\n✗ failed: stopped (interrupted)');
  });

  test('has a status while nothing is written: queued, at work, none while it waits for a person', () => {
    expect(last([sent()])).toBe('queued');
    expect(last([sent(), leased()])).toBe('tester works');
    expect(last([sent(), leased(), says('All')])).toBeNull();
    const asks = event('task.waiting', { for: 'approval', reason: 'Run ls?', id: 'apr_1_1', by: 'hub' });
    expect(last([sent(), leased(), asks])).toBeNull();
    expect(last([sent(), leased(), asks, event('task.resumed', { by: 'hub' })])).toBe('tester works');
  });

  test('can neither move the cursor nor pretend to be us', () => {
    expect(shown([sent({ input: '\u001b[2JHello' }), says('\u001b]0;title\u0007x', 'report'), replied('a\u001b[1Ab')])).not.toContain(
      '\u001b',
    );
  });
});

describe('a task that is waited for', () => {
  test('tells only what stands in its way, and how it ended when nobody replied', () => {
    const asks = event('task.waiting', { for: 'approval', reason: 'Run ls?', id: 'apr_00000000000000000000xyz789_1', by: 'hub' });
    const quiet = [leased(), says('All'), says('half done', 'report')];
    expect(shown([...quiet, replied('All.')], 'needed')).toBe('');
    expect(shown([...quiet, asks, event('task.cancelled', { by: 'ann' })], 'needed')).toBe(
      [
        '? its agent asks for a permission: Run ls?',
        '    spool permit show xyz789_1   shows what is asked',
        '    spool permit allow xyz789_1  allows it',
        '    spool permit deny xyz789_1   does not',
        '■ called off by ann',
        '',
      ].join('\n'),
    );
  });
});
