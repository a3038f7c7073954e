/** Session ids, and others that are made from a command's id. A repeated request to open a session must find the same one, so its id is then made from who asked and the command id. */

import { createHash } from 'node:crypto';
import { type IdPrefix, newId } from '../base/ids.js';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

export function sessionIdFor(principal: string, commandId: string | undefined, now: number): string {
  return idMadeFrom('ses', commandId === undefined ? undefined : [principal, commandId], now);
}

/** An id that is the same for the same words; a new one without any. */
export function idMadeFrom(prefix: IdPrefix, words: readonly string[] | undefined, now: number): string {
  if (words === undefined) return newId(prefix, now);
  const digest = createHash('sha256').update(JSON.stringify(words)).digest();
  let text = '';
  for (const byte of digest.subarray(0, 26)) text += ALPHABET.charAt(byte & 31);
  return `${prefix}_${text}`;
}

/** Whether the text has the form of a session id, so that a stream of another kind is never taken for a session. */
export function isSessionId(text: string): boolean {
  return /^ses_[0-9a-z]{26}$/.test(text);
}
