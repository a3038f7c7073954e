/** Events of schedules: each schedule is a stream of its own, and its events say all that ever came of it. They never change. */

import { z } from 'zod';
import { MissedRuns, ScheduledTask } from './schedule.js';
import { Role } from './words.js';

const by = z.string().describe('who did it');
const due = z.iso.datetime().describe('the time that it is about');
const run = z.string().optional().describe('it was sent besides its times: names which sending is meant');

export const SCHEDULE_EVENT_DATA = {
  'schedule.created': z.object({
    at: z.iso.datetime({ offset: true }).optional(),
    cron: z.string().optional(),
    timeZone: z.string().optional(),
    missed: MissedRuns,
    task: ScheduledTask,
    by,
    role: Role.describe('of who made it, in whose name its tasks are sent'),
    fromAgent: z.boolean().optional().describe('`task.from` is an agent, so that a task may do what this agent may'),
  }),
  'schedule.due': z.object({ due, run, by: z.string().optional().describe('who wanted it sent besides its times') }),
  'schedule.missed': z.object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    count: z.number().int().describe('how many times there were from the first to the last'),
    more: z.boolean().optional().describe('true: there were more than that'),
    kept: z.array(z.iso.datetime()).describe('those for which a task is sent all the same; the others are dropped'),
  }),
  'schedule.fired': z.object({ due, task: z.string(), run }),
  'schedule.failed': z.object({ due, error: z.string(), task: z.string().optional().describe('the task that was refused'), run }),
  'schedule.paused': z.object({ by }),
  'schedule.resumed': z.object({ by }),
  'schedule.removed': z.object({ by }),
} as const;

export type ScheduleEventType = keyof typeof SCHEDULE_EVENT_DATA;
export type ScheduleEventData<T extends ScheduleEventType> = z.infer<(typeof SCHEDULE_EVENT_DATA)[T]>;

export const SCHEDULE_EVENT_TYPES = Object.keys(SCHEDULE_EVENT_DATA) as readonly ScheduleEventType[];

/** An event before it has a position. */
export type UnplacedScheduleEvent<T extends ScheduleEventType = ScheduleEventType> = {
  [K in T]: { readonly type: K; readonly at: string; readonly data: ScheduleEventData<K> };
}[T];

export type ScheduleEvent<T extends ScheduleEventType = ScheduleEventType> = {
  [K in T]: { readonly position: number; readonly schedule: string } & UnplacedScheduleEvent<K>;
}[T];

const ID = /^sch_[0-9a-z]{26}$/;

/** Whether the text has the form of a schedule's id. */
export function isScheduleId(text: string): boolean {
  return ID.test(text);
}

export function parseScheduleEvent(schedule: string, position: number, body: string): ScheduleEvent {
  return { position, schedule, ...(JSON.parse(body) as UnplacedScheduleEvent) };
}
