/** What a program says about a tool that it offers to its agents, and what a tool is told and answers. */

import type { z } from 'zod';
import type { AgentInfo } from '../../contract/host.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** A JSON Schema of an object, or a schema of zod 4. */
export type ToolSchema = JsonSchema | z.ZodType;

/** What the handler gets: checked, with the defaults of the schema filled in. */
export type ToolArgs<S extends ToolSchema> = S extends z.ZodType ? z.output<S> : Record<string, unknown>;

/** A piece of an answer; `data` is base64. */
export type ToolContent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly data: string; readonly mimeType: string };

/** A text, several pieces, or an object, which is structured content; nothing is answered as "Done.". */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler that answers nothing returns nothing
export type ToolAnswer = string | readonly ToolContent[] | Readonly<Record<string, unknown>> | undefined | void;

/** Hints for whoever decides about a call; Codex asks about no tool of its host. */
export interface ToolAnnotations {
  readonly title?: string | undefined;
  readonly readOnlyHint?: boolean | undefined;
  readonly destructiveHint?: boolean | undefined;
  readonly idempotentHint?: boolean | undefined;
  readonly openWorldHint?: boolean | undefined;
}

/** Who calls, and how the handler hears and is heard meanwhile. */
export interface ToolCall {
  readonly tool: string;
  /** Alias of the agent whose conversation it is; undefined where another client of the host calls. */
  readonly agent: string | undefined;
  /** The session and the turn in which the agent calls, where the host knows them. */
  readonly session: string | undefined;
  readonly turn: string | undefined;
  /** Aborted when the call is given up (the turn was interrupted, the caller has left), took too long, or the host stops. */
  readonly signal: AbortSignal;
  /** Tells how far it is, to callers that listen. */
  progress(message: string): void;
}

export interface HostTool<S extends ToolSchema = ToolSchema> {
  /** Letters, digits, `_` and `-`, at most 64. Not the name of a tool for shells or files, which agents have in their sandbox. */
  readonly name: string;
  /** For the model: what it does, when to use it. */
  readonly description: string;
  readonly inputSchema: S;
  /** Of an object; then every answer is checked against it. */
  readonly outputSchema?: ToolSchema | undefined;
  /** Which agents see it, by alias or by a look at each; default: all. */
  readonly agents?: readonly string[] | ((agent: AgentInfo) => boolean) | undefined;
  readonly annotations?: ToolAnnotations | undefined;
  /** How long a call may take; 60 s unless given. */
  readonly timeoutMs?: number | undefined;
  /** What it throws is told to the model. */
  handler(args: ToolArgs<S>, call: ToolCall): Promise<ToolAnswer> | ToolAnswer;
}

/** Writes a tool down with the types of its arguments, where it stands in a list. */
export function hostTool<S extends ToolSchema>(tool: HostTool<S>): HostTool {
  return tool as HostTool;
}

/** A tool as callers see it. */
export interface ToolInfo {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;
  readonly outputSchema?: JsonSchema | undefined;
  readonly annotations?: ToolAnnotations | undefined;
  /** How long a call may take. */
  readonly timeoutMs: number;
}

/** What comes of a call. An error of the tool is a result too: the model is to read it. */
export interface ToolResult {
  readonly content: readonly ToolContent[];
  readonly structured?: Readonly<Record<string, unknown>> | undefined;
  readonly isError: boolean;
}
