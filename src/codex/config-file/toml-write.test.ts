import { expect, test } from 'vitest';
import { parseText } from './toml-read.js';
import { dottedName, tomlKey, tomlString, tomlValue } from './toml-write.js';

test('the backslash is escaped first, then quotes and what has a short escape, then every other control character', () => {
  expect(tomlString('C:\\new\\"x"')).toBe('"C:\\\\new\\\\\\"x\\""');
  expect(tomlString('\b\t\n\f\r')).toBe('"\\b\\t\\n\\f\\r"');
  expect(tomlString('\u0000\u001b\u007f\u0085\u2028')).toBe('"\\u0000\\u001B\\u007F\\u0085\\u2028"');
  expect(tomlString('ü🎈\'#[]"""')).toBe('"ü🎈\'#[]\\"\\"\\""');
});

test('every character of the basic plane comes back as it was, on one line', () => {
  const all = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter((char) => !/\p{Surrogate}/u.test(char));
  const written = tomlString(all.join(''));
  expect(written).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
  expect(parseText(`${written} = ${written}`).statements).toMatchObject([{ key: [all.join('')], value: all.join('') }]);
});

test('half of a surrogate pair is refused, in a value and in a name', () => {
  for (const text of ['\ud800', 'a\udc00b', '🎈'.slice(1)]) {
    expect(() => tomlString(text)).toThrow(expect.objectContaining({ code: 'invalid-input' }));
    expect(() => dottedName(['mcp_servers', text])).toThrow(expect.objectContaining({ code: 'invalid-input' }));
  }
});

test('a key is quoted when it has to be', () => {
  expect(['a-b_1', 'x@m', 'a.b', '', 'ü', 'a]\nb = "'].map(tomlKey)).toEqual(['a-b_1', '"x@m"', '"a.b"', '""', '"ü"', '"a]\\nb = \\""']);
});

test.each([
  [1, '1'],
  [-0, '-0.0'],
  [1.5, '1.5'],
  [1e21, '1e+21'],
  [2 ** 53, '9007199254740992.0'],
  [Number.NaN, 'nan'],
  [Number.NEGATIVE_INFINITY, '-inf'],
  [true, 'true'],
  [[], '[]'],
  [{}, '{}'],
  [['a', [1, { 'b c': 'x', d: {} }]], '["a", [1, { "b c" = "x", d = {} }]]'],
])('%j is written as %s and read as what it was', (value, text) => {
  expect(tomlValue(value)).toBe(text);
  expect(parseText(`x = ${text}`).statements[0]?.value).toEqual(value);
});

test('what TOML has no word for is refused', () => {
  for (const value of [null, undefined, [null], { a: undefined }])
    expect(() => tomlValue(value as unknown as string)).toThrow(expect.objectContaining({ code: 'invalid-input' }));
});
