/**
 * Who answers what an agent asks. Rules are tried in their order and the first that fits decides; what no rule decides goes by the
 * mode. Everything, also what a rule answers, is asked and answered in the log.
 */

import { z } from 'zod';
import { ApprovalKind } from './approval.js';

/** Every condition that is given must hold; a rule without conditions fits every question. */
export const ApprovalRule = z
  .strictObject({
    decision: z
      .enum(['accept', 'acceptForSession', 'decline', 'ask'])
      .describe(
        '"ask" leaves it to a person, whatever the mode. An accepting rule fits only where it is certain that its conditions hold and where a yes alone is an answer; one that declines or asks fits where they may hold',
      ),
    kind: ApprovalKind.optional(),
    command: z
      .string()
      .regex(/\S/, 'names no command')
      .optional()
      .describe(
        'the command begins with these words ("git status"). To be accepted each command of the line must, and the line must be nothing but plain commands; to be declined one is enough',
      ),
    readOnly: z.literal(true).optional().describe('each command of the line is one that is known to only read'),
    inside: z
      .string()
      .regex(/^(?:cwd$|\/|[A-Za-z]:[\\/])/, 'neither "cwd" nor an absolute path')
      .optional()
      .describe(
        'the paths that a file change touches (accepting: every one, and none in a .git, .codex, .agents or .aws there), or the folder in which a command is started, lie in this folder: "cwd" (the session\'s) or an absolute path. Links are not followed',
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

/** How long a question waits where nobody may be there to see it. */
export const UNATTENDED_SECONDS = 60;
const A_YEAR = 31_536_000;

export const ApprovalPolicy = z
  .strictObject({
    mode: z
      .enum(['ask', 'auto', 'deny'])
      .describe(
        'what no rule decides: "ask" waits for a person; "deny" declines; "auto" accepts when there are no rules at all, and else waits for a person and declines after the deadline. What takes more than a yes (an answer, a form, a page to open) is never accepted without a person',
      ),
    rules: z.array(ApprovalRule).optional(),
    deadlineSeconds: z
      .number()
      .positive()
      .max(A_YEAR)
      .optional()
      .describe(
        'a question that a person is to answer is declined after so long; with "ask" there is no limit unless given, else it is 60',
      ),
  })
  .meta({ id: 'ApprovalPolicy' });
export type ApprovalPolicy = z.infer<typeof ApprovalPolicy>;

export const ASK_EVERYTHING: ApprovalPolicy = { mode: 'ask' };
