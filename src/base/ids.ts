/**
 * Time-ordered ids with a readable prefix: `ses_01JD...`. 48 bits of milliseconds, 80 bits of randomness, Crockford base 32
 * in lower case, so that ids sort by birth as text. Works in a browser.
 */

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

export type IdPrefix = 'ses' | 'trn' | 'tsk' | 'req' | 'hst' | 'und' | 'ter' | 'sch' | 'whk';

/** A new id, `prefix_` and 26 characters. `now` is in milliseconds. */
export function newId(prefix: IdPrefix, now: number = Date.now()): string {
  let time = '';
  let rest = now;
  for (let i = 0; i < 10; i++) {
    time = ALPHABET.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  let random = '';
  for (const byte of globalThis.crypto.getRandomValues(new Uint8Array(16))) random += ALPHABET.charAt(byte & 31);
  return `${prefix}_${time}${random}`;
}
