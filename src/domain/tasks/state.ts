/** The state of a task, folded from its events, and the task as clients see it. */

import { addUsage, type Usage } from '../../contract/item.js';
import type { Limits } from '../../contract/limits.js';
import type { TurnInput } from '../../contract/session.js';
import type { Task, TaskBudget, TaskCeiling, TaskError, TaskSession, TaskStatus, TaskWait } from '../../contract/task.js';
import type { TaskEvent } from '../../contract/task-events.js';

export const TASK_FORMAT = 3;

export interface TaskState {
  readonly format: typeof TASK_FORMAT;
  readonly id: string;
  readonly to: string;
  readonly from: string;
  readonly by: string;
  readonly input: TurnInput;
  readonly parent: string | null;
  readonly root: string;
  readonly chain: readonly string[];
  /** How often it may be begun. */
  readonly most: number;
  readonly deadline: string | null;
  readonly queueDeadline: string | null;
  readonly limits: Limits | null;
  readonly sessionMode: TaskSession | null;
  /** Names the conversation that it belongs to. */
  readonly context: string | null;
  readonly ceiling: TaskCeiling | null;
  readonly budget: TaskBudget | null;
  readonly outputSchema: Readonly<Record<string, unknown>> | null;
  readonly note: string | null;

  readonly status: TaskStatus;
  readonly attempt: number;
  /** How many of the attempts nobody has begun: they were handed back as they were. */
  readonly unused: number;
  readonly lessee: string | null;
  readonly leaseUntil: string | null;
  /** How long an agent from elsewhere may be silent. */
  readonly leaseSeconds: number | null;
  readonly session: string | null;
  readonly turn: string | null;
  /** Position of the session's event behind which the turn's events come. */
  readonly after: number;
  readonly waiting: TaskWait | null;
  /** What it was before it had to wait. */
  readonly before: 'queued' | 'leased' | 'running';
  readonly progress: { readonly text: string; readonly at: string } | null;
  /** How many characters of what the agent writes were told in this attempt. */
  readonly written: number;
  /** Parts of a reply that is not whole yet. */
  readonly parts: readonly string[];
  /** Something was recorded in this attempt that must not be done twice. */
  readonly effect: boolean;
  readonly reply: string | null;
  readonly error: TaskError | null;
  readonly expired: 'queue' | 'deadline' | null;
  readonly usage: Usage | null;
  /** Of the whole chain, in its first task. */
  readonly spent: { readonly tasks: number; readonly tokens: number };
  /** Tasks of the chain whose tokens are not counted yet, in its first task. */
  readonly branches: readonly string[];
  readonly position: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly endedAt: string | null;
}

const ENDS: ReadonlySet<TaskStatus> = new Set(['replied', 'failed', 'cancelled', 'expired']);

export function hasEnded({ status }: Pick<TaskState, 'status'>): boolean {
  return ENDS.has(status);
}

/** It has ended because somebody did not want it any more, or its time ran out. */
export function wasCalledOff({ status }: Pick<TaskState, 'status'>): boolean {
  return status === 'cancelled' || status === 'expired';
}

/** It has ended before its turn did, which is to be stopped. */
export function isCalledOff(state: TaskState): boolean {
  return wasCalledOff(state) && state.turn !== null;
}

/** Nothing of it is open. Of a turn that was called off only whoever has stopped it knows that. */
export function isSettled(state: TaskState): boolean {
  return hasEnded(state) && state.branches.length === 0 && !isCalledOff(state);
}

/** How often somebody has begun it. */
export function triesOf({ attempt, unused }: Pick<TaskState, 'attempt' | 'unused'>): number {
  return attempt - unused;
}

/** Somebody works on it, or waits within it for an answer. */
export function isBegun({ status, before, waiting }: Pick<TaskState, 'status' | 'before' | 'waiting'>): boolean {
  if (status === 'leased' || status === 'running') return true;
  return status === 'waiting' && waiting?.for !== 'decision' && before !== 'queued';
}

/** Who does the work where the agent is one of this host. */
export const HUB = 'hub';

export function initialTask(event: TaskEvent<'task.sent'>): TaskState {
  const { data, task, at, position } = event;
  const { hold } = data;
  return {
    format: TASK_FORMAT,
    id: task,
    to: data.to,
    from: data.from,
    by: data.by,
    input: data.input,
    parent: data.parent ?? null,
    root: data.root,
    chain: data.chain,
    most: data.attempts,
    deadline: data.deadline ?? null,
    queueDeadline: data.queueDeadline ?? null,
    limits: data.limits ?? null,
    sessionMode: data.session ?? null,
    context: data.context ?? null,
    ceiling: data.ceiling ?? null,
    budget: data.budget ?? null,
    outputSchema: data.outputSchema ?? null,
    note: data.note ?? null,
    status: hold === undefined ? 'queued' : 'waiting',
    attempt: 0,
    unused: 0,
    lessee: null,
    leaseUntil: null,
    leaseSeconds: null,
    session: null,
    turn: null,
    after: 0,
    waiting: hold === undefined ? null : { for: 'release', reason: hold },
    before: 'queued',
    progress: null,
    written: 0,
    parts: [],
    effect: false,
    reply: null,
    error: null,
    expired: null,
    usage: null,
    spent: { tasks: 1, tokens: 0 },
    branches: [],
    position,
    createdAt: at,
    updatedAt: at,
    endedAt: null,
  };
}

export function evolveTask(before: TaskState, event: TaskEvent): TaskState {
  return { ...changed(before, event), position: event.position, updatedAt: event.at };
}

