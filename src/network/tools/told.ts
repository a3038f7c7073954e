/** What an agent is told of a task: what it needs to go on, in few words, and what to do next. */

import { inputText, type Task } from '../../contract/task.js';
import { hasEnded } from '../../domain/tasks/state.js';

/** Of a reply, and of a task. A model reads no more of either at once. */
const MOST_TEXT = 60_000;
const MOST_PROGRESS = 2_000;

export type Told = Readonly<Record<string, unknown>>;

/** A task as somebody sees it who waits for it. */
export function toldOf(task: Task, next?: string): Told {
  const { id, to, from, status, reply, error, progress, waiting, note, deadline, expired } = task;
  return {
    ...{ task: id, to, from, status },
    ...(reply === undefined ? {} : { reply: cut(reply) }),
    ...(error === undefined ? {} : { error: error.message }),
    ...(expired === undefined ? {} : { expired: expired === 'queue' ? 'it was not begun in time' : 'it was not done in time' }),
    ...(waiting === undefined ? {} : { waitsFor: waiting.for === 'person' ? 'the answer of a person' : waiting.reason }),
    ...(progress === undefined || hasEnded(task) ? {} : { progress: cut(progress.text, MOST_PROGRESS) }),
    ...(note === undefined ? {} : { note }),
    ...(deadline === undefined || hasEnded(task) ? {} : { deadline }),
    ...(next === undefined ? {} : { next }),
  };
}

/** As its own agent sees it. */
export function ownOf(task: Task): Told {
  return { ...toldOf(task), asked: cut(inputText(task.input)) };
}

/** What to do about one that was just sent. */
export function afterSending({ id, status }: Task, again: boolean): string {
  const sent = again ? 'It was sent before, and this is the same one. ' : '';
  if (hasEnded({ status })) return `${sent}It has ended. Call again to send a new one.`;
  return `${sent}wait_for_task with ${id} brings its reply. You may do other things meanwhile.`;
}

export function afterWaiting({ id, status }: Task): string | undefined {
  return hasEnded({ status }) ? undefined : `It has not ended. Call wait_for_task with ${id} again, or go on with something else.`;
}

function cut(text: string, most = MOST_TEXT): string {
  return text.length <= most ? text : `${text.slice(0, most)}\n[cut: ${text.length - most} of ${text.length} characters were left out]`;
}
