/**
 * A second look that a host takes by itself after so much work: another session is opened, is shown what was said and done, and is
 * asked what is worth keeping. Not `review`, which is Codex's own look at a change of code.
 */

import { z } from 'zod';
import { Alias } from './words.js';

export const ReviewLoop = z
  .strictObject({
    afterToolCalls: z.number().int().positive().optional().describe('tool calls since the last review'),
    afterTurns: z.number().int().positive().optional().describe('turns since the last review'),
    agent: Alias.optional().describe('who reviews; default: the agent itself, in a session of its own'),
    prompt: z.string().min(1).optional().describe('what the reviewer is asked; the conversation is put behind it'),
  })
  .refine(({ afterToolCalls, afterTurns }) => afterToolCalls !== undefined || afterTurns !== undefined, {
    error: 'needs afterToolCalls or afterTurns',
  })
  .meta({ id: 'ReviewLoop' });
export type ReviewLoop = z.infer<typeof ReviewLoop>;
