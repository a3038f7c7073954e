/** A stage whose agents have the tools of tasks, and calls of them as a conversation makes them. */

import type { AgentInfo } from '../../src/contract/host.js';
import type { TaskSettings } from '../../src/contract/task.js';
import type { ToolResult } from '../../src/host/face.js';
import { sourcedTool } from '../../src/host/tools/sourced-tool.js';
import { TaskTools } from '../../src/network/tools/task-tools.js';
import type { OutsideDirectory } from '../../src/ports/outside-agents.js';
import { memoryOutsideAgents } from '../../src/testing/outside-agents.js';
import { OWNER, type RigOptions } from '../host/rig.js';
import { by, type Stage, stage } from './stage.js';

/** What a tool answered that went well; `task` is a handle, where there is one. */
export type Answer = Readonly<Record<string, unknown>> & { readonly task: string };
export type Ask = (alias: string, tool: string, args?: unknown, session?: string) => Promise<Answer>;

export interface ToolStage extends Stage {
  readonly tools: TaskTools;
  readonly outside: OutsideDirectory;
  /** `session`: where the agent works. */
  call(alias: string, tool: string, args?: unknown, session?: string): Promise<ToolResult>;
  /** As `call`; rejects where it was an error. */
  readonly told: Ask;
  /** As `told` in this turn, of a host that remembers nothing but what it has written down. */
  again(turn: string | undefined): Ask;
  admit(alias: string, tasks?: TaskSettings): Promise<void>;
}

const never = new AbortController().signal;

export function toolStage(agents: readonly AgentInfo[], options: RigOptions = {}): ToolStage {
  const outside = memoryOutsideAgents();
  const made = (): TaskTools =>
    new TaskTools({ hub: () => built.hub, isOutsider: (alias) => outside.get(alias) !== undefined, sourced: sourcedTool });
  const tools = made();
  const built = stage(agents, { ...options, outside, tools: [...(options.tools ?? []), tools] });
  const call: ToolStage['call'] = (alias, tool, args = {}, session) =>
    built.host.callTool({ tool, args, session, signal: never }, by(alias));
  return {
    ...built,
    ...{ tools, outside, call },
    told: async (...asked) => answerOf(await call(...asked)),
    again(turn) {
      const others = made();
      return async (alias, tool, args, session) => {
        const info = agents.find((one) => one.alias === alias);
        const found = others.tools(info).find((one) => one.info.name === tool);
        const result = await found?.call(args, { tool, agent: alias, session, turn, signal: never, progress: () => undefined });
        return answerOf(result ?? { content: [], isError: true });
      };
    },
    admit: async (alias, tasks = {}) => void (await built.hub.admitOutsideAgent({ alias, tasks }, OWNER)),
    [Symbol.asyncDispose]: () => built[Symbol.asyncDispose](),
  };
}

function answerOf({ isError, content, structured }: ToolResult): Answer {
  if (isError || structured === undefined) throw new Error(content.map((one) => (one.type === 'text' ? one.text : '')).join('\n'));
  return structured as Answer;
}
