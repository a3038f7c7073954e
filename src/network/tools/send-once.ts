/**
 * Sends a task of an agent's turn once. A model that hears nothing of its call, because the host was killed over it, calls again: the same
 * task to the same agent out of the same turn is then the one that is there already, until its end was told.
 */

import { createHash } from 'node:crypto';
import { SpoolError } from '../../base/errors.js';
import type { SendTask, Task } from '../../contract/task.js';
import { hasEnded } from '../../domain/tasks/state.js';
import type { Principal } from '../../host/face.js';
import type { Hub, Speaking } from '../face.js';

export interface Sent {
  readonly task: Task;
  /** It was there already. */
  readonly again: boolean;
}

/** How many are remembered as told. One that is forgotten is told once more before a new one is sent. */
const REMEMBERED = 10_000;

export class SendOnce {
  readonly #hub: () => Hub;
  /** Ids of tasks of which somebody here was told. */
  readonly #told = new Set<string>();

  constructor(hub: () => Hub) {
    this.#hub = hub;
  }

  /** `id` is known to whoever sent it. */
  told(id: string): void {
    this.#told.add(id);
    const [oldest] = this.#told;
    if (this.#told.size > REMEMBERED && oldest !== undefined) this.#told.delete(oldest);
  }

  /** `place`: the turn, or the task, in whose course it is sent; where there is none, every call sends one. Rejects as the hub does. */
  async send(command: SendTask, by: Principal, speaking: Speaking, place: string | undefined): Promise<Sent> {
    if (place === undefined) return this.#first(await this.#hub().sendTask(command, by, speaking));
    const what = createHash('sha256').update(JSON.stringify(command)).digest('base64url');
    for (let n = 1; ; n++) {
      const sent = await this.#try({ ...command, commandId: `${place} ${what} ${n}` }, by, speaking);
      if (sent !== undefined) return sent;
    }
  }

  /** Undefined for one that has ended, and whose end is known to whoever asks: they want another one. */
  async #try(command: SendTask, by: Principal, speaking: Speaking): Promise<Sent | undefined> {
    try {
      const task = await this.#hub().sendTask(command, by, speaking);
      const known = this.#told.has(task.id);
      if (!known) return this.#first(task);
      return hasEnded(task) ? undefined : { task, again: true };
    } catch (error) {
      const id = refusedIn(error);
      if (id === undefined) throw error;
      if (this.#told.has(id)) return undefined;
      this.told(id);
      throw error;
    }
  }

  #first(task: Task): Sent {
    this.told(task.id);
    // One that is new cannot have ended.
    return { task, again: hasEnded(task) };
  }
}

/** The task that a rule did not let pass. */
function refusedIn(error: unknown): string | undefined {
  const { code, details } = SpoolError.from(error);
  const id = code === 'forbidden' ? details?.['task'] : undefined;
  return typeof id === 'string' ? id : undefined;
}
