/** The desk of schedules: makes them, finds them, and wakes each of them when its time has come. */

import { isoTime } from '../../base/clock.js';
import { messageOf, SpoolError } from '../../base/errors.js';
import { Lane } from '../../base/lane.js';
import { idMadeFrom } from '../../base/made-id.js';
import { sortedJson } from '../../base/sorted-json.js';
import type { ChangeSchedule, CreateSchedule, Schedule } from '../../contract/schedule.js';
import type { UnplacedScheduleEvent } from '../../contract/schedule-events.js';
import type { Task } from '../../contract/task.js';
import { decidePause, decideResume } from '../../domain/schedules/decide.js';
import { initialSchedule, type ScheduleState } from '../../domain/schedules/state.js';
import type { Principal } from '../../host/face.js';
import type { FoundStream } from '../first-look.js';
import { Alarm } from './alarm.js';
import { loadSchedules, recordOf, type ScheduleStore } from './schedule-store.js';
import { type Decide, ScheduleWriter, type WriterParts } from './schedule-writer.js';
import { DEFAULT_ZONE, type Times, timesOf } from './times.js';

export interface DeskParts extends ScheduleStore, Pick<WriterParts, 'clock' | 'send' | 'isAgent'> {
  /** When this host began to run. */
  readonly since: number;
  /** Throws `not-found` for an alias that nobody has, naming those like it. */
  readonly checkAlias: (alias: string) => void;
}

export class ScheduleDesk implements AsyncDisposable {
  readonly #parts: DeskParts;
  readonly #writers: WriterParts;
  readonly #alarm: Alarm;
  readonly #stop = new AbortController();
  readonly #all = new Map<string, ScheduleWriter>();
  /** Making one after the other, so that a repeat finds what the first one made. */
  readonly #making = new Lane();

  constructor(parts: DeskParts) {
    this.#parts = parts;
    this.#alarm = new Alarm(parts.clock, (id) => void this.#all.get(id)?.look());
    this.#writers = { ...parts, wakeAt: (id, at) => this.#alarm.set(id, at), stopping: this.#stop.signal };
  }

  /** Takes those up that were there before. What they missed is sent in the background. */
  async wake(found: readonly FoundStream[]): Promise<void> {
    const kept = await loadSchedules(this.#parts, found, this.#stop.signal);
    for (const one of kept) {
      const writer = new ScheduleWriter(this.#writers, this.#timesOf(one.state), one, this.#parts.since);
      this.#all.set(one.state.id, writer);
      void writer.look();
    }
    if (kept.length > 0) this.#parts.logger.info({ schedules: kept.length }, 'schedules were picked up');
  }

  /** What could be read once may be unknown to another version of the program: it stays there to be seen, and has no times. */
  #timesOf({ id, at, cron, timeZone }: ScheduleState): Times {
    try {
      return timesOf({ ...(at === null ? {} : { at }), ...(cron === null ? {} : { cron }), ...(timeZone === null ? {} : { timeZone }) });
    } catch (error) {
      this.#parts.logger.error({ schedule: id, err: error }, `the schedule sends nothing: ${messageOf(error)}`);
      return { next: () => null, passed: () => undefined };
    }
  }

  create(command: CreateSchedule, by: Principal): Promise<Schedule> {
    const { commandId } = command;
    const id = idMadeFrom('sch', commandId === undefined ? undefined : [by.name, commandId], this.#parts.clock.now());
    return this.#making.run(async () => {
      const known = this.#all.get(id);
      if (known !== undefined) return again(known, command);
      if (commandId !== undefined) await this.#assertUnused(id);
      return this.#make(id, command, by);
    });
  }

