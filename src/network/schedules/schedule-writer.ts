/**
 * A schedule awake: the one writer of its stream. Its lane takes looks at the clock and commands one at a time.
 *
 * Record, then act: `schedule.due` (or `schedule.missed`, for those that are kept) says that a task will be sent, before it is, and
 * `schedule.fired` which one it became. A host that dies in between finds the time pending and sends it again by the same command id, which
 * the hub answers with the task that is there. The other way round, a task that was sent just before the host died would be known to
 * nobody: its time would count as missed at the next start, and the policy would make something else of it.
 */

import { type Backoff, delayOf } from '../../base/backoff.js';
import { type Clock, isoTime } from '../../base/clock.js';
import { type ErrorCode, SpoolError } from '../../base/errors.js';
import { Lane } from '../../base/lane.js';
import { idMadeFrom } from '../../base/made-id.js';
import { demand } from '../../contract/rights.js';
import type { Schedule } from '../../contract/schedule.js';
import type { UnplacedScheduleEvent } from '../../contract/schedule-events.js';
import type { SendTask, Task } from '../../contract/task.js';
import { decidePassed, LATE_MS } from '../../domain/schedules/decide.js';
import { commandIdOf, evolveSchedule, type PendingRun, type ScheduleState, scheduleView } from '../../domain/schedules/state.js';
import type { Principal } from '../../host/face.js';
import type { Version } from '../../ports/log.js';
import { type KeptSchedule, recordOf, type ScheduleStore, saveSchedule } from './schedule-store.js';
import type { Times } from './times.js';

export interface WriterParts extends ScheduleStore {
  readonly clock: Clock;
  /** A repeat with the same command id sends nothing twice. `check` is called when it is none; what it throws refuses the task. */
  readonly send: (command: SendTask, by: Principal, check: () => void) => Promise<Task>;
  /** Whether that is an agent which tasks are sent by and to. */
  readonly isAgent: (alias: string) => boolean;
  /** When to look at the clock again, in milliseconds since 1970. */
  readonly wakeAt: (id: string, at: number | undefined) => void;
  readonly stopping: AbortSignal;
}

export type Decide = (state: ScheduleState, at: string) => readonly UnplacedScheduleEvent[];

/** What says nothing about the task, but that the host cannot take it right now. */
const PASSING: readonly ErrorCode[] = ['storage-full', 'unavailable', 'cancelled', 'timeout', 'overloaded'];
const RETRY: Backoff = { firstMs: 1000, maxMs: 60_000 };
/** What nobody has foreseen is tried so often; a task that it has hidden is found by that. */
const TRIES = 3;
/** A start reads at most about as many events as this. */
const SAVED_EVERY = 50;

export class ScheduleWriter {
  readonly #parts: WriterParts;
  readonly #times: Times;
  readonly #lane = new Lane();
  #state: ScheduleState;
  #version: Version;
  #next: string | null;
  #saved: number;
  /** What was due before was missed, in milliseconds since 1970: no host ran. Means something until the first look. */
  #since: number;
  /** How often in a row something did not go. */
  #failures = 0;
  #retryAt: number | undefined;

  /** `since`: when this host began to run, for a schedule that was there before. */
  constructor(parts: WriterParts, times: Times, { state, version }: KeptSchedule, since = 0) {
    this.#parts = parts;
    this.#times = times;
    this.#state = state;
    this.#version = version;
    this.#since = since;
    this.#saved = state.position;
    this.#next = this.#nextOf(state);
  }

  get state(): ScheduleState {
    return this.#state;
  }

  view(): Schedule {
    return scheduleView(this.#state, this.#next);
  }

  /** Sends what is due by now. Never rejects; what does not go is tried again. */
  look(): Promise<void> {
    return this.#lane.run(() => this.#look());
  }

  /** The schedule once what was decided is durable. With a command id that is known nothing is decided. */
  change(decide: Decide, commandId?: string): Promise<Schedule> {
    return this.#lane.run(async () => {
      // What was due before comes first, so that pausing lets no time pass that had come already.
      await this.#look();
      if (commandId === undefined || (await this.#parts.log.find(this.#state.id, commandId)) === null) {
        this.#assertThere();
        await this.#append(decide(this.#state, isoTime(this.#parts.clock)), commandId);
      }
      this.#arm();
      return this.view();
    });
  }

