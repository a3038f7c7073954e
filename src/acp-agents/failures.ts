/** What an agent refuses, in the host's words. Its own are kept, without anything that may be a secret. */

import { type AuthMethod, RequestError } from '@agentclientprotocol/sdk';
import { messageOf, SpoolError } from '../base/errors.js';
import { redact } from '../base/redact.js';
import type { TurnError } from '../contract/session.js';
import { fieldsOf, shortened, textIn } from './foreign.js';

const AUTH_REQUIRED = -32_000;
const NOT_FOUND = -32_002;

/** What is known of the agent that failed. */
export interface Failing {
  /** How its program is called. */
  readonly shown: string;
  readonly authMethods: readonly AuthMethod[];
}

/** Why a conversation could not be opened. */
export function openingError(error: unknown, failing: Failing): SpoolError {
  if (error instanceof SpoolError) return error;
  if (isAuth(error)) {
    const { message, hint } = loginWanted(failing);
    return new SpoolError('unauthorized', message, { hint, cause: error });
  }
  return new SpoolError('runtime-failed', `${failing.shown} could not open the conversation: ${wordsOf(error)}`, { cause: error });
}

/** Why a turn failed. */
export function turnError(error: unknown, failing: Failing): TurnError {
  if (isAuth(error)) {
    const { message, hint } = loginWanted(failing);
    return { code: 'auth', message: `${message} (${hint})`, retryable: false };
  }
  const message = wordsOf(error);
  if (/\b429\b|rate.?limit|quota|insufficient.?(?:credit|fund)/i.test(message)) return { code: 'quota', message, retryable: true };
  if (/\b(?:503|529)\b|overloaded/i.test(message)) return { code: 'overloaded', message, retryable: true };
  if (/\b401\b|unauthorized|api.?key/i.test(message)) return { code: 'auth', message, retryable: false };
  // The protocol has one number for all that goes wrong in an agent, and most of that is its model.
  return { code: error instanceof RequestError && error.code === -32_603 ? 'model' : 'internal', message, retryable: false };
}

function loginWanted({ shown, authMethods }: Failing): { message: string; hint: string } {
  const ways = authMethods.map(({ name, description }) => (typeof description === 'string' ? `${name} (${description})` : name));
  const how = ways.length === 0 ? 'log in with its own program' : `log in with its own program, by one of: ${ways.join('; ')}`;
  return {
    message: `${shown} wants to be logged in before it works`,
    hint: `${how}; or give it a key as a variable in the env of the agent`,
  };
}

function isAuth(error: unknown): boolean {
  return error instanceof RequestError && error.code === AUTH_REQUIRED;
}

/** Whether the agent says that it does not know the conversation. Many say it in words only. */
export function saysUnknown(error: unknown): boolean {
  if (!(error instanceof RequestError)) return false;
  if (error.code === NOT_FOUND) return true;
  return /not found|unknown session|no such (?:session|conversation|thread)|does not exist/i.test(wordsOf(error));
}

function wordsOf(error: unknown): string {
  const data = error instanceof RequestError ? detailOf(error.data) : undefined;
  return shortened(redact([messageOf(error), ...(data === undefined ? [] : [data])].join(': ')), 2_000);
}

/** Where agents put what really went wrong behind "Internal error". */
function detailOf(data: unknown): string | undefined {
  if (typeof data === 'string') return data;
  return textIn(data, 'details') ?? textIn(data, 'message') ?? textIn(fieldsOf(data)['error'], 'message');
}