function changed(state: TaskState, event: TaskEvent): TaskState {
  switch (event.type) {
    case 'task.sent':
      return state;
    case 'task.leased': {
      const { by, attempt, until = null } = event.data;
      const leaseSeconds = until === null ? null : (Date.parse(until) - Date.parse(event.at)) / 1000;
      return { ...state, status: 'leased', attempt, lessee: by, leaseUntil: until, leaseSeconds, effect: false, note: null, waiting: null };
    }
    case 'task.started': {
      const { session, turn, after } = event.data;
      // It may have been called off meanwhile: then the turn is known all the same, to be stopped.
      return { ...state, status: hasEnded(state) ? state.status : 'running', session, turn, after };
    }
    case 'task.progressed':
      return progressed(state, event);
    case 'task.waiting': {
      const { by: _, ...waiting } = event.data;
      const { status } = state;
      const was = status === 'queued' || status === 'leased' || status === 'running' ? status : state.before;
      // A decision begins anew. Whoever had it last is kept: its reply may still come.
      const anew = waiting.for === 'decision' ? { leaseUntil: null, before: 'queued' as const } : { before: was };
      return { ...state, status: 'waiting', waiting, ...anew };
    }
    case 'task.resumed':
      return { ...state, status: state.before, waiting: null };
    case 'task.approved':
      return state.waiting?.for === 'decision' ? { ...state, ...UNBEGUN } : { ...state, status: state.before, waiting: null };
    case 'task.requeued':
      return { ...state, ...UNBEGUN, unused: state.unused + (event.data.unused === true ? 1 : 0) };
    case 'task.branched':
      return {
        ...state,
        spent: { ...state.spent, tasks: state.spent.tasks + 1 },
        branches: [...state.branches, event.data.task],
      };
    case 'task.spent': {
      const { task, tokens } = event.data;
      const branches = state.branches.filter((one) => one !== task);
      return { ...state, branches, spent: { ...state.spent, tokens: state.spent.tokens + tokens } };
    }
    default:
      return ended(state, event);
  }
}

/** What an attempt leaves behind that came to nothing. */
const UNBEGUN = { status: 'queued', leaseUntil: null, session: null, turn: null, after: 0, written: 0, parts: [], waiting: null } as const;

function progressed(state: TaskState, { data, at }: TaskEvent<'task.progressed'>): TaskState {
  const { text, kind, effect, until } = data;
  // Pieces of what is being written are put together again, up to what is worth showing.
  const whole = kind === 'message' && state.progress !== null ? tail(state.progress.text + text) : text;
  return {
    ...state,
    status: state.status === 'leased' ? 'running' : state.status,
    progress: text === '' ? state.progress : { text: whole, at },
    written: kind === 'message' ? state.written + text.length : state.written,
    parts: kind === 'reply' ? [...state.parts, text] : state.parts,
    effect: state.effect || effect === true,
    leaseUntil: until ?? state.leaseUntil,
  };
}

const SHOWN = 4096;

function tail(text: string): string {
  return text.length <= SHOWN ? text : text.slice(-SHOWN);
}

function ended(state: TaskState, event: TaskEvent<'task.replied' | 'task.failed' | 'task.cancelled' | 'task.expired'>): TaskState {
  const end = { ...state, endedAt: event.at, waiting: null, lessee: null, leaseUntil: null, note: null };
  const text = 'text' in event.data ? (event.data.text ?? null) : null;
  switch (event.type) {
    case 'task.replied':
      return { ...end, status: 'replied', reply: event.data.text, usage: event.data.usage ?? null };
    case 'task.failed': {
      const { code, message, retryable, usage } = event.data;
      return { ...end, status: 'failed', error: { code, message, retryable }, reply: text, usage: usage ?? null };
    }
    case 'task.cancelled':
      return { ...end, status: 'cancelled', reply: text };
    case 'task.expired':
      return { ...end, status: 'expired', expired: event.data.what, reply: text };
  }
}

/** The tokens that a task took by itself. */
export function tokensOf({ usage }: TaskState): number {
  return usage === null ? 0 : addUsage(null, usage).totalTokens;
}

export function taskView(state: TaskState): Task {
  const { id, to, from, input, status, root, attempt, position, createdAt, updatedAt } = state;
  return {
    ...{ id, to, from, input, status, root, attempts: attempt, position, createdAt, updatedAt },
    chain: [...state.chain],
    attemptsLeft: hasEnded(state) ? 0 : Math.max(0, state.most - triesOf(state)),
    ...given('parent', state.parent),
    ...given('reply', state.reply),
    ...given('error', state.error),
    ...given('session', state.session),
    ...given('turn', state.turn),
    ...given('progress', state.progress),
    ...given('waiting', state.waiting),
    ...given('note', state.note),
    ...given('deadline', state.deadline),
    ...given('queueDeadline', state.queueDeadline),
    ...given('leasedBy', status === 'queued' ? null : state.lessee),
    ...given('leaseUntil', state.leaseUntil),
    ...given('endedAt', state.endedAt),
    ...given('expired', state.expired),
    ...given('ceiling', state.ceiling),
    ...given('budget', state.budget),
    ...given('usage', state.usage),
    ...given('limits', state.limits),
    ...given('sessionMode', state.sessionMode),
    ...given('context', state.context),
    ...given('outputSchema', state.outputSchema === null ? null : { ...state.outputSchema }),
    ...(root === id ? { spent: state.spent } : {}),
  };
}

function given<K extends string, V>(name: K, value: V | null): { [P in K]?: V } {
  return value === null ? {} : ({ [name]: value } as { [P in K]: V });
}
