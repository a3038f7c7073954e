/**
 * The one error type of Spool and its closed list of codes.
 * Every outside language (HTTP status, exit status) has one table over these codes; nothing else decides by message text.
 */

export const ERROR_CODES = [
  'invalid-input',
  'unauthorized',
  'forbidden',
  'not-found',
  'method-not-allowed',
  'conflict',
  'too-large',
  'unsupported',
  'overloaded',
  'timeout',
  'unavailable',
  'cancelled',
  'runtime-missing',
  'runtime-too-old',
  'runtime-failed',
  'home-locked',
  'log-too-new',
  'log-damaged',
  'storage-full',
  'port-in-use',
  'internal',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface SpoolErrorOptions {
  /** What the reader can do about it, as one sentence; shown under the message by the CLI and in the problem document. */
  hint?: string;
  cause?: unknown;
  /** Facts about the error that a program may read (never secrets). */
  details?: Readonly<Record<string, unknown>>;
}

/** An error with a stable `code`. `message` says what is wrong, `hint` what to do about it. */
export class SpoolError extends Error {
  override readonly name = 'SpoolError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, options: SpoolErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details;
  }

  /** The only door in for foreign throwables: a SpoolError stays itself, an abort becomes `cancelled`, all else `internal`. */
  static from(thrown: unknown): SpoolError {
    if (thrown instanceof SpoolError) return thrown;
    if (thrown instanceof Error) {
      const code = systemCode(thrown);
      return new SpoolError(code, thrown.message, { cause: thrown });
    }
    return new SpoolError('internal', String(thrown), { cause: thrown });
  }
}

function systemCode(error: Error): ErrorCode {
  if (error.name === 'AbortError') return 'cancelled';
  if (error.name === 'TimeoutError') return 'timeout';
  const errno = 'code' in error ? error.code : undefined;
  if (errno === 'ENOSPC' || errno === 'SQLITE_FULL' || errno === 'EDQUOT') return 'storage-full';
  if (errno === 'EADDRINUSE') return 'port-in-use';
  return 'internal';
}

/** The message of anything thrown, for a log line or an event. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
