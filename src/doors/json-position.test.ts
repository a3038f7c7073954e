import { describe, expect, test } from 'vitest';
import { jsonBreak } from './json-position.js';

describe('Where a text stops being JSON', () => {
  test.each(['null', ' {"a": [1, -2.5e3, "x\\u00e9\\n", {}, []], "b": true} ', '""', '0', '"\u007f\u2028"'])('%s is JSON', (text) => {
    expect(jsonBreak(text)).toBeNull();
    expect(() => JSON.parse(text) as unknown).not.toThrow();
  });

  test.each([
    ['', 0, 'value'],
    ['{"a":}', 5, 'value'],
    ['{"a" 1}', 5, ':'],
    ['{"a":1,}', 7, 'key'],
    ['{a:1}', 1, 'key or }'],
    ['[1 2]', 3, ', or ]'],
    ['{"a":1 "b":2}', 7, ', or }'],
    ['[1,]', 3, 'value'],
    ['{} {}', 3, 'end of text'],
    ['[1', 2, ', or ]'],
    ['"open', 0, 'value'],
    ['01', 1, 'end of text'],
    ["{'a':1}", 1, 'key or }'],
    ['"\n"', 0, 'value'],
  ])('%j breaks at %i, where %s was wanted', (text, offset, wanted) => {
    expect(jsonBreak(text)).toMatchObject({ offset, wanted });
    expect(() => JSON.parse(text) as unknown).toThrow();
  });

  test('line and column count from one', () => {
    expect(jsonBreak('{\n  "a": 1,\n  "b" 2\n}')).toMatchObject({ line: 3, column: 7 });
  });
});
