/** The tools that the program offers in which the host runs: each a name, a schema and a handler, which runs in that program. */

import { z } from 'zod';
import { messageOf, SpoolError } from '../../base/errors.js';
import { parseWith } from '../../base/explain-issues.js';
import type { AgentInfo } from '../../contract/host.js';
import { Alias } from '../../contract/words.js';
import type { Logger } from '../../ports/logger.js';
import type { HostTool, ToolCall, ToolInfo, ToolResult, ToolSchema } from './tool.js';
import { checkToolName } from './tool-name.js';
import { errorResult, resultOf, thrownResult } from './tool-result.js';
import { type CheckedSchema, checkedSchema } from './tool-schema.js';
import type { SourcedTool, ToolSource } from './tool-source.js';

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

interface Entry extends SourcedTool {
  readonly agents: HostTool['agents'];
}

export class HostTools implements ToolSource {
  readonly #logger: Logger;
  readonly #entries = new Set<Entry>();
  readonly #listeners = new Set<Parameters<ToolSource['onChange']>[0]>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /**
   * Offers a tool until what is returned is disposed. Throws `invalid-input` for a name or a schema that cannot be, and `conflict` when
   * an agent would see two tools of the name. Conversations that are open see it from their next turn on.
   */
  offer<S extends ToolSchema>(tool: HostTool<S>): Disposable {
    const entry = entryOf(tool as HostTool);
    for (const other of this.#entries) if (overlap(entry, other)) throw conflict(entry.info.name);
    this.#entries.add(entry);
    this.#changed(entry);
    return {
      [Symbol.dispose]: () => {
        if (this.#entries.delete(entry)) this.#changed(entry);
      },
    };
  }

  tools(agent: AgentInfo | undefined): readonly SourcedTool[] {
    return [...this.#entries].filter((entry) => agent === undefined || this.#sees(agent, entry));
  }

  onChange(listener: Parameters<ToolSource['onChange']>[0]): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  #sees(agent: AgentInfo, { agents, info }: Entry): boolean {
    if (agents === undefined) return true;
    if (typeof agents !== 'function') return agents.includes(agent.alias);
    try {
      return agents(agent) === true;
    } catch (error) {
      this.#logger.warn({ agent: agent.alias, err: error }, `who sees the tool ${info.name} cannot be told: ${messageOf(error)}`);
      return false;
    }
  }

  #changed(entry: Entry): void {
    for (const listener of this.#listeners) listener((agent) => this.#sees(agent, entry));
  }
}

function entryOf(tool: HostTool): Entry {
  parseWith(Offered, tool, 'the tool');
  const { name, description, annotations, agents, timeoutMs = TOOL_TIMEOUT_MS } = tool;
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
  return { info, agents, call: (args, call) => run(tool, { input, output }, args, call) };
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

/** Whether there may be an agent that sees both. What a predicate says about agents to come is not known. */
function overlap(one: Entry, other: Entry): boolean {
  if (one.info.name !== other.info.name) return false;
  if (!isList(one.agents) || !isList(other.agents)) return true;
  const aliases = new Set(other.agents);
  return one.agents.some((alias) => aliases.has(alias));
}

function isList(agents: HostTool['agents']): agents is readonly string[] {
  return agents !== undefined && typeof agents !== 'function';
}

function conflict(name: string): SpoolError {
  return new SpoolError('conflict', `there is a tool ${name} already that the same agents may see`, {
    hint: 'give it another name, withdraw the other one, or give each a list of agents that share none',
  });
}
