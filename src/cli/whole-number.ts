/** Numbers in flags. */

import { SpoolError } from '../base/errors.js';

/** The whole number in a flag's value, or undefined when the flag was not given. */
export function wholeNumber(flag: string, text: string | undefined, least = 0): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
    throw new SpoolError('invalid-input', `${flag} wants a whole number from ${least} on, and got ${JSON.stringify(text)}`);
  }
  return value;
}
