/** What a query tells: the events that agent platforms speak, and how ends and errors become them. */

import { type ErrorCode, SpoolError } from '../base/errors.js';
import type { EventType } from '../contract/events.js';
import type { TurnError } from '../contract/session.js';
import type { TurnErrorCode } from '../contract/words.js';

export type QueryEvent =
  /** Once a query, when the first of its turns begins. `continuation` is the runtime's own name of the conversation. */
  | { readonly type: 'init'; readonly continuation: string; readonly session: string }
  /** With every event of the session, so that a timer of silence stays honest. */
  | { readonly type: 'activity'; readonly event: EventType }
  /** A line for whoever waits: what is being done right now. */
  | { readonly type: 'progress'; readonly message: string }
  /** A file that the turn made for people; before the result of the turn. */
  | {
      readonly type: 'file';
      readonly path: string;
      /** Its id within the session. */
      readonly file: string;
      readonly name: string;
      readonly mediaType: string | undefined;
      readonly turn: string;
    }
  /** The end of a turn, once a turn that ran. */
  | {
      readonly type: 'result';
      /** Null when the agent said nothing. */
      readonly text: string | null;
      readonly turn: string;
      /** The messages that this answers, by the ids that `push` gave: the one that began the turn, then those it took in. */
      readonly messages: readonly string[];
      /** Somebody stopped the turn, or took the message back; the text is what had come by then. */
      readonly interrupted: boolean;
    }
  /** A turn that failed, a message that was refused, or the end of the whole query. */
  | {
      readonly type: 'error';
      readonly message: string;
      /** Whether the same message may fare better a while later. */
      readonly retryable: boolean;
      readonly classification: TurnErrorCode;
      /** Null when it is about no single turn. */
      readonly turn: string | null;
      readonly messages: readonly string[];
    };

type ErrorEvent = Extract<QueryEvent, { type: 'error' }>;

const CLASSES: Partial<Record<ErrorCode, TurnErrorCode>> = {
  unauthorized: 'auth',
  forbidden: 'auth',
  'not-found': 'stale-session',
  timeout: 'timeout',
  overloaded: 'overloaded',
  unavailable: 'transport-closed',
};

export function eventOfFailure(error: SpoolError, messages: readonly string[]): ErrorEvent {
  const classification = CLASSES[error.code] ?? 'internal';
  const retryable = error.code === 'timeout' || error.code === 'overloaded' || error.code === 'unavailable';
  return { type: 'error', message: error.message, retryable, classification, turn: null, messages };
}

export function eventOfTurnError({ code, message, retryable }: TurnError, turn: string, messages: readonly string[]): ErrorEvent {
  return { type: 'error', message, retryable, classification: code, turn, messages };
}

/** The event as what is thrown. */
export function errorOfEvent({ message, retryable, classification, turn, messages }: ErrorEvent): SpoolError {
  return new SpoolError('runtime-failed', message, { details: { retryable, classification, turn, messages } });
}
