/**
 * Tasks: work that somebody sends to an alias, tracked to a final state. What is asked, by whom, with which rights and within which
 * time stands in its first event; everything after that is what became of it.
 */

import { z } from 'zod';
import { ApprovalPolicy } from './approval-policy.js';
import { Usage } from './item.js';
import { Limits } from './limits.js';
import { type InputItem, Permissions, TurnInput } from './session.js';
import { Alias, Runtime } from './words.js';

/** The alias that stands for whoever holds the host: a task for it waits until a person replies. */
export const PERSON = 'person';

export const TaskStatus = z.enum(['queued', 'leased', 'running', 'waiting', 'replied', 'failed', 'cancelled', 'expired']);
export type TaskStatus = z.infer<typeof TaskStatus>;

/**
 * Why a task failed. `refused`: a rule of the hub did not let it pass. `turn-failed`: the runtime could not do it. `reported`: the agent
 * itself said so. `interrupted`: somebody stopped its turn. `attempts`: it was begun as often as it may be. `gone`: its agent, or the
 * session that it was to run in, is there no more.
 */
export const TaskErrorCode = z.enum(['refused', 'turn-failed', 'reported', 'interrupted', 'attempts', 'gone']);
export type TaskErrorCode = z.infer<typeof TaskErrorCode>;

export const TaskError = z.object({ code: TaskErrorCode, message: z.string(), retryable: z.boolean() }).meta({ id: 'TaskError' });
export type TaskError = z.infer<typeof TaskError>;

/**
 * What a waiting task waits for. `release`: it is held, a person lets it go. `decision`: it may have been done in part already, a person says
 * whether it is done again. `approval`: its agent asks for a permission. `person`: its agent has asked a person.
 */
export const TaskWait = z
  .object({
    for: z.enum(['release', 'decision', 'approval', 'person']),
    reason: z.string(),
    id: z.string().optional().describe('of the approval, or of the task that the person has'),
    effects: z.array(z.string()).optional().describe('what is known to have been done, for a decision'),
  })
  .meta({ id: 'TaskWait' });
export type TaskWait = z.infer<typeof TaskWait>;

/** What all tasks that follow from one may take together. */
export const TaskBudget = z
  .strictObject({
    tasks: z.number().int().min(1).max(10_000).optional().describe('how many tasks there may be, the first one included; default 100'),
    tokens: z.number().int().min(1).optional().describe('after so many tokens of the model nothing more is sent; default: no limit'),
  })
  .meta({ id: 'TaskBudget' });
export type TaskBudget = z.infer<typeof TaskBudget>;

/** What a task may do at most: what its sender may do. A person who operates the host sends without one. */
export const TaskCeiling = z.object({ permissions: Permissions, approvals: ApprovalPolicy }).meta({ id: 'TaskCeiling' });
export type TaskCeiling = z.infer<typeof TaskCeiling>;

/** In which session an agent of this host works on it. */
export const TaskSession = z
  .enum(['new', 'pair'])
  .describe('"new": one of its own (default); "pair": the standing one of sender and agent, which remembers the tasks before');
export type TaskSession = z.infer<typeof TaskSession>;

