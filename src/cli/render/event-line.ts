/** One event as one line: position, time, type, and what it is about. Pure. */

import { bareCommand } from '../../base/bare-command.js';
import type { Event } from '../../contract/events.js';
import type { LineStyle } from './item-lines.js';
import { oneLine } from './printable.js';

export function eventLine(event: Event, { ink, columns }: LineStyle): string {
  const position = String(event.position).padStart(5);
  const time = event.at.slice(11, 23);
  const type = event.type.padEnd(18);
  const about = oneLine(aboutOf(event), Math.max(10, columns - 38));
  return `${ink.dim(`${position} ${time}`)} ${ink.cyan(type)} ${about}`.trimEnd();
}

function aboutOf(event: Event): string {
  switch (event.type) {
    case 'session.opened':
      return `${event.data.agent} in ${event.data.cwd}`;
    case 'turn.requested':
      return event.data.input.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join(' ');
    case 'turn.completed':
      return event.data.finalText ?? '';
    case 'item.started':
    case 'item.completed': {
      const { item } = event.data;
      if (item.kind === 'command') return `command ${bareCommand(item.command)}`;
      if (item.kind === 'fileChange') return `fileChange ${item.changes.map(({ path }) => path).join(' ')}`;
      if (item.kind === 'toolCall') return `toolCall ${item.tool}`;
      return 'text' in item ? `${item.kind} ${item.text}` : item.kind;
    }
    case 'item.delta':
      return `${event.data.kind} ${JSON.stringify(event.data.text)}`;
    case 'approval.asked':
      return `${event.data.approval.id} ${event.data.approval.title}`;
    case 'approval.answered':
      return `${event.data.approval} ${event.data.answer.decision} by ${event.data.by}`;
    case 'agent.raw':
      return event.data.method;
    case 'usage.reported':
      return `${event.data.total.totalTokens} tokens`;
    default: {
      const said = 'message' in event.data ? event.data.message : 'reason' in event.data ? event.data.reason : undefined;
      return said ?? '';
    }
  }
}
