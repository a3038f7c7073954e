/** An item is one piece of a turn: a message, a command, a file change. What a runtime said and we do not know is kept as `other`. */

import { z } from 'zod';

export const ItemStatus = z.enum(['inProgress', 'completed', 'failed', 'declined']);
export type ItemStatus = z.infer<typeof ItemStatus>;

export const FileChange = z
  .object({
    path: z.string(),
    kind: z.enum(['add', 'update', 'delete']),
    movedTo: z.string().optional().describe('where the file goes, when the update moves it'),
    diff: z.string().optional(),
  })
  .meta({ id: 'FileChange' });
export type FileChange = z.infer<typeof FileChange>;

const base = { id: z.string() };

export const Item = z
  .discriminatedUnion('kind', [
    z.object({
      ...base,
      kind: z.literal('userMessage'),
      text: z.string(),
      turn: z.string().optional().describe('the turn whose input this message is, where the runtime tells'),
    }),
    z.object({ ...base, kind: z.literal('agentMessage'), text: z.string(), phase: z.enum(['commentary', 'final']).optional() }),
    z.object({ ...base, kind: z.literal('reasoning'), text: z.string() }),
    z.object({
      ...base,
      kind: z.literal('command'),
      command: z.string(),
      cwd: z.string().optional(),
      status: ItemStatus,
      exitCode: z.number().int().optional(),
      output: z.string().optional(),
      durationMs: z.number().optional(),
    }),
    z.object({ ...base, kind: z.literal('fileChange'), status: ItemStatus, changes: z.array(FileChange) }),
    z.object({
      ...base,
      kind: z.literal('toolCall'),
      server: z.string().optional(),
      tool: z.string(),
      arguments: z.unknown().optional(),
      status: ItemStatus,
      result: z.unknown().optional(),
      error: z.string().optional(),
      durationMs: z.number().optional(),
    }),
    z.object({ ...base, kind: z.literal('plan'), text: z.string() }),
    z.object({ ...base, kind: z.literal('other'), type: z.string(), raw: z.unknown() }),
  ])
  .meta({ id: 'Item' });
export type Item = z.infer<typeof Item>;
export type ItemKind = Item['kind'];

export const DeltaKind = z.enum(['text', 'reasoning', 'output', 'plan']);
export type DeltaKind = z.infer<typeof DeltaKind>;

export const Usage = z
  .object({
    inputTokens: z.number().int(),
    cachedInputTokens: z.number().int(),
    outputTokens: z.number().int(),
    reasoningTokens: z.number().int(),
    totalTokens: z.number().int(),
  })
  .meta({ id: 'Usage' });
export type Usage = z.infer<typeof Usage>;

/** The counts of both together; `sum` is null before the first. */
export function addUsage(sum: Usage | null, more: Usage): Usage {
  if (sum === null) return more;
  return {
    inputTokens: sum.inputTokens + more.inputTokens,
    cachedInputTokens: sum.cachedInputTokens + more.cachedInputTokens,
    outputTokens: sum.outputTokens + more.outputTokens,
    reasoningTokens: sum.reasoningTokens + more.reasoningTokens,
    totalTokens: sum.totalTokens + more.totalTokens,
  };
}
