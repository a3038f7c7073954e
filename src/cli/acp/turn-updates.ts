/** The events of one turn as updates for an editor. A message that came piece by piece is not said again when it is complete. */

import type { PlanEntryStatus, SessionUpdate, ToolCallContent, ToolCallStatus, ToolKind } from '@agentclientprotocol/sdk';
import { bareCommand } from '../../base/bare-command.js';
import type { Event } from '../../contract/events.js';
import type { FileChange, Item } from '../../contract/item.js';
import { changesShown } from './change-content.js';

/** Output is sent whole with each piece of it, so behind this much it is sent at the end only. */
const MOST_LIVE_OUTPUT = 32 * 1024;

export class TurnUpdates {
  /** What has been said of each item: of a message its text, of a command its output. */
  readonly #said = new Map<string, string>();

  of(event: Event): readonly SessionUpdate[] {
    switch (event.type) {
      case 'item.started':
        return startOf(event.data.item);
      case 'item.delta':
        return event.item === undefined ? [] : this.#delta(event.item, event.data.kind, event.data.text);
      case 'item.completed':
        return this.#end(event.data.item);
      case 'plan.updated': {
        const entries = event.data.steps.map(({ step, status }) => ({
          content: step,
          priority: 'medium' as const,
          status: planStatus(status),
        }));
        return [{ sessionUpdate: 'plan', entries }];
      }
      default:
        return [];
    }
  }

  #delta(item: string, kind: string, text: string): SessionUpdate[] {
    const said = (this.#said.get(item) ?? '') + text;
    this.#said.set(item, said);
    if (kind === 'text' || kind === 'plan') return [chunk('agent_message_chunk', item, text)];
    if (kind === 'reasoning') return [chunk('agent_thought_chunk', item, text)];
    return said.length > MOST_LIVE_OUTPUT ? [] : [{ sessionUpdate: 'tool_call_update', toolCallId: item, content: [textContent(said)] }];
  }

  #end(item: Item): SessionUpdate[] {
    switch (item.kind) {
      case 'agentMessage':
      case 'plan':
        return this.#rest('agent_message_chunk', item.id, item.text);
      case 'reasoning':
        return this.#rest('agent_thought_chunk', item.id, item.text);
      case 'command':
      case 'fileChange':
      case 'toolCall':
        return [{ sessionUpdate: 'tool_call_update', toolCallId: item.id, status: callStatus(item.status), ...resultOf(item) }];
      default:
        return [];
    }
  }

  #rest(sessionUpdate: 'agent_message_chunk' | 'agent_thought_chunk', item: string, text: string): SessionUpdate[] {
    const said = this.#said.get(item) ?? '';
    this.#said.delete(item);
    const rest = text.startsWith(said) ? text.slice(said.length) : '';
    return rest === '' ? [] : [chunk(sessionUpdate, item, rest)];
  }
}

type ToolItem = Extract<Item, { kind: 'command' | 'fileChange' | 'toolCall' }>;

function chunk(sessionUpdate: 'agent_message_chunk' | 'agent_thought_chunk', messageId: string, text: string): SessionUpdate {
  return { sessionUpdate, messageId, content: { type: 'text', text } };
}

function startOf(item: Item): SessionUpdate[] {
  if (item.kind !== 'command' && item.kind !== 'fileChange' && item.kind !== 'toolCall') return [];
  return [{ sessionUpdate: 'tool_call', toolCallId: item.id, status: 'in_progress', ...callOf(item) }];
}

/** What a call is about, also when it is asked for. */
export function callOf(item: ToolItem): {
  title: string;
  kind: ToolKind;
  rawInput?: unknown;
  content?: ToolCallContent[];
  locations?: { path: string }[];
} {
  switch (item.kind) {
    case 'command': {
      const command = bareCommand(item.command);
      return { title: command, kind: 'execute', rawInput: { command, ...(item.cwd === undefined ? {} : { cwd: item.cwd }) } };
    }
    case 'fileChange':
      return { title: changeTitle(item.changes), kind: 'edit', ...changesShown(item.changes) };
    case 'toolCall': {
      const title = item.server === undefined ? item.tool : `${item.server}.${item.tool}`;
      return { title, kind: 'other', ...(item.arguments === undefined ? {} : { rawInput: item.arguments }) };
    }
  }
}

export function changeTitle(changes: readonly FileChange[]): string {
  return changes.length === 0 ? 'Change files' : `Change ${changes.map(({ path }) => path).join(', ')}`;
}

function resultOf(item: ToolItem): { content?: ToolCallContent[]; rawOutput?: unknown } {
  switch (item.kind) {
    case 'command':
      return {
        ...(item.output === undefined || item.output === '' ? {} : { content: [textContent(item.output)] }),
        ...(item.exitCode === undefined ? {} : { rawOutput: { exitCode: item.exitCode } }),
      };
    case 'fileChange':
      return changesShown(item.changes);
    case 'toolCall':
      return {
        ...(item.error === undefined ? {} : { content: [textContent(item.error)] }),
        ...(item.result === undefined ? {} : { rawOutput: item.result }),
      };
  }
}

function textContent(text: string): ToolCallContent {
  return { type: 'content', content: { type: 'text', text } };
}

function callStatus(status: ToolItem['status']): ToolCallStatus {
  if (status === 'inProgress') return 'in_progress';
  return status === 'completed' ? 'completed' : 'failed';
}

function planStatus(status: string): PlanEntryStatus {
  if (status === 'completed') return 'completed';
  return status === 'inProgress' || status === 'in_progress' ? 'in_progress' : 'pending';
}
