/**
 * Events: past facts about a session, each with the data of its type. An event that is written never changes, so a type's data
 * may only grow by optional fields.
 */

import { z } from 'zod';
import { Approval, ApprovalAnswer } from './approval.js';
import { ApprovalPolicy } from './approval-policy.js';
import { TakenResult } from './carried-result.js';
import { DeltaKind, Item, Usage } from './item.js';
import { Limits } from './limits.js';
import { InputItem, Permissions, SessionTool, TurnAction, TurnError } from './session.js';
import { TerminalGrant } from './terminal.js';
import { Disposition, Effort, Runtime, TurnMode } from './words.js';

const TURN_RESULT = {
  finalText: z.string().nullable(),
  usage: Usage.nullable(),
  finalItem: z.string().optional().describe('the agent message that the final text is from'),
  partial: z.literal(true).optional().describe('that message never ended: the text is what had come of it'),
};

export const EVENT_DATA = {
  'session.opened': z.object({
    agent: z.string(),
    runtime: Runtime,
    cwd: z.string(),
    title: z.string().nullable(),
    model: z.string().nullable(),
    effort: Effort.nullable(),
    permissions: Permissions,
    by: z.string(),
    approvals: ApprovalPolicy.optional(),
    limits: Limits.optional(),
    tools: z.array(SessionTool).optional(),
    /** The session that this one is a copy of, with the runtime's name of that conversation and of the last turn taken over. */
    forkedFrom: z.object({ session: z.string(), turn: z.string().nullable(), threadId: z.string(), ref: z.string().nullable() }).optional(),
    /** The session whose work this one looks back on, up to that position of it. */
    reviewOf: z.object({ session: z.string(), upTo: z.number().int() }).optional(),
    /** A conversation that was begun elsewhere, by the runtime's name of it. */
    threadId: z.string().optional(),
  }),
  'session.renamed': z.object({ title: z.string() }),
  'session.resumed': z.object({
    threadId: z.string(),
    /** True when the runtime no longer knew the old thread and a new one took its place. */
    fresh: z.boolean(),
    /** True when a turn was going on in the runtime while nobody listened: deltas of the gap do not come again. */
    gap: z.boolean(),
    previousThreadId: z.string().optional(),
  }),
  'session.archived': z.object({ by: z.string() }),
  'session.failed': z.object({ message: z.string() }),
  'turn.requested': z.object({
    input: z.array(InputItem),
    mode: TurnMode,
    disposition: Disposition,
    model: z.string().optional(),
    effort: Effort.optional(),
    outputSchema: z.record(z.string(), z.unknown()).optional(),
    serviceTier: z.string().optional(),
    sticky: z.boolean().optional(),
    limits: Limits.optional(),
    action: TurnAction.optional(),
    by: z.string(),
  }),
  'turn.queued': z.object({
    reason: z.string().optional(),
    /** Where it stands now: right before this queued turn, or at the end with null. Where it stood when absent. */
    before: z.string().nullable().optional(),
    /** The runtime's name of a turn that may have taken the message in before the runtime died: it is asked before the message is sent again. */
    maybeIn: z.string().optional(),
  }),
  'turn.started': z.object({ ref: z.string().describe("the runtime's own id of the turn") }),
  'turn.steered': z.object({ into: z.string() }),
  'turn.retrying': z.object({ message: z.string() }),
  'turn.interrupting': z.object({ by: z.string(), reason: z.string().optional() }),
  'turn.completed': z.object(TURN_RESULT),
  'turn.failed': TurnError.extend(TURN_RESULT),
  'turn.interrupted': z.object({ ...TURN_RESULT, reason: z.string().optional() }),
  'item.started': z.object({ item: Item }),
  'item.delta': z.object({ kind: DeltaKind, text: z.string() }),
  'item.completed': z.object({ item: Item }),
  /** Results of tools were taken out of the conversation: the model is not shown them again. */
  'items.consumed': z.object({
    items: z.array(TakenResult),
    bytes: z.number().int().describe('of all of them'),
    undo: z.string().describe('puts them back'),
    by: z.string(),
  }),
  'items.restored': z.object({ items: z.array(TakenResult), undo: z.string(), by: z.string() }),
  'approval.asked': z.object({ approval: Approval, ref: z.string().describe("the runtime's own name of the question") }),
  'approval.answered': z.object({ approval: z.string(), answer: ApprovalAnswer, by: z.string(), why: z.string().optional() }),
  'approval.expired': z.object({ approval: z.string(), reason: z.string() }),
  'plan.updated': z.object({ explanation: z.string().optional(), steps: z.array(z.object({ step: z.string(), status: z.string() })) }),
  'diff.updated': z.object({ diff: z.string() }),
  'usage.reported': z.object({ total: Usage, last: Usage, contextWindow: z.number().int().nullable() }),
  'file.produced': z.object({
    path: z.string(),
    file: z.string().optional().describe('its id within the session'),
    name: z.string().optional(),
    mediaType: z.string().optional(),
    bytes: z.number().int().optional(),
  }),
  'review.requested': z.object({
    toolCalls: z.number().int().describe('since the last review'),
    turns: z.number().int().describe('since the last review'),
    /** What is looked at: what came behind `after`, up to `upTo`. */
    after: z.number().int(),
    upTo: z.number().int(),
    reviewer: z.string().describe('the agent that reviews'),
  }),
  'review.started': z.object({
    upTo: z.number().int().describe('of the review.requested that it follows'),
    session: z.string().optional().describe('where it is done; absent where the program that has the host has taken it'),
  }),
  'review.failed': z.object({ upTo: z.number().int(), message: z.string() }),
  /** Somebody sits at a terminal with the runtime's own interface. What is said there is recorded as turns and answers of that person. */
  'terminal.attached': z.object({ terminal: z.string(), by: z.string(), allow: z.array(TerminalGrant) }),
  'terminal.detached': z.object({ terminal: z.string(), by: z.string() }),
  /** Something was done there that is neither, or was refused. */
  'terminal.acted': z.object({
    terminal: z.string(),
    by: z.string(),
    method: z.string().describe("the runtime's own word for it"),
    allowed: z.boolean(),
    detail: z.string().optional().describe('what it was about, in short'),
  }),
  'runtime.started': z.object({
    runtime: Runtime,
    version: z.string(),
    threadId: z.string(),
    model: z.string().optional().describe('what the runtime uses where nobody chose'),
    effort: z.string().optional(),
  }),
  'runtime.exited': z.object({
    message: z.string(),
    exitCode: z.number().int().nullable(),
    signal: z.string().nullable(),
    stderrTail: z.string(),
  }),
  'warning.raised': z.object({ message: z.string() }),
  'agent.raw': z.object({ method: z.string(), params: z.unknown() }),
} as const;

export type EventType = keyof typeof EVENT_DATA;
export type EventData<T extends EventType> = z.infer<(typeof EVENT_DATA)[T]>;

export const EVENT_TYPES = Object.keys(EVENT_DATA) as readonly EventType[];

/** An event before it has a position. `at` is ISO time in UTC. */
export type Unplaced<T extends EventType = EventType> = {
  [K in T]: { readonly type: K; readonly turn?: string; readonly item?: string; readonly at: string; readonly data: EventData<K> };
}[T];

/** An event as clients see it; `type` tells what `data` is. */
export type Event<T extends EventType = EventType> = {
  [K in T]: { readonly position: number; readonly session: string } & Unplaced<K>;
}[T];

/** The schema of any event, for documents and for clients that check what they get. Unknown types are let through: hosts grow. */
export const EventSchema = z
  .looseObject({
    position: z.number().int(),
    session: z.string(),
    turn: z.string().optional(),
    item: z.string().optional(),
    at: z.iso.datetime(),
    type: z.string(),
    data: z.unknown(),
  })
  .meta({ id: 'Event' });
