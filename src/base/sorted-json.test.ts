import { expect, test } from 'vitest';
import { sortedJson } from './sorted-json.js';

test('the same value is the same text, however deep its keys were set in another order', () => {
  const one = { b: [{ d: 1, c: null }], a: { z: 'x', __y: true } };
  const other = { a: { __y: true, z: 'x' }, b: [{ c: null, d: 1 }] };
  expect(sortedJson(one)).toBe('{"a":{"__y":true,"z":"x"},"b":[{"c":null,"d":1}]}');
  expect(sortedJson(other)).toBe(sortedJson(one));
});

test.each([
  [undefined, 'null'],
  [[2, 1], '[2,1]'],
  ['"', '"\\""'],
  [JSON.parse('{"__proto__":1,"A":2}'), '{"A":2,"__proto__":1}'],
])('%j is %s', (value, text) => {
  expect(sortedJson(value)).toBe(text);
});
