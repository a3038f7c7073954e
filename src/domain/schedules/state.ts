/** The state of a schedule, folded from its events, and the schedule as clients see it. */

import type { MissedRuns, Schedule, ScheduledTask } from '../../contract/schedule.js';
import type { ScheduleEvent } from '../../contract/schedule-events.js';
import type { Role } from '../../contract/words.js';

export const SCHEDULE_FORMAT = 1;

/** A task that is to be sent and of which it is not recorded yet what became of it. */
export interface PendingRun {
  readonly due: string;
  /** Undefined for one of its times. */
  readonly run: string | undefined;
}

export interface ScheduleState {
  readonly format: typeof SCHEDULE_FORMAT;
  readonly id: string;
  readonly at: string | null;
  readonly cron: string | null;
  readonly timeZone: string | null;
  readonly missed: MissedRuns;
  readonly task: ScheduledTask;
  readonly by: string;
  readonly role: Role;
  readonly fromAgent: boolean;

  readonly paused: boolean;
  readonly removed: boolean;
  /** Its times up to here are dealt with. Only times behind it can come: none comes twice, whatever the clock does. */
  readonly after: string;
  readonly pending: readonly PendingRun[];
  readonly last: NonNullable<Schedule['last']> | null;
  readonly runs: number;
  readonly position: number;
  readonly createdAt: string;
}

export function initialSchedule({ position, schedule, at: createdAt, data }: ScheduleEvent<'schedule.created'>): ScheduleState {
  const { at = null, cron = null, timeZone = null, missed, task, by, role, fromAgent = false } = data;
  return {
    ...{ format: SCHEDULE_FORMAT, id: schedule, at, cron, timeZone, missed, task, by, role, fromAgent, position, createdAt },
    ...{ paused: false, removed: false, after: createdAt, pending: [], last: null, runs: 0 },
  };
}

export function evolveSchedule(before: ScheduleState, event: ScheduleEvent): ScheduleState {
  const state = { ...before, position: event.position };
  switch (event.type) {
    case 'schedule.created':
      return state;
    case 'schedule.due': {
      const { due, run } = event.data;
      const pending = [...state.pending, { due, run }];
      return { ...state, pending, after: run === undefined ? due : state.after };
    }
    case 'schedule.missed': {
      const { to, kept } = event.data;
      return { ...state, after: to, pending: [...state.pending, ...kept.map((due) => ({ due, run: undefined }))] };
    }
    case 'schedule.fired': {
      const { due, run, task } = event.data;
      return { ...state, pending: without(state.pending, due, run), last: { due, task }, runs: state.runs + 1 };
    }
    case 'schedule.failed': {
      const { due, run, error } = event.data;
      return { ...state, pending: without(state.pending, due, run), last: { due, error } };
    }
    case 'schedule.paused':
      return { ...state, paused: true };
    case 'schedule.resumed':
      // From now on, also when the clock was ahead for a while. A time that comes again by that is known by its command id.
      return { ...state, paused: false, after: event.at };
    case 'schedule.removed':
      return { ...state, removed: true, pending: [] };
  }
}

function without(pending: readonly PendingRun[], due: string, run: string | undefined): PendingRun[] {
  return pending.filter((one) => one.due !== due || one.run !== run);
}

/** Makes a repeat of the same sending harmless: the same schedule and time are the same task, before a crash and after it. */
export function commandIdOf(schedule: string, { due, run }: PendingRun): string {
  return run === undefined ? `schedule ${schedule} ${due}` : `schedule ${schedule} run ${run}`;
}

export function scheduleView(state: ScheduleState, next: string | null): Schedule {
  const { id, at, cron, timeZone, missed, task, paused, last, runs, createdAt, by } = state;
  return {
    id,
    ...(at === null ? {} : { at }),
    ...(cron === null ? {} : { cron }),
    ...(timeZone === null ? {} : { timeZone }),
    ...{ missed, task, paused, next },
    ...(last === null ? {} : { last }),
    ...{ runs, createdAt, by },
  };
}
