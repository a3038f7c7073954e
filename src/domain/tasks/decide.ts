/** What may happen to a task next. Each decision sees the task as it is when its turn has come; a task that has ended takes nothing more. */

import { laterThan } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import { addUsage, type Usage } from '../../contract/item.js';
import type { TaskErrorCode } from '../../contract/task.js';
import type { UnplacedTaskEvent } from '../../contract/task-events.js';
import { HUB, hasEnded, isBegun, type TaskState, taskView, triesOf } from './state.js';

type Events = readonly UnplacedTaskEvent[];

/** Throws `conflict` when it has ended. */
export function refuseEnded(state: TaskState): void {
  if (!hasEnded(state)) return;
  throw new SpoolError('conflict', `task ${state.id} has ended: ${state.status}`, {
    hint: 'send a new task',
    details: { task: taskView(state) },
  });
}

/** Begins an attempt. `seconds`: how long an agent from elsewhere may be silent. */
export function decideLease(state: TaskState, by: string, at: string, seconds?: number): Events {
  if (state.status !== 'queued') {
    refuseEnded(state);
    throw new SpoolError('conflict', `task ${state.id} cannot be leased: it is ${state.status}`);
  }
  const until = seconds === undefined ? {} : { until: laterThan(at, seconds * 1000) };
  return [{ type: 'task.leased', at, data: { by, attempt: state.attempt + 1, ...until } }];
}

export interface Voice {
  readonly by: string;
  /** Speaks for the agent that has the task, and not as somebody who operates the host. */
  readonly agent: boolean;
  readonly attempt?: number | undefined;
}

/** Throws `conflict` for a task that has ended, and for a lease that somebody else has by now. */
function demandLease(state: TaskState, { by, attempt }: Voice, verb: string): void {
  refuseEnded(state);
  if (attempt !== undefined && attempt !== state.attempt) {
    throw new SpoolError('conflict', `task ${state.id} is in attempt ${state.attempt} by now, and ${by} ${verb} attempt ${attempt}`, {
      hint: 'the lease ran out; leave the task alone',
      details: { task: taskView(state) },
    });
  }
}

/** An agent may speak of a task only while it has it. A person may answer for anybody. */
function demandWork(state: TaskState, voice: Voice, verb: string): void {
  demandLease(state, voice, verb);
  // Whoever had it last may still bring its reply, as long as nobody has begun anew.
  const has = state.lessee === voice.by || voice.by === HUB || (state.lessee === HUB && voice.by === state.to);
  if (!voice.agent || has) return;
  throw new SpoolError('conflict', `task ${state.id} is not leased by ${voice.by}: it is ${state.status}`, {
    hint: "lease it first; a lease that has run out is somebody else's",
    details: { task: taskView(state) },
  });
}

export interface Said {
  readonly text: string;
  readonly kind: 'message' | 'report' | 'reply';
  readonly effect?: boolean | undefined;
}

export function decideProgress(state: TaskState, said: Said, voice: Voice, at: string): Events {
  demandWork(state, voice, 'reports on');
  if (voice.agent && !isBegun(state)) {
    const now = state.status === 'queued' ? 'it is queued again' : 'a person says whether it is done again';
    throw new SpoolError('conflict', `the lease of ${voice.by} on task ${state.id} has run out: ${now}`, {
      hint: 'leave it alone, or reply to it if it is done',
      details: { task: taskView(state) },
    });
  }
  const { text, kind, effect } = said;
  // A word about the work is a sign of life.
  const until = state.leaseSeconds === null || state.leaseUntil === null ? {} : { until: laterThan(at, state.leaseSeconds * 1000) };
  return [{ type: 'task.progressed', at, data: { text, kind, by: voice.by, ...(effect === true ? { effect } : {}), ...until } }];
}

/** The reply closes the task, whatever its turn still does. */
export function decideReply(state: TaskState, text: string, voice: Voice, at: string, usage?: Usage | null): Events {
  demandWork(state, voice, 'replies to');
  const whole = [...state.parts, text].join('');
  return [{ type: 'task.replied', at, data: { text: whole, by: voice.by, ...used(usage) } }, ...spent(state, usage, at)];
}

export interface Failure {
  readonly code: TaskErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly text?: string | undefined;
  readonly usage?: Usage | null | undefined;
  /** What is known to have been done in the attempt. */
  readonly effects: readonly string[];
}

