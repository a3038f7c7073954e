/**
 * The events of a task as the updates that a client hears. Told event by event and from the first one on, so that all who listen hear the
 * same in the same order, and one who comes late or comes back knows what the updates go on from.
 */

import type { Artifact, StreamResponse } from '@a2a-js/sdk';
import type { Task, TaskStatus } from '../../contract/task.js';
import type { TaskEvent } from '../../contract/task-events.js';
import { contextOf, replyArtifact, statusOf, type Told } from './task-shape.js';

export class Updates {
  readonly #task: Task;
  #told: Told;
  /** What it was before it had to wait. */
  #before: TaskStatus = 'queued';
  /** What has been told of the reply. */
  #text = '';
  #ended = false;

  /** `task`: as it was sent; what changes comes with its events. */
  constructor(task: Task) {
    const { id, context, deadline, queueDeadline } = task;
    this.#task = task;
    this.#told = {
      id,
      status: 'queued',
      ...given('context', context),
      ...given('deadline', deadline),
      ...given('queueDeadline', queueDeadline),
    };
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** What has come of the reply, for who begins to listen now. */
  get artifacts(): Artifact[] {
    return this.#text === '' ? [] : [replyArtifact(this.#text)];
  }

  /** What a client is told that hears this event. */
  hear(event: TaskEvent): StreamResponse[] {
    switch (event.type) {
      case 'task.sent': {
        const { hold, note } = event.data;
        if (hold === undefined) return this.#status(event, 'queued', given('note', note));
        return this.#status(event, 'waiting', { waiting: { for: 'release', reason: hold } });
      }
      case 'task.leased':
        return this.#status(event, 'leased');
      case 'task.started':
        return this.#ended ? [] : this.#status(event, 'running');
      case 'task.progressed':
        return this.#progress(event);
      case 'task.waiting': {
        const { by: _, ...waiting } = event.data;
        if (this.#told.status !== 'waiting') this.#before = this.#told.status;
        if (waiting.for === 'decision') this.#before = 'queued';
        return this.#status(event, 'waiting', { waiting });
      }
      case 'task.resumed':
      case 'task.approved':
        return this.#status(event, this.#before);
      case 'task.requeued':
        // What the attempt has written is worth nothing.
        this.#text = '';
        return this.#status(event, 'queued', { said: event.data.reason });
      case 'task.branched':
      case 'task.spent':
        return [];
      default:
        return this.#end(event);
    }
  }

  #progress(event: TaskEvent<'task.progressed'>): StreamResponse[] {
    const { text, kind } = event.data;
    const { status } = this.#told;
    const now = status === 'leased' ? 'running' : status;
    if (kind === 'report' && text !== '') return this.#status(event, now, { said: text });
    const begun = now === status ? [] : this.#status(event, now);
    return text === '' || kind === 'report' ? begun : [...begun, this.#piece(text, this.#text !== '', false)];
  }

  #end(event: TaskEvent<'task.replied' | 'task.failed' | 'task.cancelled' | 'task.expired'>): StreamResponse[] {
    this.#ended = true;
    switch (event.type) {
      case 'task.replied':
        return [...this.#reply(event.data.text), ...this.#status(event, 'replied')];
      case 'task.failed': {
        const { code, message, retryable, text } = event.data;
        return [...this.#reply(text), ...this.#status(event, 'failed', { error: { code, message, retryable } })];
      }
      case 'task.cancelled':
        return [...this.#reply(event.data.text), ...this.#status(event, 'cancelled', given('said', event.data.reason))];
      case 'task.expired':
        return [...this.#reply(event.data.text), ...this.#status(event, 'expired', { expired: event.data.what })];
    }
  }

  /** The whole reply: only what is new of it where the rest was told, all of it where what was told is no beginning of it. */
  #reply(whole: string | undefined): StreamResponse[] {
    if (whole === undefined || whole === '') return [];
    const goesOn = this.#text !== '' && whole.startsWith(this.#text);
    return [this.#piece(goesOn ? whole.slice(this.#text.length) : whole, goesOn, true)];
  }

  #piece(text: string, append: boolean, lastChunk: boolean): StreamResponse {
    this.#text = append ? this.#text + text : text;
    const { id: taskId } = this.#task;
    const value = { taskId, contextId: contextOf(this.#task), artifact: replyArtifact(text), append, lastChunk, metadata: undefined };
    return { payload: { $case: 'artifactUpdate', value } };
  }

  #status({ position, at }: TaskEvent, status: TaskStatus, more: Partial<Told> = {}): StreamResponse[] {
    const { id, context, deadline, queueDeadline } = this.#told;
    const was = this.#told.status;
    this.#told = {
      id,
      status,
      ...given('context', context),
      ...given('deadline', deadline),
      ...given('queueDeadline', queueDeadline),
      ...more,
    };
    // That somebody has taken it is no news where nothing is seen of it.
    if (status === 'leased' && was === 'queued') return [];
    const value = { taskId: id, contextId: contextOf(this.#told), status: statusOf(this.#told, position, at), metadata: undefined };
    return [{ payload: { $case: 'statusUpdate', value } }];
  }
}

function given<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]: V });
}
