/** Events of tasks: each task is a stream of its own, and its events say all that ever happened to it. As with sessions, they never change. */

import { z } from 'zod';
import { Usage } from './item.js';
import { Limits } from './limits.js';
import { Permissions, TurnInput } from './session.js';
import { TaskBudget, TaskCeiling, TaskErrorCode, TaskSession, TaskWait } from './task.js';

const by = z.string().describe('who did it: a principal, an agent, or "hub"');
const attempt = z.number().int();

export const TASK_EVENT_DATA = {
  'task.sent': z.object({
    to: z.string(),
    from: z.string(),
    input: TurnInput,
    by,
    parent: z.string().optional(),
    root: z.string(),
    chain: z.array(z.string()),
    attempts: z.number().int().describe('how often it may be begun'),
    deadline: z.iso.datetime().optional(),
    queueDeadline: z.iso.datetime().optional(),
    limits: Limits.optional(),
    session: TaskSession.optional(),
    context: z.string().optional(),
    hold: z.string().optional().describe('why a person has to let it go first'),
    ceiling: TaskCeiling.optional(),
    budget: TaskBudget.optional(),
    outputSchema: z.record(z.string(), z.unknown()).optional(),
    note: z.string().optional(),
  }),
  'task.leased': z.object({ by, attempt, until: z.iso.datetime().optional() }),
  'task.started': z.object({
    session: z.string(),
    turn: z.string(),
    attempt,
    after: z.number().int().describe("position of the session's event behind which the turn's events come"),
    permissions: Permissions.optional().describe('what it runs with'),
  }),
  'task.progressed': z.object({
    text: z.string(),
    kind: z
      .enum(['message', 'report', 'reply'])
      .describe('a piece of what the agent writes, a word about the work, or a part of the reply'),
    by,
    effect: z.boolean().optional(),
    until: z.iso.datetime().optional().describe('the lease now lasts until then'),
  }),
  'task.waiting': TaskWait.extend({ by }),
  'task.resumed': z.object({ by, reason: z.string().optional() }),
  'task.approved': z.object({ by, reason: z.string().optional() }),
  'task.requeued': z.object({
    reason: z.string(),
    attempt: attempt.describe('the one that came to nothing'),
    unused: z.boolean().optional().describe('nobody has begun it: the attempt does not count'),
  }),
  'task.branched': z.object({ task: z.string(), to: z.string(), from: z.string() }),
  'task.spent': z.object({ task: z.string(), tokens: z.number().int() }),
  'task.replied': z.object({ text: z.string(), by, usage: Usage.optional() }),
  'task.failed': z.object({
    code: TaskErrorCode,
    message: z.string(),
    retryable: z.boolean(),
    by,
    text: z.string().optional().describe('what had come by then'),
    usage: Usage.optional(),
  }),
  'task.cancelled': z.object({ by, reason: z.string().optional(), text: z.string().optional().describe('what had come by then') }),
  'task.expired': z.object({
    what: z.enum(['queue', 'deadline']),
    message: z.string(),
    text: z.string().optional().describe('what had come by then'),
  }),
} as const;

export type TaskEventType = keyof typeof TASK_EVENT_DATA;
export type TaskEventData<T extends TaskEventType> = z.infer<(typeof TASK_EVENT_DATA)[T]>;

export const TASK_EVENT_TYPES = Object.keys(TASK_EVENT_DATA) as readonly TaskEventType[];

/** An event before it has a position. */
export type UnplacedTaskEvent<T extends TaskEventType = TaskEventType> = {
  [K in T]: { readonly type: K; readonly at: string; readonly data: TaskEventData<K> };
}[T];

/** An event of a task as clients see it. */
export type TaskEvent<T extends TaskEventType = TaskEventType> = {
  [K in T]: { readonly position: number; readonly task: string } & UnplacedTaskEvent<K>;
}[T];

const ID = /^tsk_[0-9a-z]{26}$/;

/** Whether the text has the form of a task's id. */
export function isTaskId(text: string): boolean {
  return ID.test(text);
}

export function parseTaskEvent(task: string, position: number, body: string): TaskEvent {
  return { position, task, ...(JSON.parse(body) as UnplacedTaskEvent) };
}