export const Task = z
  .object({
    id: z.string(),
    to: z.string(),
    from: z.string().describe('alias of the agent, or name of the principal, that sent it'),
    input: TurnInput,
    status: TaskStatus,
    parent: z.string().optional().describe('the task from which it was sent'),
    root: z.string().describe('the first task of its chain; its own id where it is that'),
    chain: z.array(z.string()).describe('who asked whom, from the first sender to this agent'),
    reply: z.string().optional(),
    error: TaskError.optional(),
    session: z.string().optional(),
    turn: z.string().optional(),
    attempts: z.number().int().describe('how often it was begun'),
    attemptsLeft: z.number().int(),
    progress: z.object({ text: z.string(), at: z.iso.datetime() }).optional().describe('what was last said of it'),
    waiting: TaskWait.optional(),
    note: z.string().optional().describe('what the sender should know: that the agent is offline, for one'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    deadline: z.iso.datetime().optional().describe('by then it is done or expired'),
    queueDeadline: z.iso.datetime().optional().describe('by then it has begun or is expired'),
    leasedBy: z.string().optional().describe('who works on it'),
    leaseUntil: z.iso.datetime().optional().describe('until when an agent from elsewhere must be heard of'),
    endedAt: z.iso.datetime().optional(),
    expired: z.enum(['queue', 'deadline']).optional().describe('which of the two it was'),
    ceiling: TaskCeiling.optional(),
    budget: TaskBudget.optional(),
    spent: z.object({ tasks: z.number().int(), tokens: z.number().int() }).optional().describe('by the whole chain; of its first task'),
    usage: Usage.optional(),
    limits: Limits.optional(),
    sessionMode: TaskSession.optional(),
    context: z.string().optional().describe('the conversation that it belongs to'),
    outputSchema: z.record(z.string(), z.unknown()).optional(),
    position: z.number().int().describe('of its last event'),
  })
  .meta({ id: 'Task' });
export type Task = z.infer<typeof Task>;

const commandId = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .describe('makes a repeat of this request harmless; the Idempotency-Key header does the same');
const A_YEAR = 31_536_000;
const seconds = z
  .number()
  .max(A_YEAR)
  .refine((value) => value > 0, 'a number of seconds from now on (0 and less lies in the past)')
  .meta({ exclusiveMinimum: 0 });

export const SendTask = z
  .strictObject({
    to: Alias.describe('an agent, or "person"'),
    input: TurnInput,
    from: z.string().min(1).max(200).optional().describe('in whose name; an agent speaks in its own'),
    parent: z.string().optional().describe('the task in whose course it is sent; the host knows it for its own agents'),
    deadlineSeconds: seconds.optional().describe('from now to its end; default: none, or that of its parent'),
    queueSeconds: seconds.optional().describe('from now until it has begun; default: none'),
    limits: Limits.optional().describe('of the turn: how long it may work, or be silent; activity of the turn counts as life'),
    session: TaskSession.optional(),
    context: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('names a conversation: with "pair", tasks of the same one share a session of their own'),
    hold: z.boolean().optional().describe('a person has to let it go first'),
    attempts: z.number().int().min(1).max(20).optional().describe('how often it may be begun, as long as nothing was done yet; default 3'),
    permissions: Permissions.optional().describe('at most these; can only be less than what the sender may'),
    budget: TaskBudget.optional().describe('of the chain that begins with it'),
    outputSchema: z.record(z.string(), z.unknown()).optional().describe('a JSON schema that the reply must follow'),
    commandId,
  })
  .meta({ id: 'SendTask' });
export type SendTask = z.infer<typeof SendTask>;

const attempt = z.number().int().min(1).optional().describe('`attempts` of the lease: an older one is refused');

export const ReportProgress = z
  .strictObject({
    text: z.string().max(100_000).default('').describe('nothing: only a sign of life'),
    final: z.boolean().optional().describe('true: this is the reply'),
    effect: z.boolean().optional().describe('something was done that must not be done twice'),
    attempt,
    commandId,
  })
  .meta({ id: 'ReportProgress' });
export type ReportProgress = z.input<typeof ReportProgress>;

export const ReplyTask = z
  .strictObject({
    text: z.string().max(1_000_000),
    final: z.boolean().optional().describe('false: a part of the reply, more comes; default true'),
    attempt,
    commandId,
  })
  .meta({ id: 'ReplyTask' });
export type ReplyTask = z.infer<typeof ReplyTask>;

export const FailTask = z
  .strictObject({
    message: z.string().min(1).max(10_000),
    retryable: z.boolean().optional().describe('true: give it to somebody again, as long as nothing was done'),
    handBack: z.boolean().optional().describe('true: nobody has begun it, another takes it at once, and the attempt does not count'),
    attempt,
    commandId,
  })
  .meta({ id: 'FailTask' });
export type FailTask = z.infer<typeof FailTask>;

export const ChangeTask = z.strictObject({ reason: z.string().min(1).max(1000).optional(), commandId }).meta({ id: 'ChangeTask' });
export type ChangeTask = z.infer<typeof ChangeTask>;

export const LeaseTask = z
  .strictObject({
    agent: Alias.optional().describe('for which agent; an agent leases its own'),
    waitSeconds: z.number().min(0).max(30).optional().describe('how long to wait for one; default 0'),
    leaseSeconds: z
      .number()
      .min(1)
      .max(3600)
      .optional()
      .describe('how long it may be silent before the task is given to another; default 60'),
    commandId: commandId.describe('a repeat, because the answer was lost, gets the task that was leased for it, and no second one'),
  })
  .meta({ id: 'LeaseTask' });
export type LeaseTask = z.infer<typeof LeaseTask>;

export const Leased = z.object({ task: Task.nullable().describe('null: there was none') }).meta({ id: 'Leased' });
export type Leased = z.infer<typeof Leased>;

/** How an agent takes part in tasks. Without it only people can send it any, and it has no tools to send some. */
export const TaskSettings = z
  .strictObject({
    role: z.string().min(1).max(500).optional().describe('what it is for, in a line that other agents read'),
    skills: z.array(z.string().min(1).max(100)).max(50).optional().describe('what it can do, in words to look for'),
    from: z.array(z.string().min(1)).optional().describe('from whom it takes tasks, by alias; default: every agent that takes part'),
    to: z.array(z.string().min(1)).optional().describe('to whom it may send some; default: every agent that takes part'),
    atOnce: z.number().int().min(1).max(64).optional().describe('how many it works on at once; default 1'),
    session: TaskSession.optional(),
    hold: z.boolean().optional().describe('a person lets each task from an agent go first'),
    anyPermissions: z
      .boolean()
      .optional()
      .describe('takes tasks of agents that may do less than it, although its runtime cannot be held to their permissions'),
    public: z.boolean().optional().describe('can be reached by A2A'),
    permissions: Permissions.optional().describe(
      'what the tasks that it sends may do at most; default: what it may do itself, and only read where the host cannot tell that',
    ),
  })
  .meta({ id: 'TaskSettings' });
export type TaskSettings = z.infer<typeof TaskSettings>;

/** An agent as others see it. */
export const NodeAgent = z
  .object({
    alias: z.string(),
    runtime: Runtime.nullable().describe('null: its process is none of this host'),
    role: z.string().optional(),
    skills: z.array(z.string()),
    online: z.boolean(),
    seenAt: z.iso.datetime().optional().describe('when an agent from elsewhere was last heard of'),
    takesTasks: z.boolean().describe('from other agents'),
    load: z.object({
      running: z.number().int(),
      queued: z.number().int(),
      atOnce: z.number().int().describe('how many it works on at once'),
    }),
  })
  .meta({ id: 'NodeAgent' });
export type NodeAgent = z.infer<typeof NodeAgent>;

export const Node = z
  .object({
    id: z.string(),
    name: z.string(),
    version: z.string(),
    online: z.boolean(),
    startedAt: z.iso.datetime(),
    load: z.object({ running: z.number().int(), queued: z.number().int() }),
    agents: z.array(NodeAgent),
  })
  .meta({ id: 'Node' });
export type Node = z.infer<typeof Node>;

/** An agent whose process is none of this host: it comes with a token of its own, takes tasks and replies. */
export const OutsideAgent = z
  .object({
    alias: Alias,
    tasks: TaskSettings,
    createdAt: z.iso.datetime(),
    online: z.boolean(),
    seenAt: z.iso.datetime().optional(),
  })
  .meta({ id: 'OutsideAgent' });
export type OutsideAgent = z.infer<typeof OutsideAgent>;

export const AdmitOutsideAgent = z.strictObject({ alias: Alias, tasks: TaskSettings.optional() }).meta({ id: 'AdmitOutsideAgent' });
export type AdmitOutsideAgent = z.infer<typeof AdmitOutsideAgent>;

export const AdmittedAgent = OutsideAgent.extend({ token: z.string().describe('shown this once') }).meta({ id: 'AdmittedAgent' });
export type AdmittedAgent = z.infer<typeof AdmittedAgent>;

export const Presence = z
  .strictObject({ seconds: z.number().min(1).max(3600).optional().describe('how long it counts as online after this; default 60') })
  .meta({ id: 'Presence' });
export type Presence = z.infer<typeof Presence>;

/** A task's input as plain text, for lists. */
export function inputText(input: TurnInput): string {
  if (typeof input === 'string') return input;
  return input.map((item: InputItem) => (item.type === 'text' ? item.text : `[${item.type}]`)).join('\n');
}
