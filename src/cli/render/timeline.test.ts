import { createColors } from 'picocolors';
import { describe, expect, test } from 'vitest';
import type { Event, EventData, EventType } from '../../contract/events.js';
import type { Item } from '../../contract/item.js';
import { renderTimeline, Timeline, type TimelineOptions } from './timeline.js';

const PLAIN: TimelineOptions = { ink: createColors(false), columns: 60, input: true };
const TURN = 'trn_00000000000000000000000001';

/** Builds a session's events, a second apart. */
function story(...parts: readonly { type: EventType; data: unknown; item?: string }[]): Event[] {
  return parts.map(
    (part, i) =>
      ({ ...part, position: i + 1, session: 'ses_1', turn: TURN, at: new Date(Date.UTC(2026, 0, 1, 0, 0, i)).toISOString() }) as Event,
  );
}

const e = <T extends EventType>(type: T, data: EventData<T>, item?: string) => (item === undefined ? { type, data } : { type, data, item });
const done = (item: Item) => e('item.completed', { item }, item.id);
const delta = (item: string, text: string) => e('item.delta', { kind: 'text', text }, item);
const usage = { inputTokens: 1000, cachedInputTokens: 0, outputTokens: 234, reasoningTokens: 0, totalTokens: 1234 };
const command = (more: Partial<Extract<Item, { kind: 'command' }>>): Item => ({
  id: 'c1',
  kind: 'command',
  command: "/bin/bash -lc 'npm test'",
  status: 'completed',
  ...more,
});

const opened = e('session.opened', {
  agent: 'default',
  runtime: 'codex-app-server',
  cwd: '/home/ann/app',
  title: null,
  model: null,
  effort: null,
  permissions: {},
  by: 'owner',
});
const asked = e('turn.requested', { input: [{ type: 'text', text: 'Fix the test' }], mode: 'auto', disposition: 'started', by: 'owner' });
const started = e('turn.started', { ref: 'r1' });

describe('a whole turn', () => {
  test('reads like a story with messages, commands, changes and an end', () => {
    const text = renderTimeline(
      story(
        opened,
        asked,
        started,
        delta('m1', 'I run the te'),
        delta('m1', 'sts first.'),
        done({ id: 'm1', kind: 'agentMessage', text: 'I run the tests first.' }),
        done(command({ exitCode: 1, durationMs: 2300, output: 'one\ntwo\n1 failed\n' })),
        done({
          id: 'f1',
          kind: 'fileChange',
          status: 'completed',
          changes: [
            { path: '/home/ann/app/src/a.ts', kind: 'update', diff: '@@ -1,2 +1,3 @@\n-old\n+new\n+more\n' },
            { path: '/home/ann/app/b.md', kind: 'add', diff: 'x\ny\n' },
            { path: '/tmp/gone.txt', kind: 'delete', diff: 'z\n' },
          ],
        }),
        done(command({ exitCode: 0, durationMs: 15_200 })),
        delta('m2', 'Done.'),
        done({ id: 'm2', kind: 'agentMessage', text: 'Done.' }),
        e('turn.completed', { finalText: 'Done.', usage }),
      ),
      PLAIN,
    );
    expect(text).toBe(
      [
        '› Fix the test',
        '',
        'I run the tests first.',
        '',
        '✗ $ npm test · exit 1 · 2.3 s',
        '  │ one',
        '  │ two',
        '  │ 1 failed',
        '~ src/a.ts  +2 -1',
        '+ b.md  2 lines',
        '- /tmp/gone.txt',
        '✓ $ npm test · 15 s',
        '',
        'Done.',
        '',
        '✓ completed · 1,234 tokens · 9.0 s',
        '',
      ].join('\n'),
    );
  });

  test('that fails or is interrupted says why', () => {
    const failed = e('turn.failed', { code: 'quota', message: 'the limit is reached', retryable: true, finalText: null, usage: null });
    expect(renderTimeline(story(started, failed), PLAIN)).toBe('✗ failed: the limit is reached (quota) · 1.0 s\n');
    const interrupted = e('turn.interrupted', { finalText: null, usage: null, reason: 'the host was restarted' });
    expect(renderTimeline(story(started, interrupted), PLAIN)).toBe('■ interrupted: the host was restarted · 1.0 s\n');
  });
});

describe('messages', () => {
  test('grow by each piece, and only by it', () => {
    const timeline = new Timeline(PLAIN);
    const texts = story(started, delta('m', 'Hel'), delta('m', 'lo'), done({ id: 'm', kind: 'agentMessage', text: 'Hello!' })).map(
      (one) => timeline.push(one).text,
    );
    expect(texts).toEqual(['', 'Hel', 'lo', '!\n']);
  });

  test('whose pieces were missed are shown whole, and a final text that differs wins', () => {
    expect(renderTimeline(story(done({ id: 'm', kind: 'agentMessage', text: 'All of it' })), PLAIN)).toBe('All of it\n');
    const text = renderTimeline(story(delta('m', 'Drafft'), done({ id: 'm', kind: 'agentMessage', text: 'Draft' })), PLAIN);
    expect(text).toBe('Drafft\n\nDraft\n');
  });

  test('cannot move the cursor, hide text or turn it around', () => {
    const evil = 'a\u001b[2Jb\u0007\u202Ec\u0000';
    expect(renderTimeline(story(delta('m', evil), done({ id: 'm', kind: 'agentMessage', text: evil })), PLAIN)).toBe('a[2Jb<U+202E>c\n');
  });
});

