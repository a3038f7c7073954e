/** Sessions and turns as clients see them, and the bodies that open a session or ask for a turn. */

import { z } from 'zod';
import { ApprovalPolicy } from './approval-policy.js';
import { Usage } from './item.js';
import { Limits } from './limits.js';
import { Alias, Disposition, Effort, Runtime, SessionStatus, TurnErrorCode, TurnMode, TurnStatus } from './words.js';

export const InputItem = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('text'), text: z.string().min(1) }),
    z.object({ type: z.literal('image'), url: z.string().describe('http(s) or data URL') }),
    z.object({ type: z.literal('localImage'), path: z.string().describe('absolute path on the host') }),
  ])
  .meta({ id: 'InputItem' });
export type InputItem = z.infer<typeof InputItem>;

export const TurnInput = z.union([z.string().min(1), z.array(InputItem).min(1)]);
export type TurnInput = z.infer<typeof TurnInput>;

/** What the agent may do, handed to the runtime as it is. */
export const Permissions = z
  .object({
    profile: z
      .string()
      .optional()
      .describe('":read-only", ":workspace", ":danger-full-access" or a profile of the runtime\'s own configuration'),
    approvalPolicy: z.enum(['untrusted', 'on-request', 'never']).optional(),
  })
  .meta({ id: 'Permissions' });
export type Permissions = z.infer<typeof Permissions>;

export const TurnError = z.object({ code: TurnErrorCode, message: z.string(), retryable: z.boolean() }).meta({ id: 'TurnError' });
export type TurnError = z.infer<typeof TurnError>;

export const ReviewTarget = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('uncommittedChanges') }),
  z.strictObject({ type: z.literal('baseBranch'), branch: z.string().min(1) }),
  z.strictObject({ type: z.literal('commit'), sha: z.string().min(1) }),
  z.strictObject({ type: z.literal('custom'), instructions: z.string().min(1) }),
]);
export type ReviewTarget = z.infer<typeof ReviewTarget>;

/** Work that a turn does besides answering input. */
export const TurnAction = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('compact') }),
    z.strictObject({ type: z.literal('review'), target: ReviewTarget }),
  ])
  .meta({ id: 'TurnAction' });
export type TurnAction = z.infer<typeof TurnAction>;

/** A tool that clients run for the agent: a call of it is an approval of kind dynamicTool, and its answer's `value` is the result. */
export const SessionTool = z
  .strictObject({
    name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, 'a tool is named with letters, digits, _ and -, at most 64'),
    description: z.string().min(1),
    inputSchema: z.record(z.string(), z.unknown()).describe('JSON schema of its arguments'),
  })
  .meta({ id: 'SessionTool' });
export type SessionTool = z.infer<typeof SessionTool>;

