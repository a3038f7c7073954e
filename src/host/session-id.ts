/** Session ids. A repeated request to open a session must find the same one, so its id is then made from who asked and the command id. */

import { createHash } from 'node:crypto';
import { newId } from '../base/ids.js';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

export function sessionIdFor(principal: string, commandId: string | undefined, now: number): string {
  if (commandId === undefined) return newId('ses', now);
  const digest = createHash('sha256')
    .update(JSON.stringify([principal, commandId]))
    .digest();
  let text = '';
  for (const byte of digest.subarray(0, 26)) text += ALPHABET.charAt(byte & 31);
  return `ses_${text}`;
}

/** Whether the text has the form of a session id, so that a stream of another kind is never taken for a session. */
export function isSessionId(text: string): boolean {
  return /^ses_[0-9a-z]{26}$/.test(text);
}
