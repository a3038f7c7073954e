import { describe, expect, test } from 'vitest';
import { LineCutter } from './lines.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function cutter(maxBytes = 1_000): { cutter: LineCutter; lines: string[] } {
  const lines: string[] = [];
  return { cutter: new LineCutter({ maxBytes, onLine: (line) => lines.push(line) }), lines };
}

describe('Lines', () => {
  test('lines come out in the call that brings their end, however the bytes are cut', () => {
    const text = 'ä€😀 one\n\n{"a":"b"}\nlast\n';
    const whole = bytes(text);
    for (let size = 1; size <= whole.length; size++) {
      const { cutter: cut, lines } = cutter();
      for (let at = 0; at < whole.length; at += size) cut.push(whole.subarray(at, at + size));
      expect(lines).toEqual(['ä€😀 one', '', '{"a":"b"}', 'last']);
    }
  });

  test('nothing but a newline ends a line: not U+2028, U+2029, NEL, a form feed or a carriage return', () => {
    const { cutter: cut, lines } = cutter();
    cut.push(bytes('a\u2028b\u2029c\u0085d\fe\rf\r\ng\n'));
    expect(lines).toEqual(['a\u2028b\u2029c\u0085d\fe\rf\r', 'g']);
  });

  test('a last line without a newline comes out at the end, once', () => {
    const { cutter: cut, lines } = cutter();
    cut.push(bytes('{"done":tr'));
    cut.push(bytes('ue}'));
    expect(lines).toEqual([]);
    cut.end();
    cut.end();
    expect(lines).toEqual(['{"done":true}']);
  });

  test('an end right after a newline makes no empty line', () => {
    const { cutter: cut, lines } = cutter();
    cut.push(bytes('a\n'));
    cut.end();
    expect(lines).toEqual(['a']);
  });

  test('a line at the limit passes, and one byte more is an error that comes before the end of the line', () => {
    const { cutter: cut, lines } = cutter(4);
    cut.push(bytes('1234\n'));
    cut.push(bytes('123'));
    expect(() => cut.push(bytes('45'))).toThrow(expect.objectContaining({ code: 'too-large' }));
    cut.push(bytes('6\nnext\n'));
    cut.end();
    expect(lines).toEqual(['1234']);
  });

  test('a limit counts bytes, not characters', () => {
    const { cutter: cut } = cutter(4);
    expect(() => cut.push(bytes('€€'))).toThrow(expect.objectContaining({ code: 'too-large' }));
  });

  test('bytes that are no UTF-8 are replaced and stay in their own line', () => {
    const { cutter: cut, lines } = cutter();
    cut.push(Uint8Array.of(0xe2, 0x82));
    cut.push(Uint8Array.of(0x0a, 0x61, 0xff, 0x0a));
    cut.push(Uint8Array.of(0xf0));
    cut.end();
    expect(lines).toEqual(['\ufffd', 'a\ufffd', '\ufffd']);
  });

  test('a line in a thousand pieces is decoded once, and the pieces may be overwritten behind it', () => {
    const { cutter: cut, lines } = cutter(1_000_000);
    const chunk = bytes('0123456789');
    for (let i = 0; i < 1_000; i++) {
      chunk.set(bytes('0123456789'));
      cut.push(chunk);
      chunk.fill(0x58);
    }
    cut.push(bytes('\n'));
    expect(lines).toEqual(['0123456789'.repeat(1_000)]);
  });

  test('what a listener throws does not swallow the lines behind it', () => {
    const lines: string[] = [];
    const cut = new LineCutter({
      maxBytes: 100,
      onLine: (line) => {
        lines.push(line);
        if (line === 'bad') throw new Error('no');
      },
    });
    expect(() => cut.push(bytes('bad\n'))).toThrow('no');
    cut.push(bytes('good\n'));
    expect(lines).toEqual(['bad', 'good']);
  });
});
