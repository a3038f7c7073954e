/**
 * What went wrong with a turn, in our words: Codex's own classes first, then the HTTP status of the model's server, then the text.
 * Unknown classes fold to the text, so a newer Codex never breaks this.
 */

import { readRefusal } from '../../contract/refusal.js';
import type { TurnError } from '../../contract/session.js';
import type { TurnErrorCode } from '../../contract/words.js';
import type * as Codex from '../generated/protocol.js';

/**
 * Codex's ways to say that it does not know a conversation. The one pattern for it: resuming and classifying must not drift apart. A process that
 * is killed at the very beginning of one leaves a record with nothing in it.
 */
export const STALE_THREAD = /no rollout found|thread not found|unknown thread|no such thread|rollout at .* is empty/i;

interface Class {
  readonly code: TurnErrorCode;
  readonly retryable: boolean;
}

const CLASSES: Readonly<Record<string, Class>> = {
  contextWindowExceeded: { code: 'model', retryable: false },
  sessionBudgetExceeded: { code: 'quota', retryable: false },
  usageLimitExceeded: { code: 'quota', retryable: false },
  rateLimitExceeded: { code: 'quota', retryable: true },
  flexUnavailable: { code: 'overloaded', retryable: true },
  serverOverloaded: { code: 'overloaded', retryable: true },
  policyCapacityUnavailable: { code: 'overloaded', retryable: true },
  internalServerError: { code: 'overloaded', retryable: true },
  modelNotFound: { code: 'model', retryable: false },
  inferenceHookDenied: { code: 'model', retryable: false },
  cyberPolicy: { code: 'model', retryable: false },
  misalignmentPolicyViolation: { code: 'model', retryable: false },
  tooManyDenials: { code: 'model', retryable: false },
  badRequest: { code: 'model', retryable: false },
  unauthorized: { code: 'auth', retryable: false },
  sandboxError: { code: 'sandbox', retryable: false },
  threadRollbackFailed: { code: 'internal', retryable: false },
};

/** Tried in this order on the text of errors that have no class of their own ("other" covers half of what the model's server says). */
const TEXTS: readonly (readonly [RegExp, Class])[] = [
  [STALE_THREAD, { code: 'stale-session', retryable: false }],
  [/unauthorized|\bauth(entication|orization)?\b|api[ _-]?key|credential|log ?in\b|\b401\b/i, { code: 'auth', retryable: false }],
  [/quota|billing|insufficient|usage limit/i, { code: 'quota', retryable: false }],
  [/rate.?limit|\b429\b|too many requests/i, { code: 'quota', retryable: true }],
  [/overloaded|at capacity|high demand|service unavailable|\b50[023]\b/i, { code: 'overloaded', retryable: true }],
  [/timed? ?out|timeout/i, { code: 'timeout', retryable: true }],
  [/stream disconnected|connection failed|error sending request|network/i, { code: 'model', retryable: true }],
  [/sandbox|permission denied|bwrap/i, { code: 'sandbox', retryable: false }],
];

/** The error of a failed turn as clients see it. `error` is null when Codex gave none. */
export function turnErrorOf(error: Codex.TurnError | null): TurnError {
  if (error === null) return { code: 'internal', message: 'the turn failed, and Codex did not say why', retryable: false };
  const refusal = readRefusal(error.message);
  if (refusal !== undefined) return { code: refusal.code, message: refusal.message, retryable: false };
  const message = messageOfTurnError(error);
  const { code, retryable } = classOf(error.codexErrorInfo, message);
  return { code, message, retryable };
}

/** `message: additionalDetails`, which is where Codex puts the cause of a retry. */
export function messageOfTurnError(error: Codex.TurnError): string {
  const details = error.additionalDetails ?? '';
  const message = error.message === '' ? 'Codex gave no message' : error.message;
  return details === '' ? message : `${message}: ${details}`;
}

function classOf(info: unknown, message: string): Class {
  if (typeof info === 'string') return CLASSES[info] ?? classOfText(message);
  const status = httpStatusOf(info);
  return (status === undefined ? undefined : classOfStatus(status)) ?? classOfText(message);
}

function httpStatusOf(info: unknown): number | undefined {
  if (typeof info !== 'object' || info === null) return undefined;
  for (const variant of Object.values(info)) {
    if (typeof variant === 'object' && variant !== null && 'httpStatusCode' in variant && typeof variant.httpStatusCode === 'number')
      return variant.httpStatusCode;
  }
  return undefined;
}

function classOfStatus(status: number): Class | undefined {
  if (status === 401 || status === 403) return { code: 'auth', retryable: false };
  if (status === 402) return { code: 'quota', retryable: false };
  if (status === 408 || status === 504) return { code: 'timeout', retryable: true };
  if (status === 429) return { code: 'quota', retryable: true };
  if (status >= 500) return { code: 'overloaded', retryable: true };
  if (status >= 400) return { code: 'model', retryable: false };
  return undefined;
}

function classOfText(message: string): Class {
  return TEXTS.find(([pattern]) => pattern.test(message))?.[1] ?? { code: 'model', retryable: false };
}
