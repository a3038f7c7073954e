/** Schedules: a task that is sent at a time, or again and again by a cron expression in a time zone. */

import { z } from 'zod';
import { SendTask } from './task.js';

/** What becomes of the times at which no host ran: nothing, one task for all of them, or one for each (at most 100). */
export const MissedRuns = z.enum(['skip', 'once', 'all']);
export type MissedRuns = z.infer<typeof MissedRuns>;

const timing = {
  at: z.iso.datetime({ offset: true }).optional().describe('once, then'),
  cron: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('minute, hour, day of the month, month, day of the week; a sixth field in front is seconds'),
  timeZone: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('IANA name, as Europe/Berlin, in which the cron expression is read; default UTC'),
};

/** `commandId` of a task that a schedule sends follows from the schedule and the time. */
export const ScheduledTask = SendTask.omit({ commandId: true, parent: true });
export type ScheduledTask = z.infer<typeof ScheduledTask>;

export const Schedule = z
  .object({
    id: z.string(),
    ...timing,
    missed: MissedRuns,
    task: ScheduledTask,
    paused: z.boolean(),
    next: z.iso.datetime().nullable().describe('null: it is paused, or over'),
    last: z
      .object({
        due: z.iso.datetime(),
        task: z.string().optional().describe('the task that was sent'),
        error: z.string().optional().describe('why none was'),
      })
      .optional(),
    runs: z.number().int().describe('how many tasks it has sent'),
    createdAt: z.iso.datetime(),
    by: z.string(),
  })
  .meta({ id: 'Schedule' });
export type Schedule = z.infer<typeof Schedule>;

export const CreateSchedule = z
  .strictObject({
    ...timing,
    missed: MissedRuns.optional().describe('default once'),
    task: ScheduledTask,
    commandId: z.string().min(1).max(200).optional(),
  })
  .refine(({ at, cron }) => (at === undefined) !== (cron === undefined), 'either "at" or "cron"')
  .meta({ id: 'CreateSchedule' });
export type CreateSchedule = z.infer<typeof CreateSchedule>;

export const ChangeSchedule = z.strictObject({ commandId: z.string().min(1).max(200).optional() }).meta({ id: 'ChangeSchedule' });
export type ChangeSchedule = z.infer<typeof ChangeSchedule>;
