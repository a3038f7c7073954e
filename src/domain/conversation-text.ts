/** Messages as one text for a model to read: as markdown, no longer than it may be. What is cut is the oldest, and it is said. Pure. */

import type { ChatMessage } from '../contract/message.js';

/** Of one message: a file that was printed must not push all else out. */
const MOST_MESSAGE_CHARS = 4000;

const SPEAKERS = { user: '## User', assistant: '## Assistant', tool: '### Result' } as const;

export function conversationText(messages: readonly ChatMessage[], mostChars: number): string {
  const blocks: string[] = [];
  let room = mostChars;
  for (const message of messages.toReversed()) {
    const block = blockOf(message);
    room -= block.length;
    if (room < 0) break;
    blocks.unshift(block);
  }
  const left = messages.length - blocks.length;
  const notice = left === 0 ? [] : [`(${left} earlier ${left === 1 ? 'message is' : 'messages are'} left out here.)`];
  return [...notice, ...blocks].join('\n\n');
}

function blockOf({ role, content, partial, toolCalls = [] }: ChatMessage): string {
  const parts: string[] = toolCalls.length > 0 ? [] : [SPEAKERS[role]];
  // What comes from outside stands in a fence that it cannot leave.
  if (content !== null && content.trim() !== '') parts.push(role === 'tool' ? fenced(shortened(content)) : shortened(content));
  if (partial === true) parts.push('(It was cut off here.)');
  for (const call of toolCalls) parts.push(`### Call of ${call.name}`, fenced(shortened(call.arguments)));
  return parts.join('\n\n');
}

/** The beginning says what it is and the end how it ended. */
function shortened(text: string): string {
  if (text.length <= MOST_MESSAGE_CHARS) return text;
  const part = MOST_MESSAGE_CHARS / 2;
  // Half of a character that takes two is left out.
  const head = text.slice(0, part).replace(/[\uD800-\uDBFF]$/, '');
  const tail = text.slice(-part).replace(/^[\uDC00-\uDFFF]/, '');
  return `${head}\n(${text.length - head.length - tail.length} characters are left out here.)\n${tail}`;
}

function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}
