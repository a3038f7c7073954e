/**
 * Writes a reply down as server-sent events the way the real Responses API does.
 * Pure: the result is a list of pieces, each with the pause before it; server.ts only sends them.
 */

import type { Part, StreamReply, Usage } from './reply.js';
import type { RequestBody } from './request.js';
import { type CallItem, callItem } from './tools.js';

/** Text to send after `afterMs`; `delta` marks the pieces a cut counts. */
export interface Piece {
  readonly text: string;
  readonly afterMs: number;
  readonly delta: boolean;
}

const USAGE: Usage = { inputTokens: 100, outputTokens: 20 };

/** The whole reply as pieces, up to where it ends. `tag` makes every id in it unique. */
export function writeReply(reply: StreamReply, body: RequestBody, tag: string): Piece[] {
  const pieces: Piece[] = [];
  const response = { id: `resp_${tag}`, object: 'response', model: body.model };
  const push = (event: Event): void => void pieces.push({ text: frame(event), afterMs: 0, delta: false });
  push({ type: 'response.created', response: { ...response, status: 'in_progress', output: [] } });
  reply.parts.forEach((part, index) => {
    for (const piece of writePart(part, index, body, tag)) pieces.push(piece);
  });
  const { ending } = reply;
  if (ending.type === 'cut') return pieces.slice(0, endOfDelta(pieces, ending.afterDeltas));
  if (ending.type === 'failed') {
    const error = { code: ending.code, message: ending.message };
    push({ type: 'response.failed', response: { ...response, status: 'failed', error, output: [] } });
  }
  if (ending.type === 'completed') {
    push({ type: 'response.completed', response: { ...response, status: 'completed', output: [], usage: usageOf(reply.usage ?? USAGE) } });
  }
  return pieces;
}

interface Event {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** One server-sent event. */
export function frame(event: Event): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

function writePart(part: Part, index: number, body: RequestBody, tag: string): Piece[] {
  if (part.type === 'call') return writeCall(callItem(part.call, body, tag, index), index);
  const content = part.chunks.join('');
  return part.type === 'message'
    ? writeMessage(part.chunks, content, part.everyMs, { output_index: index, item_id: `msg_${tag}_${index}` })
    : writeReasoning(part.chunks, content, part.everyMs, { output_index: index, item_id: `rs_${tag}_${index}` });
}

interface Place {
  readonly output_index: number;
  readonly item_id: string;
}

function writeMessage(chunks: readonly string[], content: string, everyMs: number, at: Place): Piece[] {
  const item = { id: at.item_id, type: 'message', role: 'assistant' };
  const part = { ...at, content_index: 0 };
  return [
    still(
      { type: 'response.output_item.added', output_index: at.output_index, item: { ...item, status: 'in_progress', content: [] } },
      { type: 'response.content_part.added', ...part, part: { type: 'output_text', text: '', annotations: [] } },
    ),
    ...flow('response.output_text.delta', part, chunks, everyMs),
    still(
      { type: 'response.output_text.done', ...part, text: content },
      { type: 'response.content_part.done', ...part, part: { type: 'output_text', text: content, annotations: [] } },
      {
        type: 'response.output_item.done',
        output_index: at.output_index,
        item: { ...item, status: 'completed', content: [{ type: 'output_text', text: content, annotations: [] }] },
      },
    ),
  ];
}

function writeReasoning(chunks: readonly string[], content: string, everyMs: number, at: Place): Piece[] {
  const item = { id: at.item_id, type: 'reasoning' };
  const part = { ...at, summary_index: 0 };
  const summary = [{ type: 'summary_text', text: content }];
  return [
    still(
      { type: 'response.output_item.added', output_index: at.output_index, item: { ...item, summary: [] } },
      { type: 'response.reasoning_summary_part.added', ...part, part: { type: 'summary_text', text: '' } },
    ),
    ...flow('response.reasoning_summary_text.delta', part, chunks, everyMs),
    still(
      { type: 'response.reasoning_summary_text.done', ...part, text: content },
      { type: 'response.reasoning_summary_part.done', ...part, part: summary[0] },
      { type: 'response.output_item.done', output_index: at.output_index, item: { ...item, summary, encrypted_content: 'b2ZmbGluZQ==' } },
    ),
  ];
}

function writeCall(item: CallItem, index: number): Piece[] {
  const empty = item.type === 'function_call' ? { arguments: '' } : item.type === 'custom_tool_call' ? { input: '' } : {};
  return [
    still(
      { type: 'response.output_item.added', output_index: index, item: { ...item, ...empty, status: 'in_progress' } },
      { type: 'response.output_item.done', output_index: index, item: { ...item, status: 'completed' } },
    ),
  ];
}

function still(...events: readonly Event[]): Piece {
  return { text: events.map(frame).join(''), afterMs: 0, delta: false };
}

// Deltas are by far the most frequent events, so their constant part is turned into JSON once.
function flow(type: string, place: Readonly<Record<string, unknown>>, chunks: readonly string[], everyMs: number): Piece[] {
  const head = `${frame({ type, ...place })
    .trimEnd()
    .slice(0, -1)},"delta":`;
  return chunks.map((chunk) => ({ text: `${head}${JSON.stringify(chunk)}}\n\n`, afterMs: everyMs, delta: true }));
}

function endOfDelta(pieces: readonly Piece[], count: number): number {
  let left = count;
  const end = pieces.findIndex((piece) => piece.delta && --left < 0);
  return end < 0 ? pieces.length : end;
}

function usageOf(usage: Usage): Record<string, unknown> {
  return {
    input_tokens: usage.inputTokens,
    input_tokens_details: { cached_tokens: usage.cachedInputTokens ?? 0 },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: usage.inputTokens + usage.outputTokens,
  };
}
