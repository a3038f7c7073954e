/** What went wrong with a call, as a SpoolError: from a problem document, from a bare status, or from a connection that failed. */

import { type ErrorCode, SpoolError } from '../base/errors.js';
import type { Problem } from '../contract/problem.js';

/** Only for answers that bear no problem document, as those of a proxy in between. */
const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid-input',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  408: 'timeout',
  409: 'conflict',
  413: 'too-large',
  422: 'unsupported',
  429: 'overloaded',
  502: 'unavailable',
  503: 'unavailable',
  504: 'timeout',
};

/** The error in an answer that is not ok. Reads the body to its end. */
export async function errorOfAnswer(response: Response): Promise<SpoolError> {
  const text = await response.text();
  const problem = problemIn(text);
  if (problem !== undefined) {
    return new SpoolError(problem.code, problem.detail, {
      ...(problem.hint === undefined ? {} : { hint: problem.hint }),
      details: { ...problem.details, status: response.status },
    });
  }
  const code = CODE_OF_STATUS[response.status] ?? (response.status < 500 ? 'invalid-input' : 'internal');
  const said = text.trim().slice(0, 200);
  return new SpoolError(code, `the host answered ${response.status}${said === '' ? '' : `: ${said}`}`, {
    details: { status: response.status },
  });
}

function problemIn(text: string): Problem | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isProblem = typeof value === 'object' && value !== null && 'code' in value && 'detail' in value;
    return isProblem && typeof value.code === 'string' && typeof value.detail === 'string' ? (value as Problem) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The error when there was no answer at all: `cancelled` for the caller's own abort, else `unavailable`. */
export function errorOfFailure(thrown: unknown, url: string, signal: AbortSignal | undefined): SpoolError {
  if (thrown instanceof SpoolError) return thrown;
  if (signal?.aborted === true) {
    const timedOut = signal.reason instanceof Error && signal.reason.name === 'TimeoutError';
    return new SpoolError(timedOut ? 'timeout' : 'cancelled', timedOut ? 'the call took too long' : 'the call was cancelled', {
      cause: thrown,
    });
  }
  return new SpoolError('unavailable', `no host answers at ${url}`, {
    hint: 'start one with `spool serve`, or check the address',
    cause: thrown,
  });
}

/** Whether the same call may go better a moment later. */
export function isPassing(error: SpoolError): boolean {
  if (error.code === 'timeout' || error.code === 'overloaded' || error.code === 'unavailable') return true;
  const status = error.details?.['status'];
  return typeof status === 'number' && status >= 500;
}
