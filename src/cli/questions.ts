/** Questions that want more than yes or no, asked with menus and lines at the keyboard. */

import { confirm, password, select, text } from '@clack/prompts';
import { SpoolError } from '../base/errors.js';
import type { Approval, Decision, Question } from '../contract/approval.js';
import { oneLine } from './render/printable.js';

/** Resolves to the answer; rejects with `cancelled` when `signal` is aborted. */
export async function askQuestions(approval: Approval, signal: AbortSignal): Promise<{ decision: Decision; value?: unknown }> {
  const questions = approval.questions ?? [];
  if (questions.length === 0) {
    const agreed = await confirm({ message: oneLine(approval.title), signal, output: process.stderr });
    if (signal.aborted) throw new SpoolError('cancelled', 'the question is closed');
    return { decision: agreed === true ? 'accept' : 'decline' };
  }
  const answers: Record<string, { answers: string[] }> = {};
  for (const question of questions) {
    const answer = await askOne(question, signal);
    if (signal.aborted) throw new SpoolError('cancelled', 'the question is closed');
    if (typeof answer === 'symbol') return { decision: 'cancel' };
    answers[question.id] = { answers: [answer] };
  }
  return { decision: 'accept', value: { answers } };
}

async function askOne(question: Question, signal: AbortSignal): Promise<string | symbol> {
  const message = oneLine(question.question);
  const common = { message, signal, output: process.stderr };
  if (question.secret === true) return await password(common);
  const { options } = question;
  if (options === undefined || options.length === 0) return await text(common);
  return await select({
    ...common,
    options: options.map(({ label, description }) => ({
      value: label,
      label: oneLine(label),
      ...(description === undefined ? {} : { hint: oneLine(description) }),
    })),
  });
}
