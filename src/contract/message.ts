/**
 * A conversation as chat messages, in the shape that agent platforms keep their histories in. Field by field it is the one of OpenAI's
 * chat completions: `role` and `content` are the same, `toolCalls: [{id, name, arguments}]` is `tool_calls: [{id, type: "function",
 * function: {name, arguments}}]`, `toolCallId` is `tool_call_id`, and `reasoning` is the `reasoning` or `reasoning_content` of those that
 * keep thoughts. `id`, `turn`, `position` and `at` say where a message is from. A message never changes and comes from one recorded
 * event, so the same log gives the same bytes at every reading, and a prefix of a history stays one.
 */

import { z } from 'zod';

export const ToolCall = z
  .object({
    id: z.string().describe("made from the runtime's id of the item: letters, digits, _ and -, at most 40 of them"),
    name: z.string().describe('exec_command, apply_patch, mcp.<server>.<tool>, or the name of the tool'),
    arguments: z.string().describe('JSON text with sorted keys'),
  })
  .meta({ id: 'ToolCall' });
export type ToolCall = z.infer<typeof ToolCall>;

export const ChatMessage = z
  .object({
    id: z.string(),
    role: z.enum(['user', 'assistant', 'tool']),
    content: z.string().nullable().describe('null only for an assistant message that is a tool call'),
    turn: z.string().describe('the turn that it belongs to; of a user message, the turn whose input it is'),
    position: z.number().int().describe('of the event that it is from; a tool call and its result share one'),
    partial: z.literal(true).optional().describe('the turn ended before the message did: this is what had come of it'),
    reasoning: z.string().optional().describe('what the agent thought before it'),
    toolCalls: z.array(ToolCall).optional().describe('exactly one; the message with its result comes next'),
    toolCallId: z.string().optional().describe('of a tool message: the call whose result it is'),
    at: z.iso.datetime(),
  })
  .meta({ id: 'ChatMessage' });
export type ChatMessage = z.infer<typeof ChatMessage>;

export const MessagePage = z.object({
  items: z.array(ChatMessage),
  next: z.number().int().nullable().describe('pass as `after`; null when there is no more yet'),
});
export type MessagePage = z.infer<typeof MessagePage>;

/**
 * The messages with neighbours of one role joined, for consumers that want user and assistant to take turns: several texts of a role
 * become one with empty lines between, and a text goes into the tool call behind it. A joined message has the id of its first part and the
 * position of its last.
 */
export function alternating(messages: Iterable<ChatMessage>): ChatMessage[] {
  const joined: ChatMessage[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    const joins = last !== undefined && last.role === message.role && message.role !== 'tool' && last.toolCalls === undefined;
    if (joins) joined[joined.length - 1] = join(last, message);
    else joined.push(message);
  }
  return joined;
}

function join(first: ChatMessage, second: ChatMessage): ChatMessage {
  const reasoning = paragraphs(first.reasoning, second.reasoning);
  return {
    ...{ ...first, ...second, id: first.id, turn: first.turn, at: first.at },
    content: paragraphs(first.content, second.content) ?? null,
    ...(reasoning === undefined ? {} : { reasoning }),
  };
}

function paragraphs(...texts: readonly (string | null | undefined)[]): string | undefined {
  const there = texts.filter((text) => text !== null && text !== undefined && text !== '');
  return there.length === 0 ? undefined : there.join('\n\n');
}
