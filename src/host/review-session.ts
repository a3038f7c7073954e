/**
 * A review in a session of the host's own: the reviewer is shown the conversation and asked what is worth keeping. All names are made
 * from the reviewed session and the position, so beginning it twice, as after a crash, gives the same session and the same turn.
 */

import { mkdir } from 'node:fs/promises';
import { SpoolError } from '../base/errors.js';
import type { ApprovalPolicy } from '../contract/approval-policy.js';
import type { AgentInfo } from '../contract/host.js';
import type { OpenSession, Permissions, RequestTurn, Session as SessionView } from '../contract/session.js';
import { reviewPrompt } from '../domain/review-prompt.js';
import type { SessionState } from '../domain/state.js';
import type { Log } from '../ports/log.js';
import type { Principal } from './face.js';
import type { ReviewRequest } from './review-desk.js';

/** Who opens reviews and asks in them. */
const REVIEW_LOOP: Principal = { name: 'review-loop', role: 'owner' };

export interface ReviewSessionParts {
  readonly log: Log;
  /** Throws `not-found`. */
  readonly agent: (alias: string) => AgentInfo;
  readonly open: (agent: AgentInfo, command: OpenSession, by: Principal, reviewOf: SessionView['reviewOf']) => Promise<SessionView>;
  readonly ask: (session: string, command: RequestTurn, by: Principal) => Promise<unknown>;
}

/** Where nothing is said, a reviewer may write where it works and has nobody to ask for more. */
const ALONE: Permissions = { profile: ':workspace', approvalPolicy: 'never' };

/** Opens the session and asks for its one turn; resolves with its id. */
export async function beginReview(parts: ReviewSessionParts, review: ReviewRequest, reviewed: SessionState): Promise<string> {
  const { session, upTo, memory, messages } = review;
  if (messages.length === 0) throw new SpoolError('conflict', 'there is nothing in the conversation to look back on');
  const reviewer = parts.agent(review.reviewer);
  // In the folder of the memory, so that it may be written there without a question, and nothing of the work beside it.
  if (memory !== null) await mkdir(memory, { recursive: true, mode: 0o700 });
  const name = `review:${session}:${upTo}`;
  const command: OpenSession = {
    agent: reviewer.alias,
    cwd: memory ?? reviewed.cwd,
    title: `Review of ${reviewed.title ?? session}`.slice(0, 500),
    permissions: reviewer.permissions ?? ALONE,
    approvals: unwatched(reviewer.approvals),
    commandId: name,
  };
  const { id } = await parts.open(reviewer, command, REVIEW_LOOP, { session, upTo });
  const turn = `${name}:turn`;
  // Asked for before the host died, perhaps in other words.
  if ((await parts.log.find(id, turn)) !== null) return id;
  const { prompt } = parts.agent(review.agent).reviewLoop ?? {};
  await parts.ask(id, { input: reviewPrompt({ ...review, prompt }), commandId: turn }, REVIEW_LOOP);
  return id;
}

/** Nobody watches a review: what no rule of the reviewer decides is declined, and no question waits for ever. */
function unwatched(policy: ApprovalPolicy | undefined): ApprovalPolicy {
  if (policy === undefined) return { mode: 'deny' };
  return policy.mode === 'ask' ? { ...policy, mode: 'deny' } : policy;
}
