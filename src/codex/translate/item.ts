/** Codex's thread items as items of the contract. An item type that is not known here is kept whole as `other`. */

import type { FileChange, Item, ItemStatus } from '../../contract/item.js';
import type { Fact } from '../../ports/agent.js';
import type * as Codex from '../generated/protocol.js';
import { type Family, inTurn } from './family.js';

type Of<T extends Codex.ThreadItem['type']> = Extract<Codex.ThreadItem, { type: T }>;

/** `done` says whether the item is reported as finished, for items that have no status of their own. */
export function itemOf(item: Codex.ThreadItem, done: boolean): Item {
  switch (item.type) {
    case 'userMessage':
      return { id: item.id, kind: 'userMessage', text: item.content.map(inputText).join('\n'), ...given('turn', turnOfMessage(item)) };
    case 'agentMessage': {
      const phase = phaseOf(item.phase);
      return { id: item.id, kind: 'agentMessage', text: item.text, ...(phase === undefined ? {} : { phase }) };
    }
    case 'reasoning': {
      const parts = item.summary.length > 0 ? item.summary : item.content;
      return { id: item.id, kind: 'reasoning', text: parts.join('\n\n') };
    }
    case 'plan':
      return { id: item.id, kind: 'plan', text: item.text };
    case 'commandExecution':
      return commandOf(item);
    case 'fileChange':
      return { id: item.id, kind: 'fileChange', status: statusOf(item.status), changes: item.changes.map(fileChangeOf) };
    default:
      return toolCallOf(item, done) ?? { id: item.id, kind: 'other', type: item.type, raw: item };
  }
}

/** The host's turn whose input a message is: it was given as the client id. Other clients give ids of their own; before 0.138 there is none. */
export function turnOfMessage(item: Of<'userMessage'>): string | undefined {
  return item.clientId?.startsWith('trn_') === true ? item.clientId : undefined;
}

function commandOf(item: Of<'commandExecution'>): Item {
  return {
    id: item.id,
    kind: 'command',
    command: item.command,
    cwd: item.cwd,
    status: statusOf(item.status),
    ...given('exitCode', item.exitCode),
    ...given('output', item.aggregatedOutput),
    ...given('durationMs', item.durationMs),
  };
}

function toolCallOf(item: Codex.ThreadItem, done: boolean): Item | undefined {
  const status: ItemStatus = done ? 'completed' : 'inProgress';
  switch (item.type) {
    case 'mcpToolCall':
      return {
        ...toolCall(item.id, item.tool, item.arguments, statusOf(item.status), item.result),
        server: item.server,
        ...given('error', item.error?.message),
        ...given('durationMs', item.durationMs),
      };
    case 'dynamicToolCall':
      return {
        ...toolCall(item.id, item.tool, item.arguments, statusOf(item.status), item.contentItems),
        ...given('server', item.namespace),
        ...given('durationMs', item.durationMs),
      };
    case 'collabAgentToolCall':
      return toolCall(
        item.id,
        item.tool,
        { prompt: item.prompt, receivers: item.receiverThreadIds },
        statusOf(item.status),
        done ? item.agentsStates : null,
      );
    case 'webSearch':
      return toolCall(item.id, 'web_search', { query: item.query, ...given('action', item.action) }, status, item.results);
    case 'imageView':
      return toolCall(item.id, 'view_image', { path: item.path }, status, null);
    case 'imageGeneration':
      return {
        ...toolCall(
          item.id,
          'image_generation',
          given('prompt', item.revisedPrompt),
          statusOf(item.status),
          item.savedPath === undefined ? null : { savedPath: item.savedPath },
        ),
        ...given('error', item.failure?.type),
      };
    default:
      return undefined;
  }
}

function toolCall(id: string, tool: string, args: unknown, status: ItemStatus, result: unknown) {
  return { id, kind: 'toolCall' as const, tool, arguments: args, status, ...given('result', result) };
}

/** One field, left out when Codex has none: it says null, the contract says absent. */
function given<K extends string, V>(key: K, value: V): Partial<Record<K, NonNullable<V>>> {
  if (value === null || value === undefined) return {};
  const field: Partial<Record<K, NonNullable<V>>> = {};
  field[key] = value;
  return field;
}

function statusOf(status: string): ItemStatus {
  switch (status) {
    case 'inProgress':
    case 'completed':
    case 'failed':
    case 'declined':
      return status;
    case 'in_progress':
    case 'generating':
      return 'inProgress';
    case 'interrupted':
      return 'failed';
    default:
      return 'completed';
  }
}

function phaseOf(phase: string | null | undefined): 'commentary' | 'final' | undefined {
  if (phase === 'commentary') return 'commentary';
  return phase === 'final_answer' || phase === 'partial_answer' ? 'final' : undefined;
}

export function fileChangeOf(change: Codex.FileUpdateChange): FileChange {
  const moved = change.kind.type === 'update' ? given('movedTo', change.kind.move_path) : {};
  return { path: change.path, kind: change.kind.type, ...moved, diff: change.diff };
}

/** What a person typed is text; the rest of a message shows as a short note in its place. */
function inputText(input: Codex.UserInput): string {
  switch (input.type) {
    case 'text':
      return input.text;
    case 'localImage':
    case 'localAudio':
    case 'skill':
    case 'mention':
      return `[${input.type} ${input.path}]`;
    default:
      return `[${input.type}]`;
  }
}

export const ITEM_NOTIFICATIONS = {
  'item/started': ({ item, turnId }, scope) =>
    inTurn(scope, turnId, (turn): Fact => ({ type: 'item.started', turn, item: itemOf(item, false) })),
  'item/completed': ({ item, turnId }, scope) =>
    inTurn(scope, turnId, (turn): Fact => ({ type: 'item.completed', turn, item: itemOf(item, true) })),
  'item/agentMessage/delta': ({ turnId, itemId, delta }, scope) =>
    inTurn(scope, turnId, (turn): Fact => ({ type: 'item.delta', turn, item: itemId, kind: 'text', text: delta })),
  'item/plan/delta': ({ turnId, itemId, delta }, scope) =>
    inTurn(scope, turnId, (turn): Fact => ({ type: 'item.delta', turn, item: itemId, kind: 'plan', text: delta })),
  'item/reasoning/summaryTextDelta': ({ turnId, itemId, delta }, scope) =>
    inTurn(scope, turnId, (turn): Fact => ({ type: 'item.delta', turn, item: itemId, kind: 'reasoning', text: delta })),
  'item/reasoning/textDelta': ({ turnId, itemId, delta }, scope) =>
    inTurn(scope, turnId, (turn): Fact => ({ type: 'item.delta', turn, item: itemId, kind: 'reasoning', text: delta })),
  // The finished item joins its parts with an empty line; so must whoever puts the deltas together.
  'item/reasoning/summaryPartAdded': ({ turnId, itemId, summaryIndex }, scope) =>
    summaryIndex === 0
      ? []
      : inTurn(scope, turnId, (turn): Fact => ({ type: 'item.delta', turn, item: itemId, kind: 'reasoning', text: '\n\n' })),
  'item/commandExecution/outputDelta': ({ turnId, itemId, delta }, scope) =>
    inTurn(scope, turnId, (turn): Fact => ({ type: 'item.delta', turn, item: itemId, kind: 'output', text: delta })),
  'item/commandExecution/terminalInteraction': 'raw',
  'item/fileChange/outputDelta': 'silent',
  'item/fileChange/patchUpdated': 'silent',
  'item/mcpToolCall/progress': 'raw',
  'item/autoApprovalReview/started': 'raw',
  'item/autoApprovalReview/completed': 'raw',
} satisfies Family;
