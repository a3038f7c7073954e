import { expect, test } from 'vitest';
import { Screen } from './screen.js';

function shown(text: string, columns = 20, rows = 4): string {
  const screen = new Screen(columns, rows);
  screen.write(text);
  return screen.text();
}

test('text stands where it was put, lines wrap and the oldest go', () => {
  expect(shown('one\r\ntwo')).toBe('one\ntwo');
  expect(shown('abcdef', 3)).toBe('abc\ndef');
  expect(shown('abc\r\nd', 3)).toBe('abc\nd');
  expect(shown('1\r\n2\r\n3\r\n4\r\n5')).toBe('2\n3\n4\n5');
  expect(shown('a\tb\bc')).toBe('a       c');
});

test('the cursor is moved, and what it leaves out is blank', () => {
  expect(shown('\u001b[2;3Hx\u001b[1;1Hy\u001b[3Cz\u001b[1D\u001b[1B!')).toBe('y   z\n  x !');
  expect(shown('ab\u001b7\r\n\ncd\u001b8e\u001b[4Gf')).toBe('abef\n\ncd');
  expect(shown('\u001b[99;99Hx', 5, 2)).toBe('    x');
});

test('what is erased, inserted and scrolled is so', () => {
  expect(shown('abc\u001b[2D\u001b[K')).toBe('a');
  expect(shown('abc\r\ndef\u001b[1;2H\u001b[J')).toBe('a');
  expect(shown('abc\r\ndef\u001b[2J\u001b[Hnew')).toBe('new');
  expect(shown('abcd\u001b[1;2H\u001b[2Xx\u001b[1;1H\u001b[1P')).toBe('x d');
  expect(shown('1\r\n2\r\n3\u001b[1;2r\u001b[2;1H\n9')).toBe('2\n9\n3');
  expect(shown('1\r\n2\r\n3\u001b[2;1H\u001b[L+')).toBe('1\n+\n2\n3');
  expect(shown('1\r\n2\u001b[1;1H\u001bM0')).toBe('0\n1\n2');
});

test('colours, titles, modes and unknown sequences change nothing, also in parts', () => {
  expect(shown('\u001b[1;38;2;1;2;3mred\u001b[0m\u001b]0;title\u0007\u001b[?25l\u001b[>7u\u001b[?u\u001b]11;?\u001b\\\u001b(B ok')).toBe(
    'red ok',
  );
  const screen = new Screen(20, 4);
  for (const part of ['a\u001b', '[', '3', '1mb\u001b]0;ti', 'tle\u0007c']) screen.write(part);
  expect(screen.text()).toBe('abc');
  expect(shown('before\u001b[?1049hinside')).toContain('inside');
});
