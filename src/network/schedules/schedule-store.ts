/** Schedules as they are kept: a stream each in the log, and now and then a snapshot, so that a long life is not read at every start. */

import type { UnplacedScheduleEvent } from '../../contract/schedule-events.js';
import { isScheduleId, parseScheduleEvent } from '../../contract/schedule-events.js';
import { evolveSchedule, initialSchedule, SCHEDULE_FORMAT, type ScheduleState } from '../../domain/schedules/state.js';
import type { Log, NewRecord, Version } from '../../ports/log.js';
import type { Logger } from '../../ports/logger.js';
import type { Snapshots } from '../../ports/snapshots.js';
import type { FoundStream } from '../first-look.js';

export interface ScheduleStore {
  readonly log: Log;
  /** Those of the hub: a task and a schedule never have the same id. */
  readonly snapshots: Snapshots;
  readonly logger: Logger;
}

export interface KeptSchedule {
  readonly state: ScheduleState;
  readonly version: Version;
}

export function recordOf(events: readonly UnplacedScheduleEvent[], commandId: string | undefined): NewRecord {
  return { events: events.map((event) => ({ type: event.type, body: JSON.stringify(event) })), commandId };
}

/** Those of them that are still there. One that cannot be read is logged and left. */
export async function loadSchedules(store: ScheduleStore, found: readonly FoundStream[], signal: AbortSignal): Promise<KeptSchedule[]> {
  const marks = await store.snapshots.marks();
  const kept: KeptSchedule[] = [];
  for (const { id, head } of found) {
    if (signal.aborted) break;
    const mark = marks.get(id);
    // Removed, and nothing came of it since.
    if (!isScheduleId(id) || (mark?.settled === true && mark.position === head)) continue;
    try {
      const schedule = await loadSchedule(store, id);
      if (schedule === undefined) continue;
      if (schedule.state.removed) await saveSchedule(store, schedule.state);
      else kept.push(schedule);
    } catch (error) {
      if (!signal.aborted) store.logger.error({ schedule: id, err: error }, 'the schedule could not be read, and sends nothing');
    }
  }
  return kept;
}

async function loadSchedule({ log, snapshots }: ScheduleStore, id: string): Promise<KeptSchedule | undefined> {
  const { position: head, version } = await log.head(id);
  if (version === 'none') return undefined;
  const snapshot = await snapshots.load(id);
  let state = snapshot === null || snapshot.position > head ? undefined : stateIn(snapshot.state);
  for await (const record of log.read({ stream: id, after: state?.position ?? 0 })) {
    for (const { position, body } of record.events) {
      const event = parseScheduleEvent(id, position, body);
      if (event.type === 'schedule.created') state = initialSchedule(event);
      else if (state !== undefined) state = evolveSchedule(state, event);
    }
  }
  return state === undefined ? undefined : { state, version };
}

function stateIn(text: string): ScheduleState | undefined {
  const state: unknown = JSON.parse(text);
  const fits = typeof state === 'object' && state !== null && 'format' in state && state.format === SCHEDULE_FORMAT;
  return fits ? (state as ScheduleState) : undefined;
}

/** Never rejects: a snapshot is a cache. */
export async function saveSchedule({ snapshots, logger }: ScheduleStore, state: ScheduleState): Promise<void> {
  const { id, position, task, createdAt, removed } = state;
  const summary = { agent: task.to, status: 'schedule', updatedAt: createdAt, settled: removed, row: '{}' };
  try {
    await snapshots.save({ stream: id, position, state: JSON.stringify(state), summary });
  } catch (error) {
    logger.warn({ schedule: id, err: error }, 'the snapshot of a schedule could not be saved');
  }
}
