import { expect, test } from 'vitest';
import { isOlder } from './version-order.js';

test('versions are compared number by number, and what is before a release counts as the release', () => {
  expect(isOlder('0.99.0', '0.130.0')).toBe(true);
  expect(isOlder('0.130.0', '0.130.0')).toBe(false);
  expect(isOlder('0.130.0-alpha.1', '0.130.0')).toBe(false);
  expect(isOlder('1.0.0', '0.999.9')).toBe(false);
  expect(isOlder('1.2', '1.2.1')).toBe(true);
});
