import { describe, expect, test } from 'vitest';
import { refusalText } from '../../contract/refusal.js';
import type * as Codex from '../generated/protocol.js';
import { turnErrorOf } from './error.js';

function classOf(codexErrorInfo: Codex.CodexErrorInfo | null, message: string): [string, boolean] {
  const { code, retryable } = turnErrorOf({ message, codexErrorInfo, additionalDetails: null, misalignment: null });
  return [code, retryable];
}

describe('the classes of errors, as Codex 0.169.0 reports them', () => {
  test.each<[string, Codex.CodexErrorInfo, string, [string, boolean]]>([
    [
      'too many requests',
      { responseTooManyFailedAttempts: { httpStatusCode: 429 } },
      'exceeded retry limit, last status: 429 Too Many Requests',
      ['quota', true],
    ],
    ['a spent plan', 'usageLimitExceeded', 'Quota exceeded. Check your plan and billing details.', ['quota', false]],
    ['a wrong key', { httpConnectionFailed: { httpStatusCode: 401 } }, 'unexpected status 401 Unauthorized: no', ['auth', false]],
    [
      'a service that is down',
      { httpConnectionFailed: { httpStatusCode: 503 } },
      'unexpected status 503 Service Unavailable',
      ['overloaded', true],
    ],
    ['a model at capacity', 'serverOverloaded', 'Selected model is at capacity. Please try a different model.', ['overloaded', true]],
    ['a full context', 'contextWindowExceeded', "Codex ran out of room in the model's context window.", ['model', false]],
    ['a cut stream', 'other', 'stream disconnected before completion: Transport error: network error', ['model', true]],
    ['a bad request', 'other', '{"error":{"message":"fake error 400","type":"server_error"}}', ['model', false]],
    [
      'a conversation with nothing in its record',
      'other',
      'thread-store internal error: rollout at /x/rollout-1.jsonl is empty',
      ['stale-session', false],
    ],
    ['a class of a newer Codex', 'moonPhaseWrong', 'the sandbox could not be made', ['sandbox', false]],
    ['a class of a newer Codex with a status', { moonPhase: { httpStatusCode: 408 } }, 'too late', ['timeout', true]],
  ])('%s', (_name, info, message, expected) => {
    expect(classOf(info, message)).toEqual(expected);
  });

  test('a no of our own gateway says in its own words what it is', () => {
    const message = refusalText('quota', 'agent main has used up its budget of api keys');
    const error = { message, codexErrorInfo: 'other', additionalDetails: null, misalignment: null } as const;
    expect(turnErrorOf(error)).toEqual({ code: 'quota', message: 'agent main has used up its budget of api keys', retryable: false });
    const foreign = { error: { type: 'spool', code: 'moon', message: 'quota' } };
    expect(turnErrorOf({ ...error, message: JSON.stringify(foreign) }).message).toBe(JSON.stringify(foreign));
  });

  test('the message bears the details', () => {
    const error = turnErrorOf({ message: 'Reconnecting', codexErrorInfo: null, additionalDetails: 'cause', misalignment: null });
    expect(error.message).toBe('Reconnecting: cause');
    expect(turnErrorOf(null)).toMatchObject({ code: 'internal' });
  });
});
