/**
 * Failures of the model's server, put so that Codex does with them what is right: it gives up at status 400 and asks many times more at
 * every other one, so what another try will not mend is handed on as 400.
 */

import type { IncomingMessage } from 'node:http';
import { refusalText } from '../../contract/refusal.js';
import type { TurnErrorCode } from '../../contract/words.js';

/** Statuses at which another try may help. */
const PASSING = new Set([408, 409, 425, 429]);
const CODES: Readonly<Record<number, TurnErrorCode>> = { 402: 'quota', 403: 'auth' };
const MOST = 256 * 1024;

/** What the server says, without the key, which some repeat. */
export async function readFailure(from: IncomingMessage, key: string): Promise<string> {
  let text = '';
  from.setEncoding('utf8');
  try {
    for await (const part of from) {
      text += String(part);
      if (text.length > MOST) break;
    }
  } catch {
    // Torn in the middle: what has come says enough.
  }
  return text.replaceAll(key, '[the key]');
}

export function failureOf(status: number, body: string, baseUrl: string): { readonly status: number; readonly text: string } {
  if (status === 401) return { status: 400, text: refusalText('auth', `${baseUrl} does not accept the key of this host: ${RECONNECT}`) };
  if (status === 400 || status >= 500 || PASSING.has(status)) return { status, text: body };
  return { status: 400, text: refusalText(CODES[status] ?? 'model', `${baseUrl} answered ${status}: ${messageIn(body)}`) };
}

const RECONNECT = 'spool login codex --reconnect';

function messageIn(body: string): string {
  try {
    const error: unknown = Reflect.get(Object(JSON.parse(body)), 'error');
    const message: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'message') : error;
    if (typeof message === 'string' && message !== '') return message;
  } catch {
    // Not JSON; then it may be a page.
  }
  return body.slice(0, 500).trim() || 'nothing';
}
