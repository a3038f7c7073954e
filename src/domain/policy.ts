/** Who answers a question: the agent's rules, its mode, or a person. Pure, so that every rule can be tried without a process. */

import type { Approval, Decision } from '../contract/approval.js';
import type { ApprovalPolicy } from '../contract/approval-policy.js';

/** `decision` absent: a person is asked, for `seconds` at most when given. */
export interface Ruling {
  readonly decision?: Decision;
  readonly why: string;
  readonly seconds?: number;
}

export function decidePolicy(policy: ApprovalPolicy, _approval: Approval, _cwd: string): Ruling {
  return policy.deadlineSeconds === undefined ? { why: 'asked' } : { why: 'asked', seconds: policy.deadlineSeconds };
}