  async #assertUnused(id: string): Promise<void> {
    if ((await this.#parts.log.head(id)).version === 'none') return;
    throw new SpoolError('conflict', 'the schedule that was made with this Idempotency-Key is removed', {
      hint: 'use a new key for a new schedule',
      details: { schedule: id },
    });
  }

  async #make(id: string, { at, cron, timeZone, missed = 'once', task, commandId }: CreateSchedule, by: Principal): Promise<Schedule> {
    const { clock, log, checkAlias, isAgent } = this.#parts;
    const times = timesOf({ at, cron, timeZone });
    const now = isoTime(clock);
    if (times.next(now) === null) throw never({ at, cron }, now);
    checkAlias(task.to);
    const created: UnplacedScheduleEvent<'schedule.created'> = {
      type: 'schedule.created',
      at: now,
      data: {
        ...(at === undefined ? {} : { at }),
        ...(cron === undefined ? {} : { cron, timeZone: timeZone ?? DEFAULT_ZONE }),
        ...{ missed, task, by: by.name, role: by.role },
        ...(task.from !== undefined && isAgent(task.from) ? { fromAgent: true } : {}),
      },
    };
    const receipt = await log.append(id, recordOf([created], commandId), 'none');
    const state = initialSchedule({ position: 1, schedule: id, ...created });
    const writer = new ScheduleWriter(this.#writers, times, { state, version: receipt.version });
    this.#all.set(id, writer);
    // It has no time yet; this is how it comes to be woken at the first one.
    await writer.look();
    return writer.view();
  }

  /** In the order in which they were made, which is that of the log. */
  list(): Schedule[] {
    return [...this.#all.values()].map((writer) => writer.view());
  }

  get(id: string): Schedule {
    return this.#find(id).view();
  }

  async remove(id: string, by: Principal): Promise<Schedule> {
    const removed = await this.#find(id).remove(by.name);
    this.#all.delete(id);
    return removed;
  }

  pause(id: string, { commandId }: ChangeSchedule, by: Principal): Promise<Schedule> {
    return this.#change(id, (state, at) => decidePause(state, by.name, at), commandId);
  }

  resume(id: string, { commandId }: ChangeSchedule, by: Principal): Promise<Schedule> {
    return this.#change(id, (state, at) => decideResume(state, by.name, at), commandId);
  }

  async #change(id: string, decide: Decide, commandId: string | undefined): Promise<Schedule> {
    return this.#find(id).change(decide, commandId);
  }

  async run(id: string, { commandId }: ChangeSchedule, by: Principal): Promise<Task> {
    return this.#find(id).run(by.name, commandId);
  }

  #find(id: string): ScheduleWriter {
    const writer = this.#all.get(id);
    if (writer !== undefined) return writer;
    throw unknownSchedule(id);
  }

  /** What is due and not sent by then is sent by the next host. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#alarm[Symbol.dispose]();
    await this.#making.drain();
    await Promise.all([...this.#all.values()].map((writer) => writer.drain()));
  }
}

export function unknownSchedule(id: string): SpoolError {
  return new SpoolError('not-found', `there is no schedule ${id}`, { hint: '"spool schedule ls" lists the schedules of this host' });
}

function never({ at, cron }: Pick<CreateSchedule, 'at' | 'cron'>, now: string): SpoolError {
  if (at !== undefined) {
    return new SpoolError('invalid-input', `at: ${at} has passed, it is ${now} now`, {
      hint: 'give a time that lies ahead; a task is sent at once by sending it',
    });
  }
  return new SpoolError('invalid-input', `cron: ${JSON.stringify(cron)} never comes: there is no such day`, {
    hint: 'look at day and month, the third and the second field from the end',
  });
}

/** A request that is repeated, or another one with its key. */
function again(known: ScheduleWriter, { at, cron, timeZone, missed = 'once', task }: CreateSchedule): Schedule {
  const { state } = known;
  const asked = { at: at ?? null, cron: cron ?? null, timeZone: cron === undefined ? null : (timeZone ?? DEFAULT_ZONE), missed, task };
  const there = { at: state.at, cron: state.cron, timeZone: state.timeZone, missed: state.missed, task: state.task };
  if (sortedJson(asked) === sortedJson(there)) return known.view();
  throw new SpoolError('conflict', 'this Idempotency-Key was used for another schedule', {
    hint: 'use a new key for a new schedule',
    details: { schedule: state.id },
  });
}
