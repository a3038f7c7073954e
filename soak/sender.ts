/** The owner who sends: some tasks at once, each followed to its end, and a request whose answer was lost is sent again with its key. */

import type { Answer, Api } from '../chaos/api.js';
import { must } from '../chaos/broken.js';
import type { Task } from '../src/contract/task.js';
import { LEDGER } from './local-work.js';
import type { TaskPlan } from './plan.js';

export interface SenderParts {
  readonly api: Api;
  /** The file for which `LEDGER` stands. */
  readonly ledger: string;
  readonly atOnce: number;
  /** Called when a task has ended, with how many have by then. */
  readonly onEnd: (ended: number) => void;
}

const WAIT_SECONDS = 20;

export class Sender {
  /** Tasks that were answered 202, by tag. */
  readonly acknowledged = new Map<string, string>();
  /** Requests to call a task off that came in time. */
  cancels = 0;
  repeats = 0;
  readonly #parts: SenderParts;
  #ended = 0;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  get ended(): number {
    return this.#ended;
  }

  /** Resolves when all have ended. */
  async send(tasks: readonly TaskPlan[]): Promise<void> {
    const left = [...tasks];
    const one = async (): Promise<void> => {
      for (let task = left.shift(); task !== undefined; task = left.shift()) await this.#follow(task);
    };
    await Promise.all(Array.from({ length: this.#parts.atOnce }, one));
  }

  async #follow(plan: TaskPlan): Promise<void> {
    const id = await this.#send(plan);
    this.acknowledged.set(plan.tag, id);
    const { cancelAfterMs } = plan;
    if (cancelAfterMs !== undefined) await this.#cancel(id, cancelAfterMs);
    for (;;) {
      const task = (await this.#parts.api.get(`/v1/tasks/${id}?wait=${WAIT_SECONDS}`)) as unknown as Task;
      if (task.endedAt !== undefined) break;
    }
    this.#ended += 1;
    this.#parts.onEnd(this.#ended);
  }

  async #send({ tag, to, input, deadlineSeconds, queueSeconds, session, hold, repeat }: TaskPlan): Promise<string> {
    const { api, ledger } = this.#parts;
    const more = { deadlineSeconds, queueSeconds, session, hold };
    const body = { to, input: input.replaceAll(LEDGER, ledger), ...more };
    const command = { method: 'POST', path: '/v1/tasks', body, key: `send-${tag}` } as const;
    const answers = await Promise.all(repeat === 'at-once' ? [api.send(command), api.send(command)] : [api.send(command)]);
    if (repeat === 'twice') answers.push(await api.send(command));
    const ids = answers.map((answer) => idIn(tag, answer));
    if (ids.length > 1) this.repeats += 1;
    must(new Set(ids).size === 1, 'a repeated request meets the same task', () => `${tag}: ${ids.join()}`);
    return ids[0] ?? '';
  }

  async #cancel(id: string, ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    const answer = await this.#parts.api.send({ method: 'POST', path: `/v1/tasks/${id}/cancel`, body: {}, key: `cancel-${id}` });
    must(answer.status === 200 || answer.status === 409, 'a task is called off, or has ended', () => `${id}: ${text(answer)}`);
    if (answer.status === 200) this.cancels += 1;
  }
}

function idIn(tag: string, answer: Answer): string {
  const { id } = answer.body as { id?: string };
  must(answer.status === 202 && id !== undefined, 'a task is taken', () => `${tag}: ${text(answer)}`);
  return id;
}

function text(answer: Answer): string {
  return `${answer.status} ${JSON.stringify(answer.body)}`;
}
