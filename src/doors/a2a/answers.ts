/** What a client says of a task that waits: taken as the answer to what it waits for, once, however often it is said. */

import { type Message, Role } from '@a2a-js/sdk';
import { RequestMalformedError, UnsupportedOperationError } from '@a2a-js/sdk/errors';
import { AnswerApproval, type Approval } from '../../contract/approval.js';
import type { Task } from '../../contract/task.js';
import type { Host, Principal } from '../../host/face.js';
import type { Hub } from '../../network/face.js';
import type { LogRecord } from '../../ports/log.js';
import { textIn } from './parts.js';
import { contextOf } from './task-shape.js';

export interface AnswerParts {
  readonly hub: Hub;
  readonly host: Host;
  readonly by: Principal;
}

const YES = new Set(['approve', 'accept', 'yes', 'ok', 'allow']);
const NO = new Set(['decline', 'deny', 'reject', 'no']);
const STOP = new Set(['cancel', 'stop']);

/**
 * Gives the answer, and resolves with the position behind which its effect shows; undefined where none is to be waited for. Rejects with
 * `UnsupportedOperationError` for a task that waits for nothing, `RequestMalformedError` for an answer that is none.
 */
export async function answerTask(parts: AnswerParts, task: Task, message: Message): Promise<number | undefined> {
  if (message.contextId !== '' && message.contextId !== contextOf(task)) {
    throw new RequestMalformedError(`task ${task.id} belongs to the context ${contextOf(task)}, not to ${message.contextId}`);
  }
  if (await wasHeard(parts, task, message.messageId)) return undefined;
  const { waiting } = task;
  switch (waiting?.for) {
    case undefined:
      throw new UnsupportedOperationError(
        `task ${task.id} ${task.endedAt === undefined ? `is ${task.status} and waits for nothing` : `has ended: ${task.status}`} (send a message without taskId, with contextId ${contextOf(task)}, to go on with the conversation)`,
      );
    case 'person':
      await replyFor(parts, waiting.id ?? '', message);
      break;
    case 'approval':
      return (await answerApproval(parts, task, message)) ? task.position : undefined;
    default:
      await decide(parts, task, message);
  }
  return task.position;
}

/** Whether this very message was taken as an answer before: by the task itself, by a person's task, or in the session where it works. */
async function wasHeard(parts: AnswerParts, task: Task, messageId: string): Promise<boolean> {
  const { hub, host, by } = parts;
  const follow =
    (id: string): Follow =>
    (query) =>
      hub.follow({ task: id, ...query }, by);
  if (await isIn(follow(task.id), task.position, messageId)) return true;
  const asked = await hub.listTasks({ to: 'person', root: task.root, limit: 100 }, by);
  for (const { id, parent, position } of asked.items) {
    if (parent === task.id && (await isIn(follow(id), position, messageId))) return true;
  }
  const { session } = task;
  // An agent answers nothing there, and sees no sessions.
  if (session === undefined || by.role === 'agent') return false;
  return await isIn((query) => host.follow({ session, ...query }, by), await host.head(session, by), messageId);
}

type Follow = (query: { readonly after: number; readonly signal: AbortSignal }) => AsyncIterable<LogRecord>;

/** Whether one of the records up to `head` is what came of the message. */
async function isIn(follow: Follow, head: number, messageId: string): Promise<boolean> {
  const enough = new AbortController();
  try {
    for await (const { commandId, events } of follow({ after: 0, signal: enough.signal })) {
      if (commandId === messageId) return true;
      if ((events.at(-1)?.position ?? head) >= head) return false;
    }
    return false;
  } finally {
    enough.abort();
  }
}

async function replyFor({ hub, by }: AnswerParts, task: string, { parts, messageId: commandId }: Message): Promise<void> {
  const text = textIn(parts);
  if (text === '') throw new RequestMalformedError('the answer has no text');
  await hub.replyTask(task, { text, commandId }, by);
}

async function decide({ hub, by }: AnswerParts, task: Task, { parts, messageId: commandId }: Message): Promise<void> {
  const word = wordIn(parts);
  if (YES.has(word)) await hub.approveTask(task.id, { commandId }, by);
  else if (NO.has(word) || STOP.has(word)) await hub.cancelTask(task.id, { commandId }, by);
  else throw new RequestMalformedError(`task ${task.id} waits for a decision: answer "approve" or "cancel"`);
}

/** False where the task waits on, because something else was asked too. */
async function answerApproval({ host, by }: AnswerParts, task: Task, { parts, messageId: commandId }: Message): Promise<boolean> {
  const pending = (await host.listApprovals({ session: task.session }, by)).items.filter(({ turn }) => turn === task.turn);
  const approval = pending.find(({ id }) => id === task.waiting?.id) ?? pending[0];
  // Somebody has answered it meanwhile.
  if (approval === undefined) throw new UnsupportedOperationError(`what task ${task.id} has asked was answered already`);
  await host.answerApproval(approval.id, { ...answerIn(parts, approval), commandId }, by);
  return pending.length === 1;
}

/** A data part is the answer itself; words are a yes, a no, or the text that was asked for. */
function answerIn(parts: Message['parts'], approval: Approval): AnswerApproval {
  const data = parts.find(({ content }) => content?.$case === 'data')?.content;
  if (data?.$case === 'data') {
    const parsed = AnswerApproval.omit({ commandId: true }).safeParse(data.value);
    if (parsed.success) return parsed.data;
    throw new RequestMalformedError(
      `the data is no answer: it has "decision" (${approval.decisions.join(', ')}), and "value" where something else is asked`,
    );
  }
  const word = wordIn(parts);
  if (STOP.has(word)) return { decision: 'cancel' };
  if (approval.kind === 'userInput') return { decision: 'accept', value: textIn(parts) };
  if (YES.has(word)) return { decision: 'accept' };
  if (NO.has(word)) return { decision: 'decline' };
  throw new RequestMalformedError(`${approval.title}: answer "accept" or "decline", or a data part with "decision" and "value"`);
}

function wordIn(parts: Message['parts']): string {
  return textIn(parts).toLowerCase().replace(/[.!]$/, '');
}

/** Throws `RequestMalformedError` for a message that nobody can have sent. */
export function checkMessage(message: Message | undefined): Message {
  if (message === undefined) throw new RequestMalformedError('message: found nothing, wanted a message');
  const { messageId, contextId, role } = message;
  if (messageId === '') throw new RequestMalformedError('message.messageId: found nothing, wanted an id that no other message has');
  for (const [name, id] of Object.entries({ messageId, contextId })) {
    if (id.length > LONGEST_ID)
      throw new RequestMalformedError(`message.${name}: found ${id.length} characters, wanted at most ${LONGEST_ID}`);
  }
  if (role === Role.ROLE_AGENT) throw new RequestMalformedError('message.role: found that of the agent, wanted that of the user');
  return message;
}

const LONGEST_ID = 200;
