/**
 * A task that was leased, while its handler works on it. The lease is kept alive behind the handler's back, what becomes of the task
 * elsewhere (called off, expired, given to another) reaches it as an aborted signal, and what it comes to is brought home, however long
 * the host is away: a reply is repeated under the same name until it is taken.
 */

import { messageOf, SpoolError } from '../base/errors.js';
import { newId } from '../base/ids.js';
import type { SendTask, Task } from '../contract/task.js';
import type { TaskEvent } from '../contract/task-events.js';
import type { Client } from './connect.js';
import { pause } from './follow.js';
import { type PersistOptions, persist } from './persist.js';

/** What a handler has in hand beside the task. Its calls go on through restarts of the host, and reject once the task is not its own. */
export interface TaskAtHand {
  /** Aborted when the result is wanted no more: the task was called off, has expired, is somebody else's by now; or work is to stop. */
  readonly signal: AbortSignal;
  /** Says how far it is. */
  progress(text: string): Promise<void>;
  /**
   * To be called before something is done that must not be done twice: once it is recorded, nobody else begins the task anew without a
   * person's word, whatever happens.
   */
  effect(text: string): Promise<void>;
  /** Sends a task in the course of this one. */
  send(command: Omit<SendTask, 'parent'>): Promise<Task>;
}

/** What it resolves with is the reply; nothing is an empty one. What it throws is the failure. */
export type TaskHandler = (task: Task, hand: TaskAtHand) => Promise<string | undefined> | string | undefined;

/** Thrown by a handler, tells whether another attempt may go better. Whatever else is thrown ends the task. */
export class TaskFailure extends Error {
  override readonly name = 'TaskFailure';
  readonly retryable: boolean;

  constructor(message: string, { retryable = false, cause }: { readonly retryable?: boolean; readonly cause?: unknown } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.retryable = retryable;
  }
}

export interface HandParts {
  readonly client: Client;
  readonly task: Task;
  readonly leaseSeconds: number;
  readonly onError: (error: SpoolError, task: Task) => void;
  /** Aborted when nothing more is to be tried, because the program ends. */
  readonly giveUp: AbortSignal;
  readonly backoff: PersistOptions['backoff'];
}

/** Why the handler's signal was aborted. `over`: the task has ended. `lost`: it is queued again, or somebody else's. `stop`: work ends here. */
type Why = 'over' | 'lost' | 'stop';
type Outcome = { readonly reply: string } | { readonly thrown: unknown };
type Result = { readonly route: 'replyTask'; readonly text: string } | { readonly route: 'failTask'; readonly body: FailBody };
type FailBody = { readonly message: string; readonly retryable?: boolean; readonly handBack?: boolean };

const MOST_OF_A_MESSAGE = 10_000;
const SHUT_OUT: ReadonlySet<string> = new Set(['unauthorized', 'forbidden', 'not-found']);

export class HeldTask implements TaskAtHand {
  readonly #parts: HandParts;
  readonly #wanted = new AbortController();
  /** Aborted when the result is home: nothing has to be kept alive any more. */
  readonly #done = new AbortController();
  #why: Why | undefined;

  constructor(parts: HandParts) {
    this.#parts = parts;
  }

  get signal(): AbortSignal {
    return this.#wanted.signal;
  }

  /** Resolves when the result is home, or wanted by nobody. Never rejects. */
  async work(handler: TaskHandler): Promise<void> {
    const behind = [this.#keep(), this.#watch()];
    const outcome = await this.#outcome(handler);
    const result = this.#resultOf(outcome);
    if (result !== undefined) await this.#bringHome(result);
    this.#done.abort();
    await Promise.all(behind);
  }

  /** The handler is told to stop; what it does not bring to an end goes to another. */
  stop(): void {
    this.#unwanted('stop', new SpoolError('cancelled', 'the work is to stop here'));
  }

  async progress(text: string): Promise<void> {
    await this.#report({ text });
  }

  async effect(text: string): Promise<void> {
    await this.#report({ text, effect: true });
  }

  async send(command: Omit<SendTask, 'parent'>): Promise<Task> {
    const { client, task } = this.#parts;
    const body = { ...command, parent: task.id, commandId: command.commandId ?? newId('req') };
    return await this.#persist(this.#done.signal, (signal) => client.call('sendTask', { body, signal }));
  }

  async #report(said: { readonly text: string; readonly effect?: boolean }): Promise<void> {
    if (this.#why === 'over' || this.#why === 'lost') throw SpoolError.from(this.signal.reason);
    const { client, task } = this.#parts;
    const body = { ...said, attempt: task.attempts, commandId: newId('req') };
    try {
      await this.#persist(this.#done.signal, (signal) => client.call('reportProgress', { params: { id: task.id }, body, signal }));
    } catch (thrown) {
      const error = SpoolError.from(thrown);
      if (error.code !== 'cancelled' && error.code !== 'invalid-input') this.#refused(error);
      throw error;
    }
  }

  #persist<T>(signal: AbortSignal, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { backoff, onError, task } = this.#parts;
    return persist(call, { signal, backoff, onError: (error) => onError(error, task) });
  }

