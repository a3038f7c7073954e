/**
 * What the offline model can answer, as plain data, and the short words that build it.
 * Nothing here knows the wire: sse.ts writes replies down, tools.ts picks the tool a call goes through.
 */

/** Token numbers of one reply, as the model's bill would say. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens?: number;
  readonly reasoningTokens?: number;
}

export type Call =
  | {
      readonly type: 'shell';
      readonly command: string;
      /** Ask to run outside the sandbox. */
      readonly escalate?: boolean;
      readonly justification?: string;
      readonly workdir?: string;
    }
  | { readonly type: 'patch'; readonly patch: string }
  | { readonly type: 'mcp'; readonly server: string; readonly tool: string; readonly args: Readonly<Record<string, unknown>> }
  | { readonly type: 'image'; readonly prompt: string }
  /** Any advertised tool by its name; a string goes to a freeform tool, an object to a function. */
  | { readonly type: 'tool'; readonly name: string; readonly args: string | Readonly<Record<string, unknown>> };

export type Part =
  | { readonly type: 'message' | 'reasoning'; readonly chunks: readonly string[]; readonly everyMs: number }
  | { readonly type: 'call'; readonly call: Call };

/** How a streamed reply ends. `cut` tears the socket after so many deltas, `stall` sends nothing more until the server is disposed. */
export type Ending =
  | { readonly type: 'completed' }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  | { readonly type: 'cut'; readonly afterDeltas: number }
  | { readonly type: 'stall' };

export interface StreamReply {
  readonly type: 'stream';
  readonly parts: readonly Part[];
  readonly ending: Ending;
  readonly usage?: Usage;
}

export type Reply =
  | StreamReply
  | { readonly type: 'http-error'; readonly status: number; readonly body: string; readonly headers: Readonly<Record<string, string>> }
  /** The request is read, but not even headers come back until the server is disposed. */
  | { readonly type: 'silence' };

const COMPLETED: Ending = { type: 'completed' };

function stream(...parts: readonly Part[]): StreamReply {
  return { type: 'stream', parts, ending: COMPLETED };
}

/** A message in one piece. */
export function text(content: string): StreamReply {
  return stream({ type: 'message', chunks: [content], everyMs: 0 });
}

/** A message in the given pieces, `everyMs` apart (0: all at once, without a timer). */
export function chunks(pieces: readonly string[], everyMs = 0): StreamReply {
  return stream({ type: 'message', chunks: pieces, everyMs });
}

/** A message of `n` numbered deltas, `everyMs` apart, each `size` characters when given. */
export function deltas(n: number, options: { everyMs?: number; size?: number } = {}): StreamReply {
  const { everyMs = 0, size = 0 } = options;
  return chunks(
    Array.from({ length: n }, (_, i) => (size > 0 ? `${i + 1} `.padEnd(size, '.').slice(0, size) : `${i + 1} `)),
    everyMs,
  );
}

/** A reasoning summary. */
export function reasoning(summary: string, options: { everyMs?: number } = {}): StreamReply {
  return stream({ type: 'reasoning', chunks: words(summary), everyMs: options.everyMs ?? 0 });
}

/** Runs a command through whichever shell tool the request advertises. */
export function shell(command: string, options: { escalate?: boolean; justification?: string; workdir?: string } = {}): StreamReply {
  return stream({ type: 'call', call: { type: 'shell', command, ...options } });
}

/** Adds a file; or applies any patch when given one text in the apply_patch format. */
export function patch(path: string, content: string): StreamReply;
export function patch(patchText: string): StreamReply;
export function patch(first: string, content?: string): StreamReply {
  return stream({ type: 'call', call: { type: 'patch', patch: content === undefined ? first : addFile(first, content) } });
}

/** Calls a tool of an MCP server that Codex knows under the name `server`. */
export function mcpCall(server: string, tool: string, args: Readonly<Record<string, unknown>> = {}): StreamReply {
  return stream({ type: 'call', call: { type: 'mcp', server, tool, args } });
}

/** Has Codex make a picture; needs a home with `images`. The offline model is asked for the picture too, and answers with one pixel. */
export function image(prompt: string): StreamReply {
  return stream({ type: 'call', call: { type: 'image', prompt } });
}

/** Calls any tool by name. */
export function toolCall(name: string, args: string | Readonly<Record<string, unknown>>): StreamReply {
  return stream({ type: 'call', call: { type: 'tool', name, args } });
}

/** Several replies as one: their parts in order; ending and usage are the last one's. */
export function together(...replies: readonly StreamReply[]): StreamReply {
  const last = replies.at(-1) ?? stream();
  return { ...last, parts: replies.flatMap((reply) => reply.parts) };
}

/** The same reply with these token numbers. */
export function withUsage(reply: StreamReply, usage: Usage): StreamReply {
  return { ...reply, usage };
}

/** A plain HTTP error instead of a stream. */
export function httpError(status: number, body?: string, headers: Readonly<Record<string, string>> = {}): Reply {
  const message = JSON.stringify({ error: { message: `offline model: status ${status} as scripted`, type: 'scripted' } });
  return { type: 'http-error', status, body: body ?? message, headers };
}

/** A message whose stream is torn after `afterDeltas` deltas. */
export function cut(afterDeltas: number, options: { everyMs?: number } = {}): StreamReply {
  return { ...deltas(afterDeltas + 1, options), ending: { type: 'cut', afterDeltas } };
}

/** A model that hangs: headers and `response.created` come, then nothing; with `headers: false` not even those. */
export function stall(options: { headers?: boolean } = {}): Reply {
  return options.headers === false ? { type: 'silence' } : { ...stream(), ending: { type: 'stall' } };
}

/** `response.failed`, e.g. context_length_exceeded, insufficient_quota, rate_limit_exceeded, server_is_overloaded. */
export function failed(code: string, message = `offline model: ${code} as scripted`): StreamReply {
  return { ...stream(), ending: { type: 'failed', code, message } };
}

/** Text in pieces of one word each, nothing lost. */
export function words(content: string): string[] {
  return content.match(/\s*\S+\s*/g) ?? (content === '' ? [] : [content]);
}

function addFile(path: string, content: string): string {
  const lines = content.replace(/\n$/, '').split('\n');
  return ['*** Begin Patch', `*** Add File: ${path}`, ...lines.map((line) => `+${line}`), '*** End Patch'].join('\n');
}
