/** A tool as its program writes it down, made into one that can be called: its arguments are checked, and whatever it answers is a result. */

import { z } from 'zod';
import { parseWith } from '../../base/explain-issues.js';
import type { AgentInfo } from '../../contract/host.js';
import { Alias } from '../../contract/words.js';
import type { HostTool, ToolCall, ToolInfo, ToolResult, ToolSchema } from './tool.js';
import { checkToolName } from './tool-name.js';
import { errorResult, resultOf, thrownResult } from './tool-result.js';
import { type CheckedSchema, checkedSchema } from './tool-schema.js';
import type { SourcedTool } from './tool-source.js';

export const TOOL_TIMEOUT_MS = 60_000;

/** Of zod, or JSON Schema: what it holds is looked at later. */
const Schema = z.custom<ToolSchema>((value) => typeof value === 'object' && value !== null, 'a schema');

/** The program need not be written in TypeScript. */
const Offered = z.object({
  name: z.string(),
  description: z.string().min(1),
  inputSchema: Schema,
  outputSchema: Schema.optional(),
  agents: z.union([z.array(Alias), z.custom<(agent: AgentInfo) => boolean>((value) => typeof value === 'function')]).optional(),
  timeoutMs: z.number().positive().max(2_147_483_647).optional(),
  handler: z.custom<HostTool['handler']>((value) => typeof value === 'function', 'a function'),
});

/** Throws `invalid-input` for a name or a schema that cannot be. */
export function sourcedTool<S extends ToolSchema>(given: HostTool<S>): SourcedTool {
  const tool = given as HostTool;
  parseWith(Offered, tool, 'the tool');
  const { name, description, annotations, timeoutMs = TOOL_TIMEOUT_MS } = tool;
  checkToolName(name);
  const input = checkedSchema(tool.inputSchema, name, 'inputSchema', 'the arguments');
  const output = tool.outputSchema === undefined ? undefined : checkedSchema(tool.outputSchema, name, 'outputSchema', 'the answer');
  const info: ToolInfo = {
    name,
    description,
    inputSchema: input.json,
    ...(output === undefined ? {} : { outputSchema: output.json }),
    ...(annotations === undefined ? {} : { annotations }),
    timeoutMs,
  };
  return { info, call: (args, call) => run(tool, { input, output }, args, call) };
}

async function run(
  tool: HostTool,
  { input, output }: { readonly input: CheckedSchema; readonly output: CheckedSchema | undefined },
  args: unknown,
  call: ToolCall,
): Promise<ToolResult> {
  try {
    const checked = await input.check(args);
    if (checked.ok) return await resultOf(await tool.handler(checked.value as Record<string, unknown>, call), output);
    return errorResult(`the tool ${call.tool} was not called, because its arguments are wrong:\n${checked.wrong.join('\n')}`);
  } catch (error) {
    return thrownResult(error);
  }
}
