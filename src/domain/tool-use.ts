/** Items that are the use of a tool, as chat histories tell them: a name, arguments, and the result as text. */

import { sortedJson } from '../base/sorted-json.js';
import type { Item, ItemStatus } from '../contract/item.js';

export interface ToolUse {
  readonly name: string;
  readonly arguments: unknown;
  /** Begins with a note in brackets when it did not go well: `[exit 2]`, `[declined]`, `[failed]`. */
  readonly result: string;
}

type ItemOf<K extends Item['kind']> = Extract<Item, { kind: K }>;

export function toolUseOf(item: ItemOf<'command' | 'fileChange' | 'toolCall'>): ToolUse {
  switch (item.kind) {
    case 'command': {
      const { command, cwd, output } = item;
      return { name: 'exec_command', arguments: { command, cwd }, result: noted(noteOfCommand(item), output ?? '') };
    }
    case 'fileChange': {
      // What is in the files can be read from them; a history is carried to a model again and again.
      const changes = item.changes.map(({ path, kind, movedTo }) => ({ path, kind, movedTo }));
      return { name: 'apply_patch', arguments: { changes }, result: NOTES[item.status] ?? 'completed' };
    }
    case 'toolCall': {
      const name = item.server === undefined ? item.tool : `mcp.${item.server}.${item.tool}`;
      const result = item.error === undefined ? noted(NOTES[item.status], textOf(item.result)) : noted('failed', item.error);
      return { name, arguments: item.arguments ?? {}, result };
    }
  }
}

/** How an item ended that did not go well. */
const NOTES: Readonly<Record<ItemStatus, string | undefined>> = {
  completed: undefined,
  declined: 'declined',
  failed: 'failed',
  inProgress: 'not finished',
};

function noteOfCommand({ status, exitCode }: ItemOf<'command'>): string | undefined {
  return status === 'declined' || exitCode === undefined || exitCode === 0 ? NOTES[status] : `exit ${exitCode}`;
}

/** The note goes in front, where it is seen also when somebody cuts the text. */
function noted(note: string | undefined, text: string): string {
  if (note === undefined) return text;
  return text === '' ? `[${note}]` : `[${note}]\n${text}`;
}

/** Tools answer a text, or parts of which most are text (alone, or as `content`); what is neither is told as it is. */
function textOf(result: unknown): string {
  if (result === undefined || result === null) return '';
  if (typeof result === 'string') return result;
  const parts = typeof result === 'object' && 'content' in result ? result.content : result;
  if (Array.isArray(parts) && parts.length > 0 && parts.every(isPart)) return parts.map(textOfPart).join('\n');
  return sortedJson(result);
}

interface Part {
  readonly type: string;
  readonly text?: unknown;
}

function isPart(value: unknown): value is Part {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function textOfPart({ type, text }: Part): string {
  return typeof text === 'string' ? text : `[${type}]`;
}