  /** Three signs of life within one lease. */
  async #keep(): Promise<void> {
    const done = this.#done.signal;
    for (;;) {
      await pause((this.#parts.leaseSeconds * 1000) / 3, done);
      if (done.aborted || this.#why === 'over' || this.#why === 'lost') return;
      // A refusal has been told to the handler by now, and the end of all trying needs no word.
      await this.#report({ text: '' }).catch(() => undefined);
    }
  }

  /** Hears at once what the next sign of life would tell. */
  async #watch(): Promise<void> {
    const { client, task } = this.#parts;
    try {
      for await (const event of client.tasks.follow(task.id, { after: task.position, signal: this.#done.signal })) {
        if (this.#hear(event)) return;
      }
    } catch (thrown) {
      const error = SpoolError.from(thrown);
      this.#parts.onError(error, task);
      // Whoever may not look at it any more does not have it. Where streams do not come through, the signs of life will tell.
      if (SHUT_OUT.has(error.code)) this.#refused(error);
    }
  }

  /** True when nothing more is to be heard. */
  #hear(event: TaskEvent): boolean {
    const { task } = this.#parts;
    switch (event.type) {
      case 'task.replied':
      case 'task.failed':
      case 'task.cancelled':
      case 'task.expired':
        this.#unwanted('over', new SpoolError('conflict', `task ${task.id} has ended: ${event.type.slice('task.'.length)}`));
        return true;
      case 'task.waiting':
        if (event.data.for !== 'decision') return false;
        break;
      case 'task.requeued':
      case 'task.leased':
        break;
      default:
        return false;
    }
    this.#unwanted('lost', new SpoolError('conflict', `the lease on task ${task.id} is lost`));
    return true;
  }

  /** The host did not take a word about the task. */
  #refused(error: SpoolError): void {
    const now = error.details?.['task'] as Partial<Task> | undefined;
    this.#unwanted(now?.endedAt === undefined ? 'lost' : 'over', error);
  }

  #unwanted(why: Why, reason: SpoolError): void {
    // Once it is lost or over nobody need be told to stop; told to stop, it may still be lost.
    if (this.#why === undefined || this.#why === 'stop') this.#why = why;
    this.#wanted.abort(reason);
  }

  async #outcome(handler: TaskHandler): Promise<Outcome> {
    try {
      return { reply: (await handler(this.#parts.task, this)) ?? '' };
    } catch (thrown) {
      return { thrown };
    }
  }

  /** What there is to be said. A reply is worth a try even when the lease is lost: it counts as long as nobody has begun anew. */
  #resultOf(outcome: Outcome): Result | undefined {
    if (this.#why === 'over') return undefined;
    if ('reply' in outcome) return { route: 'replyTask', text: outcome.reply };
    if (this.#why === 'lost') return undefined;
    const { thrown } = outcome;
    const message = (messageOf(thrown) || 'it failed without a word').slice(0, MOST_OF_A_MESSAGE);
    if (thrown instanceof TaskFailure) return { route: 'failTask', body: { message, retryable: thrown.retryable } };
    return { route: 'failTask', body: this.#why === 'stop' ? { message, handBack: true } : { message } };
  }

  async #bringHome(result: Result): Promise<void> {
    const { client, task, giveUp, onError } = this.#parts;
    const params = { id: task.id };
    // One name for whatever is said last of this attempt: of two answers to it the first one counts.
    const last = { attempt: task.attempts, commandId: `${task.id} ${task.attempts} end` };
    try {
      await this.#persist(giveUp, async (signal) => {
        if (result.route === 'replyTask') return await client.call('replyTask', { params, body: { text: result.text, ...last }, signal });
        return await client.call('failTask', { params, body: { ...result.body, ...last }, signal });
      });
    } catch (thrown) {
      const error = SpoolError.from(thrown);
      onError(error, task);
      const unfit = result.route === 'replyTask' && (error.code === 'too-large' || error.code === 'invalid-input');
      // Nobody could ever have it: whoever waits for it is told why.
      if (unfit) await this.#bringHome({ route: 'failTask', body: { message: `its reply was not taken: ${error.message}` } });
    }
  }
}
