/** An approval is a question from the runtime that waits for an answer. The first answer wins. */

import { z } from 'zod';
import { FileChange } from './item.js';

export const ApprovalKind = z.enum(['command', 'fileChange', 'permissions', 'userInput', 'elicitation', 'dynamicTool']);
export type ApprovalKind = z.infer<typeof ApprovalKind>;

export const Decision = z.enum(['accept', 'acceptForSession', 'decline', 'cancel']);
export type Decision = z.infer<typeof Decision>;

export const ApprovalAnswer = z
  .object({
    decision: Decision,
    /** What a question of another kind than yes or no is answered with (user input, elicitation, dynamic tool). */
    value: z.unknown().optional(),
    amendment: z.string().optional().describe('id of the amendment that goes with an accept: a rule that is written down for good'),
    withheld: z.literal(true).optional().describe('answers to secret questions were given and are not written down'),
  })
  .meta({ id: 'ApprovalAnswer' });
export type ApprovalAnswer = z.infer<typeof ApprovalAnswer>;

export const Question = z
  .object({
    id: z.string(),
    header: z.string().optional(),
    question: z.string(),
    options: z.array(z.object({ label: z.string(), description: z.string().optional() })).optional(),
    secret: z.boolean().optional(),
  })
  .meta({ id: 'Question' });
export type Question = z.infer<typeof Question>;

/**
 * A rule that the runtime offers to write down with a yes, so that it never asks the like again: not for this session but for good,
 * and for everything that uses the same configuration.
 */
export const Amendment = z
  .object({
    id: z.string(),
    kind: z.enum(['command', 'network', 'tool']),
    title: z.string().describe('one line for a person, saying what will be allowed (or forbidden) from now on'),
    prefix: z.array(z.string()).optional().describe('words with which the commands begin'),
    host: z.string().optional(),
    server: z.string().optional().describe('the MCP server of the tool'),
    tool: z.string().optional(),
    action: z.enum(['allow', 'deny']),
    permanent: z.literal(true),
  })
  .meta({ id: 'Amendment' });
export type Amendment = z.infer<typeof Amendment>;

/** What the runtime asks, before it has an id of ours. */
export const Ask = z.object({
  kind: ApprovalKind,
  title: z.string().describe('one line for a person'),
  reason: z.string().optional(),
  item: z.string().optional().describe('the item that waits for the answer'),
  command: z.string().optional(),
  cwd: z.string().optional(),
  changes: z.array(FileChange).optional(),
  permissions: z.unknown().optional().describe("what is asked for, in the runtime's words; an accept may grant a part of it as `value`"),
  network: z
    .object({ host: z.string(), protocol: z.string().optional() })
    .optional()
    .describe('the access to the network that is asked for'),
  server: z.string().optional().describe('the MCP server that asks, or whose tool is to be run'),
  tool: z.string().optional(),
  arguments: z.unknown().optional().describe('what the tool is to be called with'),
  url: z.string().optional().describe('a page that the person is to open before answering'),
  amendments: z.array(Amendment).optional(),
  effect: z.string().optional().describe('what a yes means beyond the obvious, for a person to read before giving it'),
  questions: z.array(Question).optional(),
  schema: z.unknown().optional(),
  decisions: z.array(Decision).describe('what may be answered'),
});
export type Ask = z.infer<typeof Ask>;

export const Approval = Ask.extend({
  id: z.string(),
  session: z.string(),
  turn: z.string(),
  status: z.enum(['pending', 'answered', 'expired']),
  answer: ApprovalAnswer.optional(),
  answeredBy: z.string().optional().describe('a principal, or "policy", or "deadline"'),
  answeredWhy: z.string().optional().describe('the rule that answered'),
  answeredAt: z.iso.datetime().optional(),
  askedAt: z.iso.datetime(),
  deadline: z.iso.datetime().optional(),
}).meta({ id: 'Approval' });
export type Approval = z.infer<typeof Approval>;

export const AnswerApproval = z
  .strictObject({
    decision: Decision,
    value: z
      .unknown()
      .optional()
      .describe(
        'userInput: a map from each question id to its answer or answers, or one answer where there is one question; elicitation: the object that `schema` describes; dynamicTool: the result, a text or ToolResult; permissions: the part of `permissions` that is granted, all when absent',
      ),
    amendment: z.string().optional().describe('id of an amendment of the approval, to be written down for good with an accept'),
    commandId: z.string().min(1).max(200).optional(),
  })
  .meta({ id: 'AnswerApproval' });
export type AnswerApproval = z.infer<typeof AnswerApproval>;

/** Approval ids name their session, so that an answer finds its writer without an index: `apr_<session>_<n>`. */
export function approvalId(session: string, n: number): string {
  return `apr_${session.replace(/^ses_/, '')}_${n}`;
}

/** The session in an approval's id, or null when the text is no approval id. */
export function sessionOfApproval(id: string): string | null {
  const match = /^apr_([0-9a-z]{26})_[1-9][0-9]*$/.exec(id);
  return match?.[1] === undefined ? null : `ses_${match[1]}`;
}
