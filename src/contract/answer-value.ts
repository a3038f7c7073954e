/** The values of answers that say more than yes or no: what people may write, and how it is read. */

import { z } from 'zod';

export const ToolResultItem = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('inputText'), text: z.string() }),
    z.strictObject({ type: z.literal('inputImage'), imageUrl: z.string().min(1).describe('http(s) or data URL') }),
  ])
  .meta({ id: 'ToolResultItem' });
export type ToolResultItem = z.infer<typeof ToolResultItem>;

/** What a tool gives back, in its long form. */
export const ToolResult = z
  .strictObject({
    contentItems: z.array(ToolResultItem).min(1),
    success: z.boolean().optional().describe('false: the tool ran and failed; its items say why'),
  })
  .meta({ id: 'ToolResult' });
export type ToolResult = z.infer<typeof ToolResult>;

/** A tool's result from the value of an answer: a text, items, or the long form. Undefined when it is none of them. */
export function toolResultOf(value: unknown): ToolResult | undefined {
  if (typeof value === 'string') return { contentItems: [{ type: 'inputText', text: value }] };
  const result = ToolResult.safeParse(Array.isArray(value) ? { contentItems: value } : value);
  return result.success ? result.data : undefined;
}

export interface GivenAnswers {
  readonly answers: Readonly<Record<string, readonly string[]>>;
  /** Ids of questions that have no answer. */
  readonly missing: readonly string[];
  /** Ids that were answered and not asked. */
  readonly unknown: readonly string[];
}

/**
 * Answers to questions from the value of an answer: the map question id -> answer or answers, the same under `answers`, or the answer to
 * the first question by itself.
 */
export function answersOf(questions: readonly { readonly id: string }[], value: unknown): GivenAnswers {
  const ids = questions.map(({ id }) => id);
  const byId = new Map(entriesOf(ids, value).map(([id, given]) => [id, textsOf(given)]));
  const missing = ids.filter((id) => (byId.get(id) ?? []).length === 0);
  const answered = ids.filter((id) => !missing.includes(id));
  return {
    answers: Object.fromEntries(answered.map((id) => [id, byId.get(id) ?? []])),
    missing,
    unknown: [...byId.keys()].filter((id) => !ids.includes(id)),
  };
}

function entriesOf(ids: readonly string[], value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return ids.slice(0, 1).map((id) => [id, value]);
  const wrapped = 'answers' in value && !ids.includes('answers') ? value.answers : value;
  return typeof wrapped === 'object' && wrapped !== null ? Object.entries(wrapped) : [];
}

function textsOf(given: unknown): string[] {
  if (Array.isArray(given)) return given.flatMap(textsOf);
  if (typeof given === 'object' && given !== null) return 'answers' in given ? textsOf(given.answers) : [];
  if (typeof given === 'number' || typeof given === 'boolean') return [String(given)];
  return typeof given === 'string' && given.trim() !== '' ? [given] : [];
}
