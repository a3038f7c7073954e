/** Errors as other languages say them: one table from code to HTTP status and to exit status, and the problem document (RFC 9457). */

import { z } from 'zod';
import { ERROR_CODES, type ErrorCode, SpoolError } from '../base/errors.js';

const TABLE: Record<ErrorCode, { status: number; exit: number; title: string }> = {
  'invalid-input': { status: 400, exit: 2, title: 'Invalid input' },
  unauthorized: { status: 401, exit: 4, title: 'Unauthorized' },
  forbidden: { status: 403, exit: 4, title: 'Forbidden' },
  'not-found': { status: 404, exit: 2, title: 'Not found' },
  'method-not-allowed': { status: 405, exit: 2, title: 'Method not allowed' },
  conflict: { status: 409, exit: 5, title: 'Conflict' },
  'too-large': { status: 413, exit: 2, title: 'Too large' },
  unsupported: { status: 422, exit: 2, title: 'Not supported' },
  overloaded: { status: 429, exit: 1, title: 'Overloaded' },
  cancelled: { status: 499, exit: 130, title: 'Cancelled' },
  internal: { status: 500, exit: 1, title: 'Internal error' },
  'runtime-failed': { status: 502, exit: 1, title: 'The runtime failed' },
  'runtime-missing': { status: 503, exit: 1, title: 'The runtime is not installed' },
  'runtime-too-old': { status: 503, exit: 1, title: 'The runtime is too old' },
  unavailable: { status: 503, exit: 3, title: 'Not available' },
  'home-locked': { status: 503, exit: 5, title: 'The home is in use' },
  'log-too-new': { status: 503, exit: 1, title: 'The log is too new' },
  'log-damaged': { status: 500, exit: 1, title: 'The log is damaged' },
  'port-in-use': { status: 503, exit: 5, title: 'The port is in use' },
  timeout: { status: 504, exit: 124, title: 'Timed out' },
  'storage-full': { status: 507, exit: 1, title: 'The disk is full' },
};

export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.enum(ERROR_CODES),
    detail: z.string(),
    hint: z.string().optional(),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;

export function httpStatus(code: ErrorCode): number {
  return TABLE[code].status;
}

export function exitStatus(code: ErrorCode): number {
  return TABLE[code].exit;
}

export function problemOf(error: SpoolError): Problem {
  const { status, title } = TABLE[error.code];
  return {
    type: 'about:blank',
    title,
    status,
    code: error.code,
    detail: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.details === undefined ? {} : { details: { ...error.details } }),
  };
}

/** The error in a problem document, on the client's side. */
export function errorOfProblem(problem: Problem): SpoolError {
  return new SpoolError(problem.code, problem.detail, {
    ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    ...(problem.details === undefined ? {} : { details: problem.details }),
  });
}
