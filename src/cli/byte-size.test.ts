/** Sizes as people write them. */

import { expect, test } from 'vitest';
import { byteSize } from './byte-size.js';

test('a size is a number of bytes, with k and m for thousands and millions of them', () => {
  const sizes = ['0', '500', '64k', '64kB', '1.5M', '2mb'].map((text) => byteSize('--larger-than', text));
  expect(sizes).toEqual([0, 500, 64_000, 64_000, 1_500_000, 2_000_000]);
  expect(byteSize('--larger-than', undefined)).toBeUndefined();
});

test('what is no size is refused with the flag and what it wants', () => {
  for (const text of ['', '-1', 'much', '1g', '1.k', '0x10'])
    expect(() => byteSize('--larger-than', text), text).toThrow(/--larger-than wants a size/);
});
