import { expect, test } from 'vitest';
import { ToolCall } from './tool-calls.js';

const text = (words: string): object => ({ type: 'content', content: { type: 'text', text: words } });

function told(...pieces: Record<string, unknown>[]): ToolCall {
  const call = new ToolCall('i');
  for (const piece of pieces) call.take(piece);
  return call;
}

test.each([
  [{ command: 'ls -l' }, 'ls -l'],
  [{ command: ['bash', '-lc', "echo 'a b'; ls"] }, `bash -lc 'echo '\\''a b'\\''; ls'`],
  [{ command: [] }, 'List files'],
  [undefined, 'List files'],
])('the command of %o is %s', (rawInput, command) => {
  expect(told({ kind: 'execute', title: 'List files', status: 'in_progress', rawInput }).item()).toMatchObject({
    kind: 'command',
    command,
  });
});

test('what a call is, is settled when it begins to be worked on, and not changed by what is said later', () => {
  const call = told({ kind: 'edit', status: 'pending', title: 'write' }, { kind: 'other', status: 'in_progress', title: 'invalid' });
  expect(call.item()).toMatchObject({ kind: 'toolCall', tool: 'invalid', status: 'inProgress' });
  call.take({ kind: 'execute', status: 'completed', content: [text('no such tool')] });
  expect(call.item()).toMatchObject({ kind: 'toolCall', status: 'completed', result: 'no such tool' });
});

test('output comes by its content, as pieces for a terminal, or as the raw output alone; the exit code where agents put it', () => {
  const begin = { kind: 'execute', title: 'x', status: 'in_progress' };
  const whole = told(begin, { content: [text('one\n')] });
  expect(whole.moreOutput()).toBe('one\n');
  whole.take({ content: [text('one\ntwo\n')], status: 'completed', rawOutput: { metadata: { exit: 0 } } });
  expect([whole.moreOutput(), whole.item()]).toMatchObject(['two\n', { output: 'one\ntwo\n', exitCode: 0 }]);

  const pieces = told(begin, { _meta: { terminal_output_delta: { data: 'a' } } });
  expect(pieces.moreOutput()).toBe('a');
  pieces.take({ _meta: { terminal_output: { data: 'b' } } });
  pieces.take({ status: 'failed', _meta: { terminal_exit: { exit_code: 3 } } });
  expect([pieces.moreOutput(), pieces.item()]).toMatchObject(['b', { output: 'ab', exitCode: 3, status: 'failed' }]);

  const raw = told(begin, { status: 'completed', rawOutput: { output: 'raw', exitCode: 4 } });
  expect(raw.item()).toMatchObject({ output: 'raw', exitCode: 4 });
  expect(told(begin, { rawOutput: { output: 'raw', exitCode: 4 } }).item()).not.toHaveProperty('output');
});

test('a text that is replaced is no more output, and what is too much is cut and says so', () => {
  const call = told({ kind: 'execute', title: 'x', status: 'in_progress', content: [text('waiting')] });
  expect(call.moreOutput()).toBe('waiting');
  call.take({ content: [text('x'.repeat(300_000))], status: 'completed' });
  expect(call.moreOutput()).toBe('');
  const item = call.item();
  expect(item.kind === 'command' ? item.output?.slice(-60) : '').toMatch(/\[\d+ more characters were left out\]$/);
});

test('what is shown with a question is for the one who answers: its changes stay, its text is no output', () => {
  const call = told({ kind: 'execute', title: 'x', status: 'pending' });
  const diff = { type: 'diff', path: '/a', oldText: null, newText: 'one\n' };
  expect(call.takeAsked({ status: 'pending', content: [text('May I? '), diff] })).toBe('May I?');
  call.take({ status: 'completed' });
  expect(call.item()).not.toHaveProperty('output');
  expect(call.changes).toEqual([{ path: '/a', kind: 'add', diff: 'one\n' }]);
});

test('changes are those that are shown, else the places that are named', () => {
  const shown = told({
    ...{ kind: 'delete', status: 'completed', locations: [{ path: '/a' }] },
    content: [
      { type: 'diff', path: '/a', oldText: 'x', newText: '' },
      { type: 'diff', path: '/b', oldText: 'x\n', newText: 'y\n' },
    ],
  });
  expect(shown.item()).toMatchObject({
    changes: [
      { path: '/a', kind: 'delete' },
      { path: '/b', kind: 'update', diff: '@@ -1,1 +1,1 @@\n-x\n+y\n' },
    ],
  });
  const named = told({ kind: 'delete', status: 'completed', locations: [{ path: '/a' }, { path: '/a' }, {}] });
  expect(named.item()).toMatchObject({ changes: [{ path: '/a', kind: 'delete' }] });
  const huge = told({
    kind: 'edit',
    status: 'completed',
    content: [{ type: 'diff', path: '/a', oldText: 'x', newText: 'y'.repeat(600_000) }],
  });
  expect(huge.item()).toMatchObject({ changes: [{ path: '/a', kind: 'update' }] });
});
