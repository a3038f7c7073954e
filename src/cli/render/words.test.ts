import { createColors } from 'picocolors';
import { expect, test } from 'vitest';
import { bareCommand } from '../../base/bare-command.js';
import { oneLine, printable, widthOf } from './printable.js';
import { table } from './table.js';
import { age, duration } from './words.js';

test('durations read as people say them', () => {
  expect([0, 340, 9_940, 9_960, 59_400, 60_000, 125_000, 3_700_000].map(duration)).toEqual([
    '0.0 s',
    '0.3 s',
    '9.9 s',
    '10 s',
    '59 s',
    '1 min',
    '2 min 5 s',
    '1 h 1 min',
  ]);
});

test('ages go from minutes to days', () => {
  const now = Date.parse('2026-01-10T00:00:00.000Z');
  expect(
    ['2026-01-09T23:59:30Z', '2026-01-09T23:10:00Z', '2026-01-09T00:00:00Z', '2026-01-01T00:00:00Z'].map((at) => age(at, now)),
  ).toEqual(['just now', '50 min', '24 h', '9 d']);
});

test('the shell around a command is taken off, and only when that changes nothing', () => {
  expect(bareCommand(`/bin/bash -lc 'npm test'`)).toBe('npm test');
  expect(bareCommand(`bash -lc "echo \\"hi\\" \\$HOME"`)).toBe('echo "hi" $HOME');
  expect(bareCommand(`/usr/bin/zsh -lc 'echo '"'"'x'"'"''`)).toBe("echo 'x'");
  expect(bareCommand('bash -lc ls')).toBe('ls');
  expect(bareCommand(`bash -lc 'a' && rm 'b'`)).toBe(`bash -lc 'a' && rm 'b'`);
  expect(bareCommand('git commit -m "bash -lc x"')).toBe('git commit -m "bash -lc x"');
});

test('printable text keeps words, tabs and emoji, and loses all control', () => {
  expect(printable('a\tb\n👩‍💻 ünï\u001b]0;title\u0007\u001b[1mx\u001b[0m\u0085')).toBe('a\tb\n👩‍💻 ünïx');
  expect(oneLine('  first\nsecond ')).toBe('first …');
  expect(widthOf('ab字👍é')).toBe(7);
});

test('a table lines up and gives the rest of the line to its last column', () => {
  const rows = [
    ['ses_1', 'running', 'a title that is long'],
    ['ses_22', 'idle', '字字'],
  ];
  expect(table(['ID', 'STATUS', 'TITLE'], rows, { ink: createColors(false), columns: 30 })).toBe(
    ['ID      STATUS   TITLE', 'ses_1   running  a title that…', 'ses_22  idle     字字'].join('\n'),
  );
});
