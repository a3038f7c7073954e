/** What an agent may use up before its model calls are refused. Held where the host sees every call: at the gateway. */

import { z } from 'zod';

export const Budget = z
  .strictObject({
    tokensPerDay: z.number().int().positive().optional().describe('input and output together, per day in UTC'),
    turnsPerHour: z.number().int().positive().optional().describe('turns that begin within any hour'),
  })
  .meta({ id: 'Budget' });
export type Budget = z.infer<typeof Budget>;