/** The attempt came to nothing: once more where nothing was done yet, a person's decision where something was, else the end. */
export function decideFailure(state: TaskState, failure: Failure, voice: Voice, at: string): Events {
  demandWork(state, voice, 'gives up');
  const { code, message, retryable, text, usage } = failure;
  const effects = state.effect ? ['what the agent has reported', ...failure.effects] : failure.effects;
  const failed = (why: TaskErrorCode, what: string): Events => [
    {
      type: 'task.failed',
      at,
      data: { code: why, message: what, retryable, by: voice.by, ...(text === undefined || text === '' ? {} : { text }), ...used(usage) },
    },
    ...spent(state, usage, at),
  ];
  if (!retryable) return failed(code, message);
  if (effects.length > 0) {
    const reason = `${message}; it may have been done in part, so a person says whether it is done again`;
    return [{ type: 'task.waiting', at, data: { for: 'decision', reason, effects: [...effects], by: HUB } }];
  }
  if (triesOf(state) >= state.most) return failed('attempts', `${message} (attempt ${state.attempt} of ${state.most})`);
  return [{ type: 'task.requeued', at, data: { reason: message, attempt: state.attempt } }];
}

/** Nothing was done with it: it goes to another at once. Where something was reported all the same, a person decides. */
export function decideHandBack(state: TaskState, reason: string, voice: Voice, at: string): Events {
  demandWork(state, voice, 'hands back');
  if (!isBegun(state)) return [];
  if (state.effect) return decideFailure(state, { code: 'reported', message: reason, retryable: true, effects: [] }, voice, at);
  return [{ type: 'task.requeued', at, data: { reason, attempt: state.attempt, unused: true } }];
}

/** The agent from elsewhere that had it was not heard of in time. */
export function decideLost(state: TaskState, at: string): Events {
  if (state.leaseUntil === null || state.leaseUntil > at) return [];
  return decideGone(state, `${state.lessee} was not heard of until ${state.leaseUntil}`, at);
}

/** Whoever has it from elsewhere has it no more. */
export function decideGone(state: TaskState, message: string, at: string): Events {
  if (!isBegun(state) || state.lessee === null || state.leaseUntil === null) return [];
  return decideFailure(state, { code: 'gone', message, retryable: true, effects: [] }, { by: state.lessee, agent: true }, at);
}

export function decideCancel(state: TaskState, by: string, reason: string | undefined, text: string | undefined, at: string): Events {
  refuseEnded(state);
  const data = { by, ...(reason === undefined ? {} : { reason }), ...(text === undefined || text === '' ? {} : { text }) };
  return [{ type: 'task.cancelled', at, data }];
}

/** Only what has not begun can be held. */
export function decideHold(state: TaskState, by: string, reason: string | undefined, at: string): Events {
  refuseEnded(state);
  if (state.waiting?.for === 'release') return [];
  if (state.status !== 'queued') {
    throw new SpoolError('conflict', `task ${state.id} cannot be held any more: it is ${state.status}`, { hint: 'cancel it instead' });
  }
  return [{ type: 'task.waiting', at, data: { for: 'release', reason: reason ?? `${by} holds it`, by } }];
}

/** Lets a task go that is held, or has one done again of which it is not known whether it was done. */
export function decideApprove(state: TaskState, by: string, reason: string | undefined, at: string): Events {
  refuseEnded(state);
  const kind = state.waiting?.for;
  if (kind !== 'release' && kind !== 'decision') {
    const hint =
      kind === 'approval'
        ? `answer the approval ${state.waiting?.id ?? ''}`
        : kind === 'person'
          ? `reply to ${state.waiting?.id ?? ''}`
          : "it needs nobody's approval";
    throw new SpoolError('conflict', `task ${state.id} is ${state.status} and waits for no decision`, { hint });
  }
  return [{ type: 'task.approved', at, data: { by, ...(reason === undefined ? {} : { reason }) } }];
}

/** Its time may have run out: the queue's as long as it has not begun, the task's own always. */
export function decideExpiry(state: TaskState, text: string | undefined, at: string): Events {
  if (hasEnded(state)) return [];
  const so = text === undefined || text === '' ? {} : { text };
  if (state.deadline !== null && state.deadline <= at) {
    return [{ type: 'task.expired', at, data: { what: 'deadline', message: `it was to be done by ${state.deadline}`, ...so } }];
  }
  if (state.queueDeadline !== null && state.queueDeadline <= at && triesOf(state) === 0) {
    return [{ type: 'task.expired', at, data: { what: 'queue', message: `it was to be begun by ${state.queueDeadline}`, ...so } }];
  }
  return [];
}

/** When its own time runs out next, as ISO time. */
export function nextExpiry(state: TaskState): string | undefined {
  if (hasEnded(state)) return undefined;
  return [state.deadline, triesOf(state) === 0 ? state.queueDeadline : null].filter((time) => time !== null).sort()[0];
}

function used(usage: Usage | null | undefined): { usage?: Usage } {
  return usage === undefined || usage === null ? {} : { usage };
}

/** What the first task of a chain takes itself is counted with its end; of the others whoever hears their ends says it. */
function spent({ id, root }: TaskState, usage: Usage | null | undefined, at: string): Events {
  const tokens = usage === undefined || usage === null ? 0 : addUsage(null, usage).totalTokens;
  return id !== root || tokens === 0 ? [] : [{ type: 'task.spent', at, data: { task: id, tokens } }];
}
