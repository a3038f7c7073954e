/** The results of tools that a conversation carries with it, and what it takes to take them out of it and to put them back. */

import { z } from 'zod';

export const CarriedResult = z
  .object({
    item: z.string().describe('the item that it came from, by its id in the log'),
    items: z.array(z.string()).describe('all items whose results go with it: more than one where the agent worked by code'),
    tool: z.string().describe("the tool, by the runtime's name of it"),
    input: z.string().describe('the beginning of what the tool was given'),
    bytes: z.number().int().describe('what it weighs; of one that was taken out, what it weighed'),
    turnsAgo: z.number().int().describe('how many turns have begun since its own'),
    undo: z.string().nullable().describe('it was taken out: puts it back. Null while the conversation carries it'),
  })
  .meta({ id: 'CarriedResult' });
export type CarriedResult = z.infer<typeof CarriedResult>;

/** One that was taken out, or put back. */
export const TakenResult = z.object({ item: z.string(), bytes: z.number().int() }).meta({ id: 'TakenResult' });
export type TakenResult = z.infer<typeof TakenResult>;

export const ConsumeResults = z
  .strictObject({
    items: z.array(z.string().min(1)).min(1).max(1000).optional().describe('these, by their items'),
    largerThanBytes: z.number().int().min(0).optional().describe('all that weigh more'),
    olderThanTurns: z.number().int().min(0).optional().describe('all since which at least so many turns have begun'),
    arguments: z.boolean().optional().describe('what the tools were given goes too; default: only what they answered'),
    commandId: z.string().min(1).max(200).optional().describe('makes a repeat harmless; the Idempotency-Key header does the same'),
  })
  .refine(({ items, largerThanBytes, olderThanTurns }) => (items === undefined) !== ((largerThanBytes ?? olderThanTurns) === undefined), {
    message: 'say which: either `items`, or `largerThanBytes` or `olderThanTurns` or both',
  })
  .meta({ id: 'ConsumeResults' });
export type ConsumeResults = z.infer<typeof ConsumeResults>;

export const Consumed = z
  .object({
    consumed: z.array(TakenResult),
    undo: z.string().nullable().describe('puts them back; null when there was nothing to take out'),
    position: z.number().int().describe('of the event that tells of it'),
  })
  .meta({ id: 'Consumed' });
export type Consumed = z.infer<typeof Consumed>;

export const RestoreResults = z
  .strictObject({ undo: z.string().min(1).max(200).describe('as `consume` gave it'), commandId: z.string().min(1).max(200).optional() })
  .meta({ id: 'RestoreResults' });
export type RestoreResults = z.infer<typeof RestoreResults>;

export const Restored = z.object({ restored: z.array(TakenResult), undo: z.string(), position: z.number().int() }).meta({ id: 'Restored' });
export type Restored = z.infer<typeof Restored>;
