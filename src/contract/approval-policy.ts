/**
 * Who answers what an agent asks. Rules are tried in their order and the first that fits decides; what no rule decides goes by the
 * mode. Everything, also what a rule answers, is asked and answered in the log.
 */

import { z } from 'zod';
import { ApprovalKind } from './approval.js';

/** Every condition that is given must hold; a rule without conditions fits every question. */
export const ApprovalRule = z
  .strictObject({
    decision: z.enum(['accept', 'acceptForSession', 'decline', 'ask']).describe('"ask" leaves it to a person, whatever the mode'),
    kind: ApprovalKind.optional(),
    command: z
      .string()
      .min(1)
      .optional()
      .describe('the command begins with these words ("git status"); of a line of several commands, each of them must'),
    readOnly: z.literal(true).optional().describe('the command is one that is known to only read'),
    inside: z
      .string()
      .min(1)
      .optional()
      .describe(
        'every path that a file change touches, or the folder in which a command runs, lies in this folder: "cwd" or an absolute path',
      ),
    network: z
      .union([z.literal(true), z.string().min(1)])
      .optional()
      .describe('the question is about network access, to any host or to this one'),
    server: z.string().min(1).optional().describe('asked for or by this MCP server'),
    tool: z.string().min(1).optional().describe('for this tool'),
  })
  .meta({ id: 'ApprovalRule' });
export type ApprovalRule = z.infer<typeof ApprovalRule>;

export const ApprovalPolicy = z
  .strictObject({
    mode: z
      .enum(['ask', 'auto', 'deny'])
      .describe(
        'what no rule decides: "ask" waits for a person; "deny" declines; "auto" accepts when there are no rules at all, and else waits for a person and declines after the deadline',
      ),
    rules: z.array(ApprovalRule).optional(),
    deadlineSeconds: z
      .number()
      .positive()
      .optional()
      .describe('a question is declined when nobody has answered it for so long; no limit with "ask", 60 with "auto" unless given'),
  })
  .meta({ id: 'ApprovalPolicy' });
export type ApprovalPolicy = z.infer<typeof ApprovalPolicy>;

export const ASK_EVERYTHING: ApprovalPolicy = { mode: 'ask' };
