/** Tasks by the clock: each schedule is a stream of its own in the log. What knows of times is loaded once there is one. */

import type { Clock } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import { lazily } from '../../base/lazily.js';
import { demand } from '../../contract/rights.js';
import type { ChangeSchedule, CreateSchedule, Schedule } from '../../contract/schedule.js';
import type { SendTask, Task } from '../../contract/task.js';
import type { Page, Principal } from '../../host/face.js';
import type { Log } from '../../ports/log.js';
import type { Logger } from '../../ports/logger.js';
import type { Snapshots } from '../../ports/snapshots.js';
import type { Schedules } from '../face.js';
import type { FoundStream } from '../first-look.js';
import type { ScheduleDesk } from './schedule-desk.js';

export interface ScheduleParts {
  readonly log: Log;
  readonly snapshots: Snapshots;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Those of schedules that there were at the start. */
  readonly streams: Promise<readonly FoundStream[]>;
  /** A repeat with the same command id sends nothing twice. `check` is called when it is none; what it throws refuses the task. */
  readonly send: (command: SendTask, by: Principal, check: () => void) => Promise<Task>;
  /** Throws `not-found` for an alias that nobody has, naming those like it. */
  readonly checkAlias: (alias: string) => void;
  /** Whether that is an agent which tasks are sent by and to. */
  readonly isAgent: (alias: string) => boolean;
}

/** Picks up the schedules that there are, in the background. */
export function createSchedules(parts: ScheduleParts): Schedules {
  return new LazySchedules(parts);
}

class LazySchedules implements Schedules {
  readonly #started: Promise<void>;
  readonly #desk;
  #closed = false;

  constructor(parts: ScheduleParts) {
    const since = parts.clock.now();
    this.#desk = lazily(async () => {
      const { ScheduleDesk } = await import('./schedule-desk.js');
      return new ScheduleDesk({ ...parts, since });
    });
    this.#started = this.#start(parts.streams);
    // Whoever asks for a schedule is told; and who does not should find it in the log's lines.
    this.#started.catch((error: unknown) => {
      if (!this.#closed) parts.logger.error({ err: error }, 'the schedules could not be picked up');
    });
  }

  async #start(streams: Promise<readonly FoundStream[]>): Promise<void> {
    const found = await streams;
    if (found.length === 0 || this.#closed) return;
    const desk = await this.#desk.get();
    if (!this.#closed) await desk.wake(found);
  }

  async #there(by: Principal, right: 'view' | 'operate'): Promise<ScheduleDesk> {
    demand(by, right);
    await this.#started;
    if (this.#closed) throw new SpoolError('unavailable', 'the host is stopping');
    return this.#desk.get();
  }

  async create(command: CreateSchedule, by: Principal): Promise<Schedule> {
    return (await this.#there(by, 'operate')).create(command, by);
  }

  async list(by: Principal): Promise<Page<Schedule>> {
    demand(by, 'view');
    await this.#started;
    return { items: (await this.#desk.current)?.list() ?? [], next: null };
  }

  async get(id: string, by: Principal): Promise<Schedule> {
    return (await this.#there(by, 'view')).get(id);
  }

  async remove(id: string, by: Principal): Promise<Schedule> {
    return (await this.#there(by, 'operate')).remove(id, by);
  }

  async pause(id: string, command: ChangeSchedule, by: Principal): Promise<Schedule> {
    return (await this.#there(by, 'operate')).pause(id, command, by);
  }

  async resume(id: string, command: ChangeSchedule, by: Principal): Promise<Schedule> {
    return (await this.#there(by, 'operate')).resume(id, command, by);
  }

  async run(id: string, command: ChangeSchedule, by: Principal): Promise<Task> {
    return (await this.#there(by, 'operate')).run(id, command, by);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await (await this.#desk.current)?.[Symbol.asyncDispose]();
    await Promise.allSettled([this.#started]);
  }
}
