/** The decision about an answer to an approval: the first one wins, and it must be one that may be given. */

import { SpoolError } from '../base/errors.js';
import type { ApprovalAnswer } from '../contract/approval.js';
import type { Unplaced } from '../contract/events.js';
import { checkAnswer } from './check-answer.js';
import type { SessionState } from './state.js';
import { withoutSecrets } from './withhold.js';

/**
 * Throws `not-found` when the session holds no such approval (any more), `conflict` when it is answered, `invalid-input` when the
 * question does not take such an answer.
 */
export function decideAnswer(state: SessionState, id: string, answer: ApprovalAnswer, by: string, at: string): readonly Unplaced[] {
  const held = state.approvals.find((one) => one.approval.id === id);
  if (held === undefined) throw new SpoolError('not-found', `approval ${id} is not pending in session ${state.id}`);
  if (held.answer !== null) throw new SpoolError('conflict', `approval ${id} is already answered: ${held.answer.decision}`);
  checkAnswer(held.approval, answer);
  const { turn, item } = held.approval;
  return [
    {
      type: 'approval.answered',
      turn,
      ...(item === undefined ? {} : { item }),
      at,
      data: { approval: id, answer: withoutSecrets(held.approval, answer), by },
    },
  ];
}
