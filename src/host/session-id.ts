/** Session ids. A repeated request to open a session must find the same one, so its id is then made from who asked and the command id. */

import { idMadeFrom } from '../base/made-id.js';

export function sessionIdFor(principal: string, commandId: string | undefined, now: number): string {
  return idMadeFrom('ses', commandId === undefined ? undefined : [principal, commandId], now);
}

/** Whether the text has the form of a session id, so that a stream of another kind is never taken for a session. */
export function isSessionId(text: string): boolean {
  return /^ses_[0-9a-z]{26}$/.test(text);
}
