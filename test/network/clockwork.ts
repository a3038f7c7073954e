/** Schedules under a clock that a test turns: hosts one after the other over one log, each of which may be killed at any append. */

import type { Clock } from '../../src/base/clock.js';
import type { CreateSchedule, Schedule } from '../../src/contract/schedule.js';
import {
  isScheduleId,
  parseScheduleEvent,
  type ScheduleEvent,
  type ScheduleEventData,
  type ScheduleEventType,
} from '../../src/contract/schedule-events.js';
import type { Task } from '../../src/contract/task.js';
import { memoryLog } from '../../src/log/memory/memory-log.js';
import { memorySnapshots } from '../../src/log/memory/memory-snapshots.js';
import type { Log } from '../../src/ports/log.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { memoryOutsideAgents } from '../../src/testing/outside-agents.js';
import { OWNER, type RigOptions } from '../host/rig.js';
import { agent, type Stage, stage } from './stage.js';

/** A machine whose clock jumps, as it does when it sleeps or is set: no timer notices. */
export class JumpyClock implements Clock {
  readonly steady: ManualClock;
  #ahead = 0;

  constructor(now: string) {
    this.steady = new ManualClock(Date.parse(now));
  }

  now(): number {
    return this.steady.now() + this.#ahead;
  }

  after(ms: number, callback: () => void): Disposable {
    return this.steady.after(ms, callback);
  }

  jumpTo(time: string): void {
    this.#ahead = Date.parse(time) - this.steady.now();
  }

  /** Time passes. */
  pass(seconds: number): void {
    this.steady.advance(seconds * 1000);
  }
}

export interface Standing extends Stage {
  readonly clock: JumpyClock;
  readonly schedules: Stage['hub']['schedules'];
  create(command: Partial<CreateSchedule>): Promise<Schedule>;
  /** Resolves with the data of the n-th event of this type, waiting for it if need be. */
  comes<T extends ScheduleEventType>(schedule: string, type: T, n?: number): Promise<ScheduleEventData<T>>;
}

/** Hosts that stand on the same ground. `log` of an option stands for the one that they share. */
export function ground() {
  const kept = { log: memoryLog(), snapshots: memorySnapshots(), tasks: memorySnapshots(), outside: memoryOutsideAgents() };
  const eventsOf = async (schedule: string): Promise<ScheduleEvent[]> => {
    const events: ScheduleEvent[] = [];
    for await (const { events: some } of kept.log.read({ stream: schedule, after: 0 })) {
      for (const { position, body } of some) events.push(parseScheduleEvent(schedule, position, body));
    }
    return events;
  };
  return {
    ...kept,
    eventsOf,
    /** Of all schedules that there ever were. */
    async ids(): Promise<string[]> {
      const ids: string[] = [];
      for await (const { stream } of kept.log.streams()) if (isScheduleId(stream)) ids.push(stream);
      return ids;
    },
    /** What came of it, in few words. */
    history: async (schedule: string): Promise<string[]> =>
      (await eventsOf(schedule)).map(({ type, data }) => `${type.slice(9)}${'due' in data ? ` ${data.due.slice(11, 19)}` : ''}`),
    async sent(): Promise<Task[]> {
      const tasks: Task[] = [];
      for await (const { stream, events } of kept.log.read({ after: 0 })) {
        for (const { type, body } of events)
          if (type === 'task.sent') tasks.push({ ...(JSON.parse(body) as { data: Task }).data, id: stream });
      }
      return tasks;
    },
    open: (now: string, options: RigOptions = {}): Standing => standing(now, { ...kept, ...options }, kept.log),
  };
}

function standing(now: string, options: RigOptions, log: Log): Standing {
  const clock = new JumpyClock(now);
  const built = stage([agent('a'), agent('b')], { clock, ...options });
  const { schedules } = built.hub;
  return {
    ...built,
    clock,
    schedules,
    create: (command) => schedules.create({ task: { to: 'person', input: 'x' }, ...command }, OWNER),
    comes: (schedule, type, n = 1) => nthEvent(log, schedule, type, n),
    [Symbol.asyncDispose]: () => built[Symbol.asyncDispose](),
  };
}

async function nthEvent<T extends ScheduleEventType>(log: Log, stream: string, type: T, n: number): Promise<ScheduleEventData<T>> {
  const done = new AbortController();
  let seen = 0;
  try {
    for await (const { events } of log.follow({ stream, after: 0, signal: done.signal })) {
      for (const { position, body } of events) {
        const event = parseScheduleEvent(stream, position, body);
        if (event.type === type && ++seen === n) return event.data as ScheduleEventData<T>;
      }
    }
  } finally {
    done.abort();
  }
  throw new Error(`the stream ended before event ${n} of type ${type}`);
}

/**
 * A log whose host is killed at the n-th append of a schedule or a task: nothing that it asks for from then on is answered. `when` says
 * whether that append was written.
 */
export function killedAt(log: Log, n: number, when: 'before' | 'after'): { log: Log; killed: Promise<void> } {
  let appends = 0;
  let die = (): void => undefined;
  const killed = new Promise<void>((resolve) => {
    die = resolve;
  });
  const never = new Promise<never>(() => undefined);
  const append: Log['append'] = async (...args) => {
    if (/^(?:sch|tsk)_/.test(args[0])) appends += 1;
    if (appends === n && when === 'after') await log.append(...args);
    if (appends >= n) {
      die();
      return never;
    }
    return log.append(...args);
  };
  const mortal = new Proxy(log, {
    get(target, name) {
      if (name === 'append') return append;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { log: mortal, killed };
}
