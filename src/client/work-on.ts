/** Working on tasks, as an agent from elsewhere: lease, work, reply, again and again, through restarts of the host. Runs in a browser. */

import { type Backoff, delayOf } from '../base/backoff.js';
import { SpoolError } from '../base/errors.js';
import { newId } from '../base/ids.js';
import type { Task } from '../contract/task.js';
import type { Client } from './connect.js';
import { pause } from './follow.js';
import { persist } from './persist.js';
import { HeldTask, type TaskHandler } from './task-at-hand.js';

export interface WorkOptions {
  readonly handler: TaskHandler;
  /** How many tasks at once; default 1. The host gives no more than the agent's own `tasks.atOnce`. */
  readonly concurrency?: number | undefined;
  /** After so long without a sign of life the host takes a task for lost; signs go out by themselves, three in that time. Default 60. */
  readonly leaseSeconds?: number | undefined;
  /** For which agent, where the client's token is not its own. */
  readonly agent?: string | undefined;
  /** Ends the work: nothing more is leased, and what is at hand is finished or given back. */
  readonly signal?: AbortSignal | undefined;
  /** How long what is at hand may go on then, before its own signal is aborted; default 10. */
  readonly graceSeconds?: number | undefined;
  /** Hears of each call that failed and is tried again, and of each result that nobody wanted any more. */
  readonly onError?: ((error: SpoolError, task: Task | undefined) => void) | undefined;
  readonly backoff?: Backoff | undefined;
}

/** How long the host is asked to wait for a task; a little less than the most that it does. */
const WAIT_SECONDS = 25;
/** On top of that, before a connection counts as dead. */
const LATE_MS = 15_000;
/** The last question of all, whether a task was given just when the asking ended. */
const LAST_MS = 5_000;
const BACKOFF: Backoff = { firstMs: 100, maxMs: 5_000 };

/**
 * Works on tasks until `signal` is aborted; then it resolves, as soon as all that was at hand is finished or given back. Rejects with what
 * waiting cannot mend: a token that is known no more, an agent that there is not.
 */
export async function workOn(client: Client, options: WorkOptions): Promise<void> {
  await new Worker(client, options).run();
}

class Worker {
  readonly #client: Client;
  readonly #options: WorkOptions;
  readonly #hands = new Map<HeldTask, Promise<void>>();
  readonly #stop = new AbortController();
  readonly #giveUp = new AbortController();

  constructor(client: Client, options: WorkOptions) {
    this.#client = client;
    this.#options = options;
  }

  async run(): Promise<void> {
    const { signal, concurrency = 1 } = this.#options;
    const stop = (): void => this.#stop.abort();
    const timers = this.#ending();
    signal?.addEventListener('abort', stop);
    if (signal?.aborted === true) stop();
    try {
      while (!this.#stop.signal.aborted) {
        if (this.#hands.size >= concurrency) await this.#room();
        else this.#take(await this.#next());
      }
    } finally {
      stop();
      await Promise.all(this.#hands.values());
      signal?.removeEventListener('abort', stop);
      for (const timer of timers) clearTimeout(timer);
    }
  }

  /** Once the work is to end: how long handlers may go on, and how long after that their results are still tried to be brought home. */
  #ending(): Set<ReturnType<typeof setTimeout>> {
    const { graceSeconds = 10 } = this.#options;
    const timers = new Set<ReturnType<typeof setTimeout>>();
    const end = (): void => {
      for (const hand of this.#hands.keys()) hand.stop();
      timers.add(setTimeout(() => this.#giveUp.abort(), this.#leaseSeconds * 1000));
    };
    this.#stop.signal.addEventListener('abort', () => timers.add(setTimeout(end, graceSeconds * 1000)), { once: true });
    return timers;
  }

  get #leaseSeconds(): number {
    return this.#options.leaseSeconds ?? 60;
  }

  /** Resolves when there is room for one more, or work ends. */
  async #room(): Promise<void> {
    const waiting = new AbortController();
    const { signal } = this.#stop;
    const stopped = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { signal: waiting.signal });
    });
    await Promise.race([...this.#hands.values(), stopped]);
    waiting.abort();
  }

  /** The next task; undefined when there is none for now. */
  async #next(): Promise<Task | undefined> {
    const { onError, backoff = BACKOFF } = this.#options;
    const idempotencyKey = newId('req');
    const { signal } = this.#stop;
    const since = Date.now();
    try {
      const limitMs = WAIT_SECONDS * 1000 + LATE_MS;
      const task = await persist((within) => this.#lease(WAIT_SECONDS, idempotencyKey, within), {
        ...{ signal, limitMs, backoff },
        onError: (error) => onError?.(error, undefined),
      });
      // A host that is stopping has nothing, and says so at once.
      if (task === null && Date.now() - since < LAST_MS) await pause(delayOf(backoff, 3), signal);
      return task ?? undefined;
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
      return await this.#givenMeanwhile(idempotencyKey);
    }
  }

  /** A task may have been on its way when the asking was cut off: it is asked for once more, so that nobody waits for its lease to end. */
  async #givenMeanwhile(idempotencyKey: string): Promise<Task | undefined> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), LAST_MS);
    try {
      const task = await this.#lease(0, idempotencyKey, late.signal);
      if (task === null) return undefined;
      const body = { message: 'the work ended before it was begun', handBack: true, attempt: task.attempts };
      await this.#client.call('failTask', { params: { id: task.id }, body, signal: late.signal });
    } catch (error) {
      this.#options.onError?.(SpoolError.from(error), undefined);
    } finally {
      clearTimeout(timer);
    }
    return undefined;
  }

  async #lease(waitSeconds: number, idempotencyKey: string, signal: AbortSignal): Promise<Task | null> {
    const { agent } = this.#options;
    const body = { waitSeconds, leaseSeconds: this.#leaseSeconds, ...(agent === undefined ? {} : { agent }) };
    return (await this.#client.call('leaseTask', { body, idempotencyKey, signal })).task;
  }

  #take(task: Task | undefined): void {
    if (task === undefined) return;
    const { handler, onError, backoff = BACKOFF } = this.#options;
    const hand = new HeldTask({
      ...{ client: this.#client, task, leaseSeconds: this.#leaseSeconds, giveUp: this.#giveUp.signal, backoff },
      onError: (error, of) => onError?.(error, of),
    });
    const work = hand.work(handler).finally(() => this.#hands.delete(hand));
    this.#hands.set(hand, work);
  }
}
