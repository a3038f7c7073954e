/** Where tools come from. The host asks all its sources and does not mind what stands behind a tool. */

import type { AgentInfo } from '../../contract/host.js';
import type { ToolCall, ToolInfo, ToolResult } from './tool.js';

/** A tool that can be called. */
export interface SourcedTool {
  readonly info: ToolInfo;
  /** Checks the arguments first. Never rejects: whatever goes wrong is a result that says so. */
  call(args: unknown, call: ToolCall): Promise<ToolResult>;
}

export interface ToolSource {
  /** What the agent sees; without one, all that there is. */
  tools(agent: AgentInfo | undefined): readonly SourcedTool[];
  /** What an agent from elsewhere sees, which this host has admitted and does not run; undefined where it knows none of this alias. */
  forOutsider?(alias: string): readonly SourcedTool[] | undefined;
  /** Tells when `tools` says something else from now on, and to which agents. */
  onChange(listener: (sees: (agent: AgentInfo) => boolean) => void): Disposable;
}
