/** Ids that are made from words, so that a repeated request finds what the first one has made. */

import { createHash } from 'node:crypto';
import { type IdPrefix, newId } from './ids.js';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** An id that is the same for the same words; a new one without any. */
export function idMadeFrom(prefix: IdPrefix, words: readonly string[] | undefined, now: number): string {
  if (words === undefined) return newId(prefix, now);
  const digest = createHash('sha256').update(JSON.stringify(words)).digest();
  let text = '';
  for (const byte of digest.subarray(0, 26)) text += ALPHABET.charAt(byte & 31);
  return `${prefix}_${text}`;
}
