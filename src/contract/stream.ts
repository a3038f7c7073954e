/**
 * Frames of the live streams. SSE: first `stream.opened` without an id, then one frame an event with its position as id, and a
 * comment every 15 s. WebSocket `/v1/ws`: the same frames as JSON texts, and commands that answer by their own `id`.
 */

import { z } from 'zod';

export const StreamOpened = z.object({
  /** `gap`: the cursor that was asked for lies beyond the log's end, as after a restore from a backup; replay starts at 0. */
  resume: z.enum(['ok', 'gap']),
  /** Position of the last event when the stream was opened. */
  head: z.number().int(),
  /** True when deltas of completed items were taken out after their retention time: positions then jump over them. */
  pruned: z.boolean().optional(),
});
export type StreamOpened = z.infer<typeof StreamOpened>;

export const KEEP_ALIVE_MS = 15_000;

/** `route` is a route's name of the route table; `params` are its path parameters. */
export const WsCommand = z.discriminatedUnion('op', [
  z.strictObject({
    id: z.union([z.string(), z.number()]),
    op: z.literal('subscribe'),
    session: z.string().optional().describe('one session; all, live, when absent'),
    after: z.number().int().min(0).optional(),
  }),
  z.strictObject({ id: z.union([z.string(), z.number()]), op: z.literal('unsubscribe'), subscription: z.union([z.string(), z.number()]) }),
  z.strictObject({
    id: z.union([z.string(), z.number()]),
    op: z.literal('call'),
    route: z.string(),
    params: z.record(z.string(), z.string()).optional(),
    query: z.record(z.string(), z.unknown()).optional(),
    body: z.unknown().optional(),
  }),
]);
export type WsCommand = z.infer<typeof WsCommand>;

/** What the server sends: answers to commands, `stream.opened` and events of a subscription (named by the subscribing command's id). */
export type WsFrame =
  | { id: string | number; ok: true; status: number; result: unknown }
  | { id: string | number | null; ok: false; problem: unknown }
  | { subscription: string | number; type: 'stream.opened'; data: StreamOpened }
  | { subscription: string | number; event: unknown };
