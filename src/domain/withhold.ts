/**
 * What of an answer is not written down: a password that somebody typed is for the agent's tool and not for a log that is kept, copied
 * and shown. It is handed on from memory; a host that dies before that has lost it, and says so.
 */

import { answersOf } from '../contract/answer-value.js';
import type { Approval, ApprovalAnswer } from '../contract/approval.js';

/** The answer as it is recorded: without answers to secret questions. */
export function withoutSecrets(approval: Approval, answer: ApprovalAnswer): ApprovalAnswer {
  const { questions = [] } = approval;
  const secret = new Set(questions.flatMap((question) => (question.secret === true ? [question.id] : [])));
  if (secret.size === 0 || answer.value === undefined) return answer;
  const { answers } = answersOf(questions, answer.value);
  const open = Object.entries(answers).filter(([id]) => !secret.has(id));
  return { ...answer, value: { answers: Object.fromEntries(open) }, withheld: true };
}
