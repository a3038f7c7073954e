/** What a schedule's times mean once they have come: a task each, or what its policy wants where they were missed. */

import type { MissedRuns } from '../../contract/schedule.js';
import type { ScheduleEventData, UnplacedScheduleEvent } from '../../contract/schedule-events.js';
import type { ScheduleState } from './state.js';

/** The most tasks that are made up for, of those that were missed. */
export const MOST_KEPT = 100;

/** A time that the host comes to later than this was missed, as if no host had run: the machine slept, or its clock was wrong. */
export const LATE_MS = 60_000;

/** How many of the newest times have to be told for a decision: those that are kept, and those that are on time, at most one a second. */
export const MOST_TOLD = MOST_KEPT + LATE_MS / 1000 + 1;

/** Times that have come since the schedule was last looked at. */
export interface Passed {
  readonly count: number;
  /** Whether there were more than were counted. */
  readonly more: boolean;
  readonly first: string;
  /** The newest of them, at most MOST_TOLD, the oldest first. */
  readonly newest: readonly string[];
}

export interface Looking {
  readonly at: string;
  /** A time before this was missed. */
  readonly missedBefore: string;
}

/** All of it goes into one record, so that a crash never leaves half of it decided. */
export function decidePassed(
  { missed: policy }: Pick<ScheduleState, 'missed'>,
  { count, more, first, newest }: Passed,
  { at, missedBefore }: Looking,
): UnplacedScheduleEvent[] {
  const onTime = newest.filter((due) => due >= missedBefore);
  const late = newest.slice(0, newest.length - onTime.length);
  const events: UnplacedScheduleEvent[] = onTime.map((due) => ({ type: 'schedule.due', at, data: { due } }));
  const last = late.at(-1);
  if (last === undefined) return events;
  const data: ScheduleEventData<'schedule.missed'> = {
    ...{ from: first, to: last, count: count - onTime.length },
    ...(more ? { more } : {}),
    kept: keptOf(policy, late),
  };
  return [{ type: 'schedule.missed', at, data }, ...events];
}

function keptOf(policy: MissedRuns, late: readonly string[]): string[] {
  if (policy === 'skip') return [];
  return late.slice(policy === 'once' ? -1 : -MOST_KEPT);
}

export function decidePause({ paused }: ScheduleState, by: string, at: string): UnplacedScheduleEvent[] {
  return paused ? [] : [{ type: 'schedule.paused', at, data: { by } }];
}

export function decideResume({ paused }: ScheduleState, by: string, at: string): UnplacedScheduleEvent[] {
  return paused ? [{ type: 'schedule.resumed', at, data: { by } }] : [];
}
