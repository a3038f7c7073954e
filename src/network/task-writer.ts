/**
 * A task awake: the one writer of its stream. Everyone else hands it a decision; it takes them one at a time, appends, and only then lets
 * the new state be seen.
 */

import { type Clock, isoTime } from '../base/clock.js';
import { Lane } from '../base/lane.js';
import { parseTaskEvent, type UnplacedTaskEvent } from '../contract/task-events.js';
import { evolveTask, hasEnded, initialTask, isSettled, TASK_FORMAT, type TaskState, taskView } from '../domain/tasks/state.js';
import type { Log, LogRecord, Version } from '../ports/log.js';
import type { Logger } from '../ports/logger.js';
import type { Snapshots } from '../ports/snapshots.js';

export interface TaskStore {
  readonly log: Log;
  /** Of tasks, apart from those of sessions. */
  readonly snapshots: Snapshots;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Sees the task as it is, and the time. While it takes its time nobody else decides anything. */
export type Decide = (state: TaskState, at: string) => readonly UnplacedTaskEvent[] | Promise<readonly UnplacedTaskEvent[]>;

export class TaskWriter {
  readonly #store: TaskStore;
  readonly #lane = new Lane();
  #state: TaskState;
  #version: Version;
  /** What the snapshot that was saved last says. */
  #saved = '';
  /** Called after every append. */
  onChange: (before: TaskState, state: TaskState) => void = () => undefined;

  constructor(store: TaskStore, state: TaskState, version: Version) {
    this.#store = store;
    this.#state = state;
    this.#version = version;
  }

  get state(): TaskState {
    return this.#state;
  }

  get busy(): boolean {
    return this.#lane.busy;
  }

  /** The state once what was decided is durable. With a command id that is known nothing is decided. Throws what `decide` throws. */
  change(decide: Decide, commandId?: string): Promise<TaskState> {
    return this.#lane.run(async () => {
      if (commandId !== undefined && (await this.#store.log.find(this.#state.id, commandId)) !== null) return this.#state;
      const events = await decide(this.#state, isoTime(this.#store.clock));
      if (events.length > 0) await this.#append(events, commandId);
      return this.#state;
    });
  }

  async #append(events: readonly UnplacedTaskEvent[], commandId: string | undefined): Promise<void> {
    const receipt = await this.#store.log.append(this.#state.id, recordOf(events, commandId), this.#version);
    const before = this.#state;
    this.#state = folded(before, events);
    this.#version = receipt.version;
    // What is open is found in the log at the next start; a list reads what is awake from here.
    if (hasEnded(this.#state)) this.save();
    this.onChange(before, this.#state);
  }

  /** Writes the snapshot; a failure costs only time at the next start. `settled`: a restart need not look at it any more. */
  save(settled = isSettled(this.#state)): void {
    const state = this.#state;
    const mark = `${state.position} ${settled}`;
    if (this.#saved === mark) return;
    this.#saved = mark;
    const row = JSON.stringify(taskView(state));
    const summary = { agent: state.to, status: state.status, updatedAt: state.createdAt, settled, row };
    this.#store.snapshots
      .save({ stream: state.id, position: state.position, state: JSON.stringify(state), summary })
      .catch((error: unknown) => this.#store.logger.warn({ task: state.id, err: error }, 'the snapshot of a task could not be saved'));
  }

  /** Resolves when all that was asked of it by now is done. */
  drain(): Promise<void> {
    return this.#lane.drain();
  }
}

function recordOf(events: readonly UnplacedTaskEvent[], commandId: string | undefined) {
  return { events: events.map((event) => ({ type: event.type, body: JSON.stringify(event) })), commandId };
}

function folded(state: TaskState, events: readonly UnplacedTaskEvent[]): TaskState {
  let after = state;
  for (const event of events) after = evolveTask(after, { position: after.position + 1, task: after.id, ...event });
  return after;
}

/** Begins a task's stream. Rejects with `conflict` when there is one of this id. */
export async function beginTask(
  store: TaskStore,
  id: string,
  [sent, ...more]: readonly [UnplacedTaskEvent<'task.sent'>, ...UnplacedTaskEvent[]],
  commandId: string | undefined,
): Promise<TaskWriter> {
  const receipt = await store.log.append(id, recordOf([sent, ...more], commandId), 'none');
  const state = folded(initialTask({ position: 1, task: id, ...sent }), more);
  return new TaskWriter(store, state, receipt.version);
}

/** Wakes a task: its snapshot, where one fits, and the events behind it. Null when there is none. */
export async function wakeTask(store: TaskStore, id: string): Promise<TaskWriter | null> {
  const { log, snapshots } = store;
  const head = await log.head(id);
  if (head.version === 'none') return null;
  const snapshot = await snapshots.load(id);
  let state = snapshot === null || snapshot.position > head.position ? null : stateIn(snapshot.state);
  for await (const record of log.read({ stream: id, after: state?.position ?? 0 })) state = foldRecord(state, record);
  return state === null ? null : new TaskWriter(store, state, head.version);
}

function stateIn(text: string): TaskState | null {
  const state: unknown = JSON.parse(text);
  return typeof state === 'object' && state !== null && 'format' in state && state.format === TASK_FORMAT ? (state as TaskState) : null;
}

function foldRecord(before: TaskState | null, record: LogRecord): TaskState | null {
  let state = before;
  for (const { position, body } of record.events) {
    const event = parseTaskEvent(record.stream, position, body);
    if (event.type === 'task.sent') state = initialTask(event);
    else if (state !== null) state = evolveTask(state, event);
  }
  return state;
}
