/** A task as clients of A2A see it. Made anew from what the hub says each time it is asked for; nothing of it is kept. */

import { type Task as A2aTask, type Artifact, type Message, Role, TaskState, type TaskStatus } from '@a2a-js/sdk';
import type { Task } from '../../contract/task.js';
import { partsOf, textPart } from './parts.js';

/** What of a task its status is told from. */
export type Told = Pick<Task, 'id' | 'status'> &
  Partial<Pick<Task, 'context' | 'waiting' | 'note' | 'error' | 'expired' | 'deadline' | 'queueDeadline'>> & {
    /** What was said last, where that is the status. */
    readonly said?: string | undefined;
  };

/** The one artifact that a task has: what its agent has written. */
const REPLY = 'reply';

const STATES: Readonly<Record<Task['status'], TaskState>> = {
  queued: TaskState.TASK_STATE_SUBMITTED,
  leased: TaskState.TASK_STATE_SUBMITTED,
  running: TaskState.TASK_STATE_WORKING,
  waiting: TaskState.TASK_STATE_INPUT_REQUIRED,
  replied: TaskState.TASK_STATE_COMPLETED,
  failed: TaskState.TASK_STATE_FAILED,
  cancelled: TaskState.TASK_STATE_CANCELED,
  expired: TaskState.TASK_STATE_FAILED,
};

export function stateOf({ status, error }: Pick<Told, 'status' | 'error'>): TaskState {
  return status === 'failed' && error?.code === 'refused' ? TaskState.TASK_STATE_REJECTED : STATES[status];
}

/** A task that was not sent by way of A2A belongs to a conversation of its own. */
export function contextOf({ id, context }: Pick<Told, 'id' | 'context'>): string {
  return context ?? id;
}

export function statusOf(task: Told, position: number, at: string): TaskStatus {
  const text = wordsOf(task);
  const message =
    text === undefined ? undefined : messageOf(task, `${task.id}-${position}`, Role.ROLE_AGENT, [textPart(text)], waitOf(task));
  return { state: stateOf(task), message, timestamp: at };
}

function wordsOf(task: Told): string | undefined {
  switch (task.status) {
    case 'waiting':
      return questionOf(task);
    case 'failed':
      return task.error?.message;
    case 'expired':
      return task.expired === 'queue' ? `it was to be begun by ${task.queueDeadline}` : `it was to be done by ${task.deadline}`;
    case 'replied':
      return undefined;
    default:
      return task.said ?? task.note;
  }
}

/** What is waited for, and how it is answered. */
function questionOf({ waiting }: Told): string {
  const { reason = 'it waits', effects = [] } = waiting ?? {};
  switch (waiting?.for) {
    case 'approval':
      return `${reason}\n\nAnswer "accept" or "decline".`;
    case 'person':
      return reason;
    case 'decision':
      return `${reason}\n\nWhat is known to have been done: ${effects.join('; ')}\n\nAnswer "approve" to have it done again, or "cancel".`;
    default:
      return `${reason}\n\nAnswer "approve" to let it go, or "cancel".`;
  }
}

/** The same for a program. */
function waitOf({ status, waiting }: Told): Message['metadata'] {
  if (status !== 'waiting' || waiting === undefined) return undefined;
  return { waitsFor: waiting.for, ...(waiting.id === undefined ? {} : { id: waiting.id }) };
}

function messageOf(task: Told, messageId: string, role: Role, parts: Message['parts'], metadata?: Message['metadata']): Message {
  return { messageId, contextId: contextOf(task), taskId: task.id, role, parts, metadata, extensions: [], referenceTaskIds: [] };
}

/** The message that the task began with. */
export function firstMessage(task: Task, messageId: string): Message {
  return messageOf(task, messageId, Role.ROLE_USER, partsOf(task.input));
}

export function replyArtifact(text: string): Artifact {
  return { artifactId: REPLY, name: REPLY, description: '', parts: [textPart(text)], metadata: undefined, extensions: [] };
}

/** `artifacts` without a reply yet: what has come of it. */
export function taskOf(task: Task, history: readonly Message[], artifacts?: readonly Artifact[]): A2aTask {
  const { progress, reply, updatedAt, endedAt } = task;
  const told: Told = { ...task, said: progress?.text };
  return {
    id: task.id,
    contextId: contextOf(task),
    status: statusOf(told, task.position, endedAt ?? updatedAt),
    artifacts: reply === undefined || reply === '' ? [...(artifacts ?? [])] : [replyArtifact(reply)],
    history: [...history],
    metadata: undefined,
  };
}
