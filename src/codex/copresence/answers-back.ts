/** Answers that were given in Codex's own words, as answers of the contract: the other direction of translate/answers.ts. */

import { sortedJson } from '../../base/sorted-json.js';
import type { ApprovalAnswer } from '../../contract/approval.js';
import type { Verdict } from '../translate/approvals.js';

type Question = Extract<Verdict, { kind: 'ask' }>;

/**
 * The answer that Codex would be told in just these words; undefined when there is none. It is looked for by translating what it might
 * be, so that what is recorded and what was said cannot be two things.
 */
export function answerBack({ ask, reply }: Question, said: unknown): ApprovalAnswer | undefined {
  const wanted = sortedJson(bare(said));
  // A no first: a yes without a value may look the same.
  const plain: ApprovalAnswer[] = ask.decisions.map((decision) => ({ decision })).toReversed();
  const amended: ApprovalAnswer[] = (ask.amendments ?? []).map(({ id }) => ({ decision: 'accept', amendment: id }));
  const candidates = [...plain, ...amended, ...valuesOf(said)];
  return candidates.find((candidate) => sortedJson(bare(reply(candidate))) === wanted);
}

function valuesOf(said: unknown): ApprovalAnswer[] {
  const { answers, content, permissions } = fieldsOf(said);
  const given = Object.entries(fieldsOf(answers)).map(([id, one]) => [id, fieldsOf(one)['answers']] as const);
  const values = [
    ...(given.length === 0 ? [] : [Object.fromEntries(given)]),
    ...(content === undefined || content === null ? [] : [content]),
    ...(permissions === undefined || permissions === null ? [] : [permissions]),
  ];
  return values.flatMap((value): ApprovalAnswer[] => [
    { decision: 'accept', value },
    { decision: 'acceptForSession', value },
  ]);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** Without what says nothing: null, and objects with nothing in them. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  const entries = Object.entries(value).flatMap(([key, one]) => {
    const left = bare(one);
    return left === undefined ? [] : [[key, left] as const];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
