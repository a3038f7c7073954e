/**
 * What the end of a task means for others: for the one that asked a person, for the chain that counts what it takes, for the tasks that it has
 * sent. Each of these says so in its own stream, and a repeat changes nothing. Whatever a host that died has not told, the next one tells.
 */

import { messageOf, SpoolError } from '../base/errors.js';
import { decideCancel } from '../domain/tasks/decide.js';
import { HUB, hasEnded, type TaskState, tokensOf, wasCalledOff } from '../domain/tasks/state.js';
import type { Logger } from '../ports/logger.js';
import type { Dispatch } from './dispatch.js';
import type { Shelf } from './shelf.js';
import type { TaskWriter } from './task-writer.js';

export interface EndsParts {
  readonly shelf: Shelf;
  readonly dispatch: Dispatch;
  readonly logger: Logger;
  /** Aborted when the host stops. */
  readonly stopping: AbortSignal;
}

export class Ends {
  readonly #parts: EndsParts;
  readonly #telling = new Set<Promise<void>>();

  constructor(parts: EndsParts) {
    this.#parts = parts;
  }

  /** A task has ended just now. */
  ended(state: TaskState): void {
    this.#tell(state.id, () => this.#tellOthers(state));
  }

  /** A task that was woken at the start: what has ended without its having heard of it is looked for, also where that itself sleeps. */
  pick({ state }: TaskWriter): void {
    const { id, parent, waiting, branches } = state;
    if (hasEnded(state)) this.ended(state);
    else if (parent !== null) this.#tell(id, () => this.#endWith(id, parent));
    if (waiting?.for === 'person' && waiting.id !== undefined) {
      const question = waiting.id;
      this.#tell(id, () => this.#resumeIfEnded(id, question));
    }
    for (const branch of branches) this.#tell(id, () => this.#settle(id, branch));
  }

  /** Resolves when all has been told that there is to tell. */
  async drain(): Promise<void> {
    await Promise.all(this.#telling);
  }

  #tell(task: string, work: () => Promise<void>): void {
    const { logger, stopping } = this.#parts;
    const telling = work()
      .catch((error: unknown) => {
        if (!stopping.aborted) logger.error({ task, err: error }, `the end of a task could not be told: ${messageOf(error)}`);
      })
      .finally(() => this.#telling.delete(telling));
    this.#telling.add(telling);
  }

  async #tellOthers(state: TaskState): Promise<void> {
    const { id, root, parent, status } = state;
    if (parent !== null) await this.#resume(parent, state);
    if (root !== id) await this.#count(root, id, tokensOf(state));
    if (wasCalledOff(state)) await this.#cancelChildren(id, status);
  }

  /** The task that waited for a person who has this one. */
  async #resume(asked: string, { id, status }: TaskState): Promise<void> {
    const writer = await this.#parts.shelf.get(asked);
    await writer.change((now, at) =>
      now.waiting?.for === 'person' && now.waiting.id === id
        ? [{ type: 'task.resumed', at, data: { by: HUB, reason: `task ${id} has ended: ${status}` } }]
        : [],
    );
  }

  async #resumeIfEnded(asked: string, question: string): Promise<void> {
    const { state } = await this.#parts.shelf.get(question);
    if (hasEnded(state)) await this.#resume(asked, state);
  }

  /** Counted once for each task of the chain, by the name of the command. */
  async #count(root: string, task: string, tokens: number): Promise<void> {
    const writer = await this.#parts.shelf.get(root);
    await writer.change(
      ({ branches }, at) => (tokens > 0 || branches.includes(task) ? [{ type: 'task.spent', at, data: { task, tokens } }] : []),
      `spent ${task}`,
    );
  }

  /** A task of the chain whose end was not heard here, or which was never sent because the host died just then. */
  async #settle(root: string, branch: string): Promise<void> {
    const { shelf } = this.#parts;
    const known = await shelf.get(branch).catch((error: unknown) => {
      if (SpoolError.from(error).code !== 'not-found') throw error;
    });
    if (known !== undefined) {
      if (hasEnded(known.state)) await this.#count(root, branch, tokensOf(known.state));
      return;
    }
    // Whoever was to send it may still repeat that. It then counts under its own name.
    const writer = await shelf.get(root);
    await writer.change((_, at) => [{ type: 'task.spent', at, data: { task: branch, tokens: 0 } }], `unsent ${branch}`);
  }

  async #cancelChildren(id: string, status: string): Promise<void> {
    const children = [...this.#parts.shelf.list()].filter(({ state }) => state.parent === id && !hasEnded(state));
    await Promise.all(children.map((writer) => this.#cancel(writer, id, status)));
  }

  /** Ends a task if the one that has sent it was called off. */
  async #endWith(id: string, parent: string): Promise<void> {
    const { shelf } = this.#parts;
    const { state } = await shelf.get(parent);
    if (wasCalledOff(state)) await this.#cancel(await shelf.get(id), parent, state.status);
  }

  /** One that was sent just now, while the task that has sent it may have been called off. */
  async sent({ id, parent }: TaskState): Promise<void> {
    if (parent !== null) await this.#endWith(id, parent);
  }

  async #cancel(writer: TaskWriter, parent: string, status: string): Promise<void> {
    const reason = `task ${parent}, from which it was sent, is ${status}`;
    const text = this.#parts.dispatch.textOf(writer.state.id);
    await writer.change((state, at) => (hasEnded(state) ? [] : decideCancel(state, HUB, reason, text, at)));
  }
}