export const Turn = z
  .object({
    id: z.string(),
    session: z.string(),
    status: TurnStatus,
    input: z.array(InputItem),
    action: TurnAction.optional(),
    finalText: z.string().nullable().describe('text of the last agent message; of an interrupted or failed turn, what had come by then'),
    partial: z.literal(true).optional().describe('the message with the final text never ended: it is what had come of it'),
    error: TurnError.nullable(),
    usage: Usage.nullable(),
    steeredInto: z.string().nullable().describe('the running turn that took this one in; it ends as that one ends'),
    requestedAt: z.iso.datetime(),
    startedAt: z.iso.datetime().nullable(),
    endedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Turn' });
export type Turn = z.infer<typeof Turn>;

export const LastTurn = z.object({ id: z.string(), status: TurnStatus, error: TurnError.nullable() }).meta({ id: 'LastTurn' });
export type LastTurn = z.infer<typeof LastTurn>;

export const Session = z
  .object({
    id: z.string(),
    agent: z.string(),
    runtime: Runtime,
    status: SessionStatus,
    threadId: z.string().nullable().describe("the runtime's own id of the conversation"),
    title: z.string().nullable(),
    cwd: z.string(),
    model: z.string().nullable(),
    effort: Effort.nullable(),
    permissions: Permissions,
    currentTurn: z.string().nullable(),
    lastTurn: LastTurn.nullable(),
    queued: z.number().int().describe('turns that wait'),
    pendingApprovals: z.array(z.string()),
    position: z.number().int().describe('of the last event'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    usage: Usage.nullable().describe('of the whole conversation'),
    approvals: ApprovalPolicy.optional().describe("who answers in this session; the agent's policy when absent"),
    limits: Limits.optional(),
    forkedFrom: z.object({ session: z.string(), turn: z.string().nullable() }).optional(),
    reviewOf: z
      .object({ session: z.string(), upTo: z.number().int().describe('position of the last event that it looks at') })
      .optional()
      .describe('the session whose work this one looks back on'),
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof Session>;

const commandId = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .describe('makes a repeat of this request harmless; the Idempotency-Key header does the same');

export const OpenSession = z
  .strictObject({
    agent: Alias.optional(),
    cwd: z.string().min(1).optional().describe("absolute path on the host; default: the agent's, else the host's own"),
    title: z.string().min(1).max(500).optional(),
    model: z.string().min(1).optional(),
    effort: Effort.optional(),
    permissions: Permissions.optional(),
    approvals: ApprovalPolicy.optional().describe("who answers what is asked in this session; default: the agent's policy"),
    limits: Limits.optional(),
    tools: z.array(SessionTool).max(64).optional().describe('tools that clients of this session run for the agent'),
    threadId: z
      .string()
      .regex(/^[\w.-]{1,128}$/, 'is no id of a conversation')
      .optional()
      .describe("goes on with a conversation that was begun elsewhere: the runtime's own id of it, in the agent's CODEX_HOME"),
    commandId,
  })
  .meta({ id: 'OpenSession' });
export type OpenSession = z.infer<typeof OpenSession>;

export const RequestTurn = z
  .strictObject({
    input: TurnInput,
    mode: TurnMode.optional().describe('default auto'),
    model: z.string().min(1).optional(),
    effort: Effort.optional(),
    serviceTier: z.string().min(1).optional(),
    sticky: z
      .boolean()
      .optional()
      .describe('keep model, effort and service tier for the turns after this one; default: for this turn only'),
    outputSchema: z.record(z.string(), z.unknown()).optional().describe('a JSON schema that the final message must follow'),
    limits: Limits.optional(),
    commandId,
  })
  .meta({ id: 'RequestTurn' });
export type RequestTurn = z.infer<typeof RequestTurn>;

export const ForkSession = z
  .strictObject({
    turn: z.string().optional().describe('the last turn that the copy remembers; all when absent'),
    title: z.string().min(1).max(500).optional(),
    commandId,
  })
  .meta({ id: 'ForkSession' });
export type ForkSession = z.infer<typeof ForkSession>;

export const UpdateSession = z.strictObject({ title: z.string().min(1).max(500), commandId }).meta({ id: 'UpdateSession' });
export type UpdateSession = z.infer<typeof UpdateSession>;

export const ReviewSession = z.strictObject({ target: ReviewTarget, commandId }).meta({ id: 'ReviewSession' });
export type ReviewSession = z.infer<typeof ReviewSession>;

export const CompactSession = z.strictObject({ commandId }).meta({ id: 'CompactSession' });
export type CompactSession = z.infer<typeof CompactSession>;

export const MoveTurn = z
  .strictObject({
    before: z.string().nullable().describe('the queued turn that is to come right after it; null: the end of the queue'),
    commandId,
  })
  .meta({ id: 'MoveTurn' });
export type MoveTurn = z.infer<typeof MoveTurn>;

export const TurnAccepted = z
  .object({ turn: Turn, disposition: Disposition, position: z.number().int().describe('of the event that recorded the request') })
  .meta({ id: 'TurnAccepted' });
export type TurnAccepted = z.infer<typeof TurnAccepted>;

export const InterruptSession = z
  .strictObject({ turn: z.string().optional().describe('only this turn: nothing happens when it does not run (any more)'), commandId })
  .meta({ id: 'InterruptSession' });
export type InterruptSession = z.infer<typeof InterruptSession>;

export const InterruptAccepted = z
  .object({
    turn: Turn.nullable().describe('the turn that is being interrupted; null when none ran, or another one'),
    position: z.number().int(),
  })
  .meta({ id: 'InterruptAccepted' });
export type InterruptAccepted = z.infer<typeof InterruptAccepted>;

/** Input in its long form. */
export function inputItems(input: TurnInput): InputItem[] {
  return typeof input === 'string' ? [{ type: 'text', text: input }] : input;
}
