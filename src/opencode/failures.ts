/** What went wrong in OpenCode, as the errors of a turn. */

import { redact } from '../base/redact.js';
import type { TurnError } from '../contract/session.js';
import type { Failure } from './wire.js';

const LONGEST = 2_000;

/** Stopped, and not failed. */
export function isAborted(failure: Failure | undefined): boolean {
  return failure?.name === 'MessageAbortedError';
}

export function errorOf({ name, data = {} }: Failure): TurnError {
  const { message, statusCode, isRetryable } = data;
  const said = typeof message === 'string' && message !== '' ? message : name;
  const code = codeOf(name, said, typeof statusCode === 'number' ? statusCode : undefined);
  return { code, message: shortened(said), retryable: code === 'overloaded' || isRetryable === true };
}

/** OpenCode would try on without an end. */
export function retriedError(attempt: number, message: string): TurnError {
  const code = codeOf('APIError', message, undefined);
  return { code: code === 'internal' ? 'overloaded' : code, message: `after ${attempt} tries: ${shortened(message)}`, retryable: true };
}

function codeOf(name: string, said: string, status: number | undefined): TurnError['code'] {
  if (name === 'ProviderAuthError' || status === 401 || status === 403 || /unauthorized|api key|not logged in/i.test(said)) return 'auth';
  if (/quota|billing|insufficient|credit/i.test(said)) return 'quota';
  if (status === 429 || (status ?? 0) >= 500 || /overloaded|rate.?limit|too many requests/i.test(said)) return 'overloaded';
  if (name === 'UnknownError') return /model not found/i.test(said) ? 'model' : 'internal';
  if (status !== undefined || MODEL_ERRORS.has(name)) return 'model';
  return 'internal';
}

const MODEL_ERRORS: ReadonlySet<string> = new Set([
  'ContextOverflowError',
  'ContentFilterError',
  'MessageOutputLengthError',
  'StructuredOutputError',
]);

/** OpenCode writes where in its program it happened behind the first line. */
function shortened(text: string): string {
  return redact(text.split('\n    at ')[0] ?? '')
    .slice(0, LONGEST)
    .trim();
}
