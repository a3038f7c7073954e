/** Whether an answer is one that its question takes. It is looked at before it is recorded, since a recorded one is acted on. */

import { SpoolError } from '../base/errors.js';
import { answersOf, toolResultOf } from '../contract/answer-value.js';
import type { Approval, ApprovalAnswer } from '../contract/approval.js';
import { formErrors } from './check-form.js';
import { beyond, grantsSomething } from './check-grant.js';

/** Throws `invalid-input` with what to do instead. The value of a no is not looked at: a no must always get through. */
export function checkAnswer(approval: Approval, answer: ApprovalAnswer): void {
  const { id, decisions } = approval;
  if (!decisions.includes(answer.decision)) {
    throw refused(`approval ${id} cannot be answered with ${answer.decision}`, `use one of: ${decisions.join(', ')}`);
  }
  checkAmendment(approval, answer);
  if (answer.decision === 'accept' || answer.decision === 'acceptForSession') checkValue(approval, answer.value);
}

function checkAmendment({ id, amendments = [] }: Approval, { decision, amendment }: ApprovalAnswer): void {
  if (amendment === undefined) return;
  if (!amendments.some((one) => one.id === amendment)) {
    const ids = amendments.map((one) => one.id).join(', ');
    const hint = ids === '' ? 'it offers none: answer without one' : `use one of: ${ids}`;
    throw refused(`approval ${id} does not offer the amendment ${amendment}`, hint);
  }
  if (decision !== 'accept') throw refused(`an amendment does not go with ${decision}`, 'answer accept, or leave the amendment out');
}

function checkValue(approval: Approval, value: unknown): void {
  switch (approval.kind) {
    case 'permissions':
      return checkGrant(approval, value);
    case 'userInput':
      return checkAnswers(approval, value);
    case 'elicitation':
      return checkContent(approval, value);
    case 'dynamicTool':
      return checkResult(approval, value);
    case 'command':
    case 'fileChange':
      return refuseValue(approval, value);
  }
}

function checkGrant({ id, permissions }: Approval, value: unknown): void {
  if (value === undefined) return;
  const hint = `leave the value out to grant everything, or choose from: ${JSON.stringify(permissions)}`;
  const more = beyond(permissions, value);
  if (more.length > 0) throw refused(`approval ${id} does not ask for: ${more.join(', ')}`, hint);
  if (!grantsSomething(value)) throw refused(`the value grants nothing of what approval ${id} asks for`, `decline it, or ${hint}`);
}

function checkAnswers({ id, questions = [] }: Approval, value: unknown): void {
  const { missing, unknown } = answersOf(questions, value);
  const hint = `the value is a map from each question's id (${questions.map((one) => one.id).join(', ')}) to its answer; decline to leave all open`;
  if (unknown.length > 0) throw refused(`approval ${id} has no question ${unknown.join(', ')}`, hint);
  if (missing.length > 0) throw refused(`approval ${id} has no answer to: ${missing.join(', ')}`, hint);
}

function checkContent(approval: Approval, value: unknown): void {
  const { id, schema } = approval;
  if (schema === undefined) return refuseValue(approval, value);
  const errors = formErrors(schema, value ?? {});
  if (errors.length > 0) {
    throw new SpoolError('invalid-input', `the value does not fit the form of approval ${id}: ${errors.join('; ')}`, {
      hint: "give an object as the approval's `schema` describes it",
      details: { errors },
    });
  }
}

function checkResult({ id, tool }: Approval, value: unknown): void {
  if (toolResultOf(value) !== undefined) return;
  throw refused(
    `approval ${id} takes the result of the tool ${tool ?? ''} as its value`,
    'give a text, a list of {"type": "inputText", "text"} and {"type": "inputImage", "imageUrl"}, or {"contentItems": [...], "success"}',
  );
}

function refuseValue({ id, kind }: Approval, value: unknown): void {
  if (value !== undefined) throw refused(`approval ${id} takes no value`, `a question of kind ${kind} is answered by the decision alone`);
}

function refused(message: string, hint: string): SpoolError {
  return new SpoolError('invalid-input', message, { hint });
}
