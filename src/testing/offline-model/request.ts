/**
 * What Codex asked the model, read once: the newest prompt, how far its turn has come, and whether this is a retry.
 * All of it comes out of the request itself, so that any number of threads and replays can share one server.
 */

import type { IncomingHttpHeaders } from 'node:http';

/** One entry of the Responses API `input` list; only `type` is known for sure. */
export interface InputItem {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The body of `POST /v1/responses`, as far as the offline model reads it. */
export interface RequestBody {
  readonly model: string;
  readonly input: readonly InputItem[];
  readonly tools: readonly InputItem[];
  readonly [field: string]: unknown;
}

/** What a tool answered to a call of an earlier reply of the same turn. */
export interface ToolOutput {
  readonly callId: string;
  /** The text the model gets to see; lists of parts are joined. */
  readonly text: string;
}

export interface ModelRequest {
  /** 1 for the first request the server saw. */
  readonly number: number;
  /** Milliseconds since 1970 by the server's clock. */
  readonly at: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: RequestBody;
  /** Codex's thread, when the request names one. */
  readonly threadId: string | undefined;
  /** The newest thing the user said; what Codex itself puts into user messages (environment, AGENTS.md) is passed over. */
  readonly prompt: string;
  /** How many replies with tool calls came back since the prompt: 0 at the first model call of a turn. */
  readonly step: number;
  /** Tool outputs since the prompt, oldest first. */
  readonly outputs: readonly ToolOutput[];
  /** 1, or more when Codex sends the very same request again. */
  readonly attempt: number;
}

export type ReadRequest = Pick<ModelRequest, 'body' | 'threadId' | 'prompt' | 'step' | 'outputs'>;

/** Parses a body; undefined when it is no Responses request. Throws nothing but JSON's own error. */
export function readRequest(text: string, headers: IncomingHttpHeaders): ReadRequest | undefined {
  const parsed: unknown = JSON.parse(text);
  if (!isRecord(parsed) || typeof parsed['model'] !== 'string') return undefined;
  const body: RequestBody = { ...parsed, model: parsed['model'], input: items(parsed['input']), tools: items(parsed['tools']) };
  const at = body.input.findLastIndex((item) => isPrompt(item));
  const since = body.input.slice(at + 1);
  const outputs = since.filter((item) => item.type.endsWith('_output')).map(toolOutput);
  const prompt = at < 0 ? undefined : body.input[at];
  return {
    body,
    threadId: threadOf(body, headers),
    prompt: prompt === undefined ? '' : textOf(prompt['content']),
    step: new Set(outputs.map((output) => replyOf(output.callId))).size,
    outputs,
  };
}

/** The id of the n-th call in a reply. The reply's tag is inside, so that parallel calls count as one step when they come back. */
export function callIdOf(reply: string, index: number): string {
  return `call_${reply}_${index}`;
}

function replyOf(callId: string): string {
  return callId.slice(0, callId.lastIndexOf('_'));
}

function threadOf(body: RequestBody, headers: IncomingHttpHeaders): string | undefined {
  const named = headers['thread-id'] ?? headers['session-id'] ?? body['prompt_cache_key'];
  return typeof named === 'string' ? named : undefined;
}

function toolOutput(item: InputItem): ToolOutput {
  const callId = item['call_id'];
  return { callId: typeof callId === 'string' ? callId : '', text: textOf(item['output']) };
}

// Codex speaks to the model through user messages too; those are one tagged block, or the AGENTS.md text.
const OF_CODEX = /^\s*(?:<([a-z_]+)[^>]*>[\s\S]*<\/\1>\s*$|# AGENTS\.md instructions)/;

function isPrompt(item: InputItem): boolean {
  return item.type === 'message' && item['role'] === 'user' && !OF_CODEX.test(textOf(item['content']));
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (isRecord(part) && typeof part['text'] === 'string' ? part['text'] : '')).join('');
}

function items(value: unknown): InputItem[] {
  return Array.isArray(value) ? value.map(typed).filter(isItem) : [];
}

/** A message may leave out that it is one; Codex always says so, others do not. */
function typed(item: unknown): unknown {
  return isRecord(item) && item['type'] === undefined && typeof item['role'] === 'string' ? { ...item, type: 'message' } : item;
}

function isItem(value: unknown): value is InputItem {
  return isRecord(value) && typeof value['type'] === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
