/** Errors as the protocol has them, with our words and what to do about it. */

import { A2AError, RequestMalformedError, TaskNotFoundError, UnsupportedOperationError } from '@a2a-js/sdk/errors';
import { type ErrorCode, SpoolError } from '../../base/errors.js';

type MakeError = new (options?: { message?: string; cause?: unknown }) => Error;

/** What is not here is an internal error there: the protocol has no word for it. */
const ERRORS: Partial<Record<ErrorCode, MakeError>> = {
  'invalid-input': RequestMalformedError,
  'too-large': RequestMalformedError,
  conflict: RequestMalformedError,
  'not-found': TaskNotFoundError,
  unsupported: UnsupportedOperationError,
  // A wrong token is refused before; this is a right that somebody has not.
  forbidden: UnsupportedOperationError,
};

export function protocolError(thrown: unknown): Error {
  if (thrown instanceof A2AError) return thrown;
  const error = SpoolError.from(thrown);
  const { code, message, hint } = error;
  const MakeError = ERRORS[code] ?? A2AError;
  return new MakeError({ message: hint === undefined ? message : `${message} (${hint})`, cause: error });
}

/** Rejects with errors of the protocol. */
export async function told<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw protocolError(error);
  }
}

export async function* toldAll<T>(act: () => AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  try {
    yield* act();
  } catch (error) {
    throw protocolError(error);
  }
}
