/** What a person who waits for an answer likes to read meanwhile: one line for an event, or none. */

import { bareCommand } from '../base/bare-command.js';
import type { Event } from '../contract/events.js';
import type { Item } from '../contract/item.js';

export function progressOf(event: Event): string | undefined {
  switch (event.type) {
    case 'item.started':
      return startOf(event.data.item);
    case 'item.completed': {
      const { item } = event.data;
      return item.kind === 'agentMessage' && item.phase === 'commentary' && item.text !== '' ? item.text : undefined;
    }
    case 'plan.updated': {
      const { steps } = event.data;
      const at = steps.findIndex(({ status }) => status === 'inProgress');
      return at < 0 ? undefined : `step ${at + 1} of ${steps.length}: ${steps[at]?.step ?? ''}`;
    }
    case 'approval.asked':
      return `waiting for an answer: ${event.data.approval.title}`;
    case 'turn.retrying':
      return `trying again: ${event.data.message}`;
    case 'warning.raised':
      return event.data.message;
    default:
      return undefined;
  }
}

function startOf(item: Item): string | undefined {
  switch (item.kind) {
    case 'command':
      return `running ${bareCommand(item.command)}`;
    case 'fileChange':
      return `changing ${item.changes.map(({ path }) => path).join(', ')}`;
    case 'toolCall':
      return `calling ${item.server === undefined ? item.tool : `${item.server}.${item.tool}`}`;
    default:
      return undefined;
  }
}
