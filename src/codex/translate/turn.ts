/** The life of a turn. Its end is `turn/completed` and nothing else: an `error` comes before it, or is retried. */

import type { Fact } from '../../ports/agent.js';
import type * as Codex from '../generated/protocol.js';
import { messageOfTurnError, turnErrorOf } from './error.js';
import { type Family, inTurn, type Scope } from './family.js';
import { usageOf } from './usage.js';

/** The end of a turn as a fact; undefined while it runs. */
export function endOf(native: Codex.Turn, turn: string, scope: Pick<Scope, 'usage' | 'lastError'>): Fact | undefined {
  switch (native.status) {
    case 'completed':
      return { type: 'turn.completed', turn, usage: scope.usage(native.id) };
    case 'interrupted':
      return { type: 'turn.interrupted', turn, ...(native.error == null ? {} : { reason: messageOfTurnError(native.error) }) };
    case 'failed':
      return { type: 'turn.failed', turn, error: turnErrorOf(native.error ?? scope.lastError(native.id)) };
    default:
      return undefined;
  }
}

export const TURN_NOTIFICATIONS = {
  'turn/started': ({ turn: native }, scope) => inTurn(scope, native.id, (turn): Fact => ({ type: 'turn.started', turn, ref: native.id })),
  'turn/completed': ({ turn: native }, scope) => {
    const turn = scope.turn(native.id);
    const end = turn === undefined ? undefined : endOf(native, turn, scope);
    return end === undefined ? [] : [end];
  },
  'turn/diff/updated': ({ turnId, diff }, scope) => inTurn(scope, turnId, (turn): Fact => ({ type: 'diff', turn, diff })),
  'turn/plan/updated': ({ turnId, explanation, plan }, scope) =>
    inTurn(scope, turnId, (turn): Fact => {
      const steps = plan.map(({ step, status }) => ({ step, status }));
      return { type: 'plan', turn, steps, ...(explanation == null ? {} : { explanation }) };
    }),
  // An error that is not retried only announces the failed end that follows; the thread keeps it for that.
  error: ({ error, willRetry, turnId }, scope) =>
    willRetry ? inTurn(scope, turnId, (turn): Fact => ({ type: 'turn.retrying', turn, message: messageOfTurnError(error) })) : [],
  'thread/tokenUsage/updated': ({ turnId, tokenUsage }, scope) =>
    inTurn(
      scope,
      turnId,
      (turn): Fact => ({
        type: 'usage',
        turn,
        total: usageOf(tokenUsage.total),
        last: usageOf(tokenUsage.last),
        contextWindow: tokenUsage.modelContextWindow ?? null,
      }),
    ),
  'turn/moderationMetadata': 'raw',
  'hook/started': 'raw',
  'hook/completed': 'raw',
  'model/verification': 'raw',
  'model/safetyBuffering/updated': 'raw',
  'model/rerouted': ({ fromModel, toModel }) => [{ type: 'warning', message: `the model was changed from ${fromModel} to ${toModel}` }],
  'autoApprovalReview/strictReviewRequired': 'raw',
  // Only sent to who asks for raw events; we do not.
  'rawResponse/completed': 'silent',
  'rawResponseItem/completed': 'silent',
  // Answered questions are closed by the thread, which knows the request ids.
  'serverRequest/resolved': 'silent',
} satisfies Family;
