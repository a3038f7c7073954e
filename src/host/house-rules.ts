/** What an agent's configuration says of its sessions right now: who answers, how long things may take, when it is looked back. */

import type { ApprovalPolicy } from '../contract/approval-policy.js';
import { ASK_EVERYTHING } from '../contract/approval-policy.js';
import type { AgentInfo } from '../contract/host.js';
import { type ResolvedLimits, resolveLimits } from '../contract/limits.js';
import type { ReviewLoop } from '../contract/review-loop.js';
import type { OpenTurn, SessionState } from '../domain/state.js';
import type { AgentDirectory } from '../ports/agents.js';

export interface HouseRules {
  policyOf(state: SessionState): ApprovalPolicy;
  limitsOf(state: SessionState, turn: OpenTurn): ResolvedLimits;
  reviewLoopOf(state: SessionState): ReviewLoop | undefined;
}

/** An agent that is gone, or whose file is broken, has no rules of its own: then a person is asked. */
export function houseRules(agents: AgentDirectory): HouseRules {
  const rulesOf = (alias: string): Partial<AgentInfo> => {
    try {
      return agents.get(alias) ?? {};
    } catch {
      // Whoever opens a session with it is told; a turn that runs already must not fail for it.
      return {};
    }
  };
  return {
    policyOf: (state) => state.policy ?? rulesOf(state.agent).approvals ?? ASK_EVERYTHING,
    limitsOf: (state, turn) => resolveLimits(turn.limits ?? undefined, state.limits ?? undefined, rulesOf(state.agent).limits),
    reviewLoopOf: (state) => rulesOf(state.agent).reviewLoop,
  };
}