describe('commands', () => {
  test('show the end of a long output and the last state of a rewritten line', () => {
    const output = `${Array.from({ length: 10 }, (_, i) => `line ${i + 1}`).join('\n')}\n10%\r50%\r100%\r\n\u001b[31mred\u001b[0m\n`;
    expect(renderTimeline(story(done(command({ output, exitCode: 0 }))), PLAIN)).toBe(
      ['✓ $ npm test', '  │ … 7 lines more above', '  │ line 8', '  │ line 9', '  │ line 10', '  │ 100%', '  │ red', ''].join('\n'),
    );
  });

  test('fit into a narrow terminal', () => {
    const long = command({ command: `echo ${'word '.repeat(40)}`, exitCode: 0, durationMs: 100, output: '字'.repeat(60) });
    const lines = renderTimeline(story(done(long)), { ...PLAIN, columns: 30 }).split('\n');
    expect(lines[0]).toBe('✓ $ echo word word wo… · 0.1 s');
    expect(lines[1]).toBe(`  │ ${'字'.repeat(12)}…`);
  });

  test('that were declined or of several lines say so', () => {
    expect(renderTimeline(story(done(command({ status: 'declined' }))), PLAIN)).toBe('⊘ $ npm test · declined\n');
    expect(renderTimeline(story(done(command({ command: 'cat <<X\nhi\nX' }))), PLAIN)).toBe('✓ $ cat <<X …\n');
  });
});

describe('questions', () => {
  const approval = {
    id: 'apr_1',
    session: 'ses_1',
    turn: TURN,
    status: 'pending',
    askedAt: '2026-01-01T00:00:00.000Z',
    decisions: ['accept', 'decline'],
  } as const;

  test('show the whole command, where it runs and why', () => {
    const ask = {
      ...approval,
      decisions: [...approval.decisions],
      kind: 'command' as const,
      title: 't',
      command: 'rm -rf build\nrm -rf dist',
      cwd: '/home/ann/app',
      reason: 'a clean start',
    };
    const answer = e('approval.answered', { approval: 'apr_1', answer: { decision: 'accept' }, by: 'owner' });
    expect(renderTimeline(story(e('approval.asked', { approval: ask, ref: '0' }), answer), PLAIN)).toBe(
      [
        '? May the agent run this command?',
        '    rm -rf build',
        '    rm -rf dist',
        '    in /home/ann/app',
        '    because: a clean start',
        '✓ allowed by owner',
        '',
      ].join('\n'),
    );
  });

  test('about files show each file, and their end is told', () => {
    const changes = [{ path: '/etc/hosts', kind: 'update' as const, diff: '@@\n+x\n' }];
    const ask = { ...approval, decisions: [...approval.decisions], kind: 'fileChange' as const, title: 't', changes };
    const expired = e('approval.expired', { approval: 'apr_1', reason: 'the turn failed' });
    expect(renderTimeline(story(e('approval.asked', { approval: ask, ref: '0' }), expired), PLAIN)).toBe(
      ['? May the agent change these files?', '    ~ /etc/hosts  +1 -0', 'the question is closed: the turn failed', ''].join('\n'),
    );
  });
});

test('a plan is told once, then only the steps that move', () => {
  const plan = (first: string) =>
    e('plan.updated', {
      steps: [
        { step: 'Read', status: first },
        { step: 'Write', status: 'pending' },
      ],
    });
  expect(renderTimeline(story(plan('inProgress'), plan('inProgress'), plan('completed')), PLAIN)).toBe('  ▸ Read\n  ☐ Write\n  ☑ Read\n');
});

test('what goes wrong on the way is told', () => {
  const text = renderTimeline(
    story(
      e('turn.retrying', { message: 'the model is busy' }),
      e('warning.raised', { message: 'careful' }),
      e('runtime.exited', { message: 'it was killed', exitCode: null, signal: 'SIGKILL', stderrTail: '' }),
      done({ id: 't', kind: 'toolCall', server: 'files', tool: 'read', status: 'failed', error: 'no such file', durationMs: 300 }),
    ),
    PLAIN,
  );
  expect(text).toBe(
    [
      '! trying again: the model is busy',
      '! careful',
      '✗ the runtime exited: it was killed',
      '✗ files.read · 0.3 s',
      '  │ no such file',
      '',
    ].join('\n'),
  );
});

test('the status follows what is going on, and gives way to a message, a question and the end', () => {
  const timeline = new Timeline(PLAIN);
  const statuses = story(
    asked,
    started,
    e('item.started', { item: command({ status: 'inProgress' }) }, 'c1'),
    done(command({ exitCode: 0 })),
    delta('m', 'Hi'),
    e('turn.completed', { finalText: 'Hi', usage: null }),
  ).map((one) => timeline.push(one).status);
  expect(statuses).toEqual(['waiting for the runtime', 'thinking', '$ npm test', 'thinking', null, null]);
});

test('an event of a type that is not known yet changes nothing', () => {
  const unknown = { ...story(started)[0], type: 'turn.dreaming', data: {} } as unknown as Event;
  expect(new Timeline(PLAIN).push(unknown)).toEqual({ text: '', status: null });
});