  /** Sends nothing more. What is due and not sent yet is not sent any more either. */
  remove(by: string): Promise<Schedule> {
    return this.#lane.run(async () => {
      this.#assertThere();
      await this.#append([{ type: 'schedule.removed', at: isoTime(this.#parts.clock), data: { by } }]);
      this.#arm();
      return this.view();
    });
  }

  /** Sends its task now, besides its times. */
  run(by: string, commandId?: string): Promise<Task> {
    return this.#lane.run(async () => {
      this.#assertThere();
      const { log, clock } = this.#parts;
      const { id } = this.#state;
      const at = isoTime(clock);
      const one: PendingRun = { due: at, run: idMadeFrom('req', commandId === undefined ? undefined : [id, commandId], clock.now()) };
      if (commandId === undefined || (await log.find(id, commandId)) === null) {
        await this.#append([{ type: 'schedule.due', at, data: { ...one, by } }], commandId);
      }
      const sent = await this.#send(this.#state.pending.find(({ run }) => run === one.run) ?? one).catch((error: unknown) => {
        this.#tryLater(error);
        return SpoolError.from(error);
      });
      this.#arm();
      if (sent instanceof SpoolError) throw sent;
      return sent;
    });
  }

  #assertThere(): void {
    if (this.#state.removed) throw new SpoolError('not-found', `schedule ${this.#state.id} is removed`);
  }

  async #look(): Promise<void> {
    this.#retryAt = undefined;
    try {
      // Nothing new is taken on while something old could not be sent.
      await this.#sendPending();
      await this.#takePassed();
      await this.#sendPending();
      this.#failures = 0;
    } catch (error) {
      this.#tryLater(error);
    }
    this.#arm();
  }

  #tryLater(error: unknown): void {
    const { clock, logger, stopping } = this.#parts;
    if (stopping.aborted) return;
    this.#retryAt = clock.now() + delayOf(RETRY, this.#failures);
    this.#failures += 1;
    logger.warn({ schedule: this.#state.id, err: error }, 'a scheduled task could not be sent yet');
  }

  async #takePassed(): Promise<void> {
    const { clock, stopping } = this.#parts;
    const { paused, removed, after } = this.#state;
    if (removed || stopping.aborted) return;
    const at = isoTime(clock);
    const missedBefore = new Date(Math.max(this.#since, clock.now() - LATE_MS)).toISOString();
    const passed = paused ? undefined : this.#times.passed(after, at);
    if (passed !== undefined) await this.#append(decidePassed(this.#state, passed, { at, missedBefore }));
    // Should the clock have been ahead at the start, what is due once it is right has not been missed.
    this.#since = 0;
  }

  async #sendPending(): Promise<void> {
    const { logger, stopping } = this.#parts;
    for (const one of this.#state.pending) {
      if (stopping.aborted) return;
      const sent = await this.#send(one);
      if (sent instanceof SpoolError)
        logger.warn({ schedule: this.#state.id, due: one.due, err: sent }, 'a scheduled task could not be sent');
    }
  }

  /** The task, or why there is none; both are recorded. Rejects when it cannot be told yet. */
  async #send(one: PendingRun): Promise<Task | SpoolError> {
    const { clock } = this.#parts;
    const sent = await this.#ask(one);
    const run = one.run === undefined ? {} : { run: one.run };
    const at = isoTime(clock);
    // A request that is repeated comes here again with what is recorded already.
    const commandId = one.run === undefined ? undefined : `sent ${one.run}`;
    if (!(sent instanceof SpoolError)) {
      await this.#append([{ type: 'schedule.fired', at, data: { due: one.due, task: sent.id, ...run } }], commandId);
      return sent;
    }
    const refused = sent.details?.['task'];
    const task = typeof refused === 'string' ? { task: refused } : {};
    await this.#append([{ type: 'schedule.failed', at, data: { due: one.due, error: sent.message, ...task, ...run } }]);
    return sent;
  }

  async #ask(one: PendingRun): Promise<Task | SpoolError> {
    const { id, task, by: name, role } = this.#state;
    try {
      const by: Principal = { name, role };
      return await this.#parts.send({ ...task, commandId: commandIdOf(id, one) }, by, () => this.#check(by));
    } catch (thrown) {
      const error = SpoolError.from(thrown);
      if (PASSING.includes(error.code) || (error.code === 'internal' && this.#failures < TRIES - 1)) throw error;
      return error;
    }
  }

  /**
   * A task may never do more than it could have when the schedule was made. Its maker had the right to have one; and an agent in whose
   * name it is sent lends it what this agent may do, so without that agent there would be no limit at all.
   */
  #check(by: Principal): void {
    demand(by, 'operate');
    const { from } = this.#state.task;
    if (!this.#state.fromAgent || from === undefined || this.#parts.isAgent(from)) return;
    throw new SpoolError('forbidden', `${from}, in whose name it is sent, is no agent of this host any more`);
  }

  async #append(events: readonly UnplacedScheduleEvent[], commandId?: string): Promise<void> {
    if (events.length === 0) return;
    const { log } = this.#parts;
    const receipt = await log.append(this.#state.id, recordOf(events, commandId), this.#version);
    if (receipt.duplicate) return;
    let state = this.#state;
    for (const event of events) state = evolveSchedule(state, { position: state.position + 1, schedule: state.id, ...event });
    this.#state = state;
    this.#version = receipt.version;
    this.#next = this.#nextOf(state);
    if (state.removed || state.position - this.#saved >= SAVED_EVERY) await this.save();
  }

  #nextOf({ paused, removed, after }: ScheduleState): string | null {
    return paused || removed ? null : this.#times.next(after);
  }

  #arm(): void {
    const next = this.#next === null ? undefined : Date.parse(this.#next);
    this.#parts.wakeAt(this.#state.id, this.#state.removed ? undefined : (this.#retryAt ?? next));
  }

  /** A failure costs only time at the next start. */
  async save(): Promise<void> {
    this.#saved = this.#state.position;
    await saveSchedule(this.#parts, this.#state);
  }

  /** Resolves when all that was asked of it by now is done; saves what is new. */
  async drain(): Promise<void> {
    await this.#lane.drain();
    if (this.#state.position > this.#saved) await this.save();
  }
}
