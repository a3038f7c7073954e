/** The items that `codex exec --json` tells of, as items of the contract. One that is not known here is kept whole as `other`. */

import type { FileChange, Item, ItemStatus } from '../../contract/item.js';
import { type Fields, fieldsOf, textIn } from '../rollout/entry.js';

/** `done` says whether it is told as finished, for items that have no status of their own. */
export function itemOf(id: string, raw: Fields, done: boolean): Item {
  const type = textIn(raw, 'type') ?? '';
  const text = textIn(raw, 'text') ?? '';
  switch (type) {
    case 'agent_message':
      return { id, kind: 'agentMessage', text };
    case 'reasoning':
      return { id, kind: 'reasoning', text };
    case 'command_execution':
      return commandOf(id, raw, done);
    case 'file_change':
      return { id, kind: 'fileChange', status: statusOf(raw, done), changes: changesIn(raw['changes']) };
    default:
      return toolCallOf(type, id, raw, done) ?? { id, kind: 'other', type, raw };
  }
}

function commandOf(id: string, raw: Fields, done: boolean): Item {
  const exitCode = raw['exit_code'];
  const output = textIn(raw, 'aggregated_output');
  return {
    ...{ id, kind: 'command', command: textIn(raw, 'command') ?? '', status: statusOf(raw, done) },
    ...(Number.isInteger(exitCode) ? { exitCode: Number(exitCode) } : {}),
    // Empty as long as it runs.
    ...(done && output !== undefined ? { output } : {}),
  };
}

function toolCallOf(type: string, id: string, raw: Fields, done: boolean): Item | undefined {
  const call = { id, kind: 'toolCall' as const, status: statusOf(raw, done) };
  switch (type) {
    case 'mcp_tool_call': {
      const server = textIn(raw, 'server');
      const error = textIn(fieldsOf(raw['error']), 'message');
      const { arguments: args, result } = raw;
      return {
        ...{ ...call, tool: textIn(raw, 'tool') ?? '', arguments: args },
        ...(server === undefined ? {} : { server }),
        ...(result === null || result === undefined ? {} : { result }),
        ...(error === undefined ? {} : { error }),
      };
    }
    case 'web_search': {
      const { query, action } = raw;
      return { ...call, tool: 'web_search', arguments: { query, ...(action === undefined ? {} : { action }) } };
    }
    case 'collab_tool_call': {
      const args = { prompt: raw['prompt'], receivers: raw['receiver_thread_ids'] };
      return { ...call, tool: textIn(raw, 'tool') ?? '', arguments: args, ...(done ? { result: raw['agents_states'] } : {}) };
    }
    default:
      return undefined;
  }
}

/** The same item as it is when its turn is over and nobody will tell of its end. */
export function closed(item: Item, turnWentWell: boolean): Item {
  if (!('status' in item) || item.status !== 'inProgress') return item;
  return { ...item, status: turnWentWell ? 'completed' : 'failed' };
}

export type PlanSteps = readonly { readonly step: string; readonly status: string }[];

/** Codex tells of each step only whether it is done. */
export function stepsIn(raw: Fields): PlanSteps {
  const items = raw['items'];
  if (!Array.isArray(items)) return [];
  return items.map((one: unknown) => {
    const fields = fieldsOf(one);
    return { step: textIn(fields, 'text') ?? '', status: fields?.['completed'] === true ? 'completed' : 'pending' };
  });
}

function changesIn(changes: unknown): FileChange[] {
  if (!Array.isArray(changes)) return [];
  return changes.flatMap((change: unknown) => {
    const fields = fieldsOf(change);
    const path = textIn(fields, 'path');
    const kind = fields?.['kind'];
    return path === undefined ? [] : [{ path, kind: kind === 'add' || kind === 'delete' ? kind : 'update' }];
  });
}

function statusOf(raw: Fields, done: boolean): ItemStatus {
  const status = raw['status'];
  if (status === 'completed' || status === 'failed' || status === 'declined') return status;
  return done ? 'completed' : 'inProgress';
}
