/**
 * How far a webhook has come, as text: all up to a record of the log is done with, but for those events that are to be tried again. It is
 * a cache. Where it is stale, some events are posted once more; where it is missing, all since the webhook was made.
 */

import { z } from 'zod';

const FORMAT = 1;

const Progress = z.object({
  format: z.literal(FORMAT),
  seq: z.number().int().min(0),
  aside: z.array(
    z.object({
      stream: z.string(),
      position: z.number().int().min(1),
      seq: z.number().int().min(0),
      attempts: z.number().int().min(0),
      due: z.number().describe('milliseconds since 1970'),
    }),
  ),
  lastDeliveredAt: z.string().optional(),
  lastError: z.object({ message: z.string(), at: z.string() }).optional(),
});

export type Progress = Omit<z.infer<typeof Progress>, 'format'>;

export function progressText(progress: Progress): string {
  return JSON.stringify({ format: FORMAT, ...progress });
}

/** Undefined for a text that this program cannot read. */
export function progressIn(text: string): Progress | undefined {
  try {
    return Progress.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
