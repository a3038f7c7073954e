/** A session's conversation, told to an editor that opens it again: what was said, and which tools were used. */

import { type AgentContext, methods, type SessionUpdate } from '@agentclientprotocol/sdk';
import type { Client } from '../../client/connect.js';
import type { ChatMessage } from '../../contract/message.js';

export async function replay(client: Client, sessionId: string, editor: AgentContext): Promise<void> {
  let after = 0;
  for (;;) {
    const { items, next } = await client.sessions.messages(sessionId, { after });
    for (const update of items.flatMap(updatesOf)) await editor.notify(methods.client.session.update, { sessionId, update });
    if (next === null) return;
    after = next;
  }
}

function updatesOf({ id, role, content, reasoning, toolCalls = [], toolCallId }: ChatMessage): SessionUpdate[] {
  const text = (words: string) => ({ type: 'text' as const, text: words });
  if (role === 'user') return [{ sessionUpdate: 'user_message_chunk', messageId: id, content: text(content ?? '') }];
  if (role === 'tool') {
    const shown = [{ type: 'content' as const, content: text(content ?? '') }];
    return [{ sessionUpdate: 'tool_call_update', toolCallId: toolCallId ?? id, status: 'completed', content: shown }];
  }
  return [
    ...(reasoning === undefined ? [] : [{ sessionUpdate: 'agent_thought_chunk' as const, messageId: `${id}-r`, content: text(reasoning) }]),
    ...(content === null || content === ''
      ? []
      : [{ sessionUpdate: 'agent_message_chunk' as const, messageId: id, content: text(content) }]),
    ...toolCalls.map(
      (call): SessionUpdate => ({
        ...{ sessionUpdate: 'tool_call', toolCallId: call.id, title: call.name, kind: kindOf(call.name), status: 'in_progress' },
        rawInput: parsed(call.arguments),
      }),
    ),
  ];
}

function kindOf(name: string): 'execute' | 'edit' | 'other' {
  if (name === 'exec_command') return 'execute';
  return name === 'apply_patch' ? 'edit' : 'other';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Shown as it is.
    return text;
  }
}
