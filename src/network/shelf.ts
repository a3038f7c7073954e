/** The tasks that are awake: all that are open, and some that have ended lately. The only map keyed by task id. */

import { SpoolError } from '../base/errors.js';
import { isTaskId } from '../contract/task-events.js';
import { hasEnded, type TaskState } from '../domain/tasks/state.js';
import { type TaskStore, type TaskWriter, wakeTask } from './task-writer.js';

/** How many that have ended are kept at hand. */
const ENDED = 500;

export class Shelf {
  readonly #store: TaskStore;
  readonly #onChange: (writer: TaskWriter, before: TaskState, state: TaskState) => void;
  readonly #tasks = new Map<string, Promise<TaskWriter>>();
  readonly #live = new Map<string, TaskWriter>();

  constructor(store: TaskStore, onChange: (writer: TaskWriter, before: TaskState, state: TaskState) => void) {
    this.#store = store;
    this.#onChange = onChange;
  }

  /** Those that are awake right now. */
  list(): IterableIterator<TaskWriter> {
    return this.#live.values();
  }

  peek(id: string): TaskWriter | undefined {
    return this.#live.get(id);
  }

  /** Rejects with `not-found`. */
  get(id: string): Promise<TaskWriter> {
    const there = this.#tasks.get(id);
    if (there !== undefined) return there;
    const waking = this.#wake(id);
    this.#tasks.set(id, waking);
    waking.catch(() => this.#tasks.delete(id));
    return waking;
  }

  async #wake(id: string): Promise<TaskWriter> {
    const writer = isTaskId(id) ? await wakeTask(this.#store, id) : null;
    if (writer === null)
      throw new SpoolError('not-found', `there is no task ${id}`, { hint: '"spool task ls" lists the tasks of this host' });
    // It may have been begun in the very moment in which it was looked for; a stream has one writer.
    return this.#live.get(id) ?? this.#enter(writer);
  }

  /** Whether a command with this id was recorded of the task. */
  async knows(id: string, commandId: string): Promise<boolean> {
    return (await this.#store.log.find(id, commandId)) !== null;
  }

  /** A task that was just begun. */
  add(writer: TaskWriter): TaskWriter {
    const there = this.#live.get(writer.state.id);
    if (there !== undefined) return there;
    this.#tasks.set(writer.state.id, Promise.resolve(writer));
    return this.#enter(writer);
  }

  #enter(writer: TaskWriter): TaskWriter {
    this.#live.set(writer.state.id, writer);
    writer.onChange = (before, state) => this.#onChange(writer, before, state);
    this.#tidy();
    return writer;
  }

  /** Lets go of those that ended first. One that is being changed stays, so that a stream never has two writers. */
  #tidy(): void {
    if (this.#live.size <= ENDED * 2) return;
    let ended = [...this.#live.values()].filter(({ state }) => hasEnded(state)).length - ENDED;
    for (const [id, writer] of this.#live) {
      if (ended <= 0) return;
      if (!hasEnded(writer.state) || writer.busy) continue;
      this.#live.delete(id);
      this.#tasks.delete(id);
      ended -= 1;
    }
  }

  async drain(): Promise<void> {
    await Promise.all([...this.#live.values()].map((writer) => writer.drain()));
  }
}
