/** A turn's error for what a runtime's call threw. */

import { type ErrorCode, SpoolError } from '../base/errors.js';
import type { TurnError } from '../contract/session.js';
import type { TurnErrorCode } from '../contract/words.js';

const CODES: Partial<Record<ErrorCode, { code: TurnErrorCode; retryable: boolean }>> = {
  timeout: { code: 'timeout', retryable: true },
  overloaded: { code: 'overloaded', retryable: true },
  unavailable: { code: 'transport-closed', retryable: true },
  'not-found': { code: 'stale-session', retryable: false },
  unauthorized: { code: 'auth', retryable: false },
};

export function turnErrorOf(thrown: unknown): TurnError {
  const error = SpoolError.from(thrown);
  const { code, retryable } = CODES[error.code] ?? { code: 'internal', retryable: false };
  return { code, retryable, message: error.hint === undefined ? error.message : `${error.message} (${error.hint})` };
}
