/** The items that `codex mcp-server` tells of, as items of the contract. One that is not known here is kept whole as `other`. */

import { fileURLToPath } from 'node:url';
import type { FileChange, Item, ItemStatus } from '../../contract/item.js';
import { type Fields, fieldsOf, textIn } from '../rollout/entry.js';

/** Of `item_started` and `item_completed`; `turn` is whose input a message of the user is. */
export function itemOf(raw: Fields, done: boolean, turn: string): Item | undefined {
  const id = textIn(raw, 'id');
  const type = textIn(raw, 'type');
  if (id === undefined || type === undefined) return undefined;
  switch (type) {
    case 'UserMessage':
      return { id, kind: 'userMessage', text: textsIn(raw['content']).join('\n'), turn };
    case 'AgentMessage': {
      const phase = phaseOf(textIn(raw, 'phase'));
      return { id, kind: 'agentMessage', text: textsIn(raw['content']).join(''), ...(phase === undefined ? {} : { phase }) };
    }
    case 'Reasoning':
      return { id, kind: 'reasoning', text: (listOf(raw['summary_text']) ?? listOf(raw['raw_content']) ?? []).join('\n\n') };
    case 'Plan':
      return { id, kind: 'plan', text: textIn(raw, 'text') ?? '' };
    case 'CommandExecution':
      return commandOf(id, raw, statusOf(raw['status'], done));
    case 'FileChange':
      return fileChangeOf(id, raw, done);
    case 'McpToolCall':
      return toolCallOf(id, raw, raw, done);
    case 'WebSearch':
      return { ...call(id, done), tool: 'web_search', arguments: { query: raw['query'], ...given('action', raw['action']) } };
    case 'ImageView':
      return { ...call(id, done), tool: 'view_image', arguments: { path: raw['path'] } };
    default:
      return { id, kind: 'other', type, raw };
  }
}

/** Of `exec_command_begin` and `exec_command_end`, and of a question that comes before either. */
export function commandOf(id: string, raw: Fields, status: ItemStatus): Item {
  const [cwd, output] = [folderOf(textIn(raw, 'cwd')), textIn(raw, 'aggregated_output')];
  const exitCode = raw['exit_code'];
  return {
    ...{ id, kind: 'command', command: lineOf(raw['command']), status },
    ...(cwd === undefined ? {} : { cwd }),
    ...(Number.isInteger(exitCode) ? { exitCode: Number(exitCode) } : {}),
    ...(output === undefined ? {} : { output }),
    ...durationOf(raw['duration']),
  };
}

/** Newer versions say it as an address. */
export function folderOf(cwd: string | undefined): string | undefined {
  return cwd?.startsWith('file://') === true ? fileURLToPath(cwd) : cwd;
}

/** Also of `patch_apply_begin` and `patch_apply_end`. */
export function fileChangeOf(id: string, raw: Fields, done: boolean): Item {
  return { id, kind: 'fileChange', status: statusOf(raw['status'], done), changes: changesIn(raw['changes']) };
}

/** Of `mcp_tool_call_begin` and `mcp_tool_call_end` too, which keep what is called apart. */
export function toolCallOf(id: string, what: Fields, raw: Fields, done: boolean): Item {
  const server = textIn(what, 'server');
  const told = fieldsOf(raw['result']);
  // The result of the end is either of the two, by name; the item has each in a field of its own.
  const result = told?.['Ok'] ?? (told?.['Err'] === undefined ? raw['result'] : undefined);
  const error = textIn(told, 'Err') ?? textIn(fieldsOf(raw['error']), 'message');
  const failed = error !== undefined || fieldsOf(result)?.['isError'] === true;
  return {
    ...{ id, kind: 'toolCall', tool: textIn(what, 'tool') ?? '', arguments: what['arguments'] },
    status: failed ? 'failed' : statusOf(raw['status'], done),
    ...(server === undefined ? {} : { server }),
    ...given('result', result),
    ...(error === undefined ? {} : { error }),
    ...durationOf(raw['duration']),
  };
}

/** By path, as Codex tells them. */
export function changesIn(changes: unknown): FileChange[] {
  return Object.entries(fieldsOf(changes) ?? {}).map(([path, raw]) => {
    const change = fieldsOf(raw);
    const kind = textIn(change, 'type');
    const [movedTo, diff] = [textIn(change, 'move_path'), textIn(change, 'unified_diff') ?? textIn(change, 'content')];
    return {
      ...{ path, kind: kind === 'add' || kind === 'delete' ? kind : 'update' },
      ...(movedTo === undefined ? {} : { movedTo }),
      ...(diff === undefined ? {} : { diff }),
    };
  });
}

/** Words of a command as one line that a shell would read the same. */
export function lineOf(command: unknown): string {
  if (!Array.isArray(command)) return typeof command === 'string' ? command : '';
  return command
    .map((word) => (/^[\w./:=@%+,-]+$/.test(String(word)) ? String(word) : `'${String(word).replaceAll("'", "'\\''")}'`))
    .join(' ');
}

/** How the end of a command or a call is told. */
export function statusOf(status: unknown, done: boolean): ItemStatus {
  switch (status) {
    case 'completed':
    case 'failed':
    case 'declined':
      return status;
    default:
      return done ? 'completed' : 'inProgress';
  }
}

function call(id: string, done: boolean) {
  const status: ItemStatus = done ? 'completed' : 'inProgress';
  return { id, kind: 'toolCall' as const, status };
}

function phaseOf(phase: string | undefined): 'commentary' | 'final' | undefined {
  if (phase === 'commentary') return 'commentary';
  return phase === 'final_answer' || phase === 'partial_answer' ? 'final' : undefined;
}

function durationOf(duration: unknown): { durationMs?: number } {
  const { secs, nanos } = fieldsOf(duration) ?? {};
  return typeof secs === 'number' && typeof nanos === 'number' ? { durationMs: secs * 1000 + nanos / 1e6 } : {};
}

/** What the user said, in either form in which Codex tells it; undefined for all other events. */
export function inputIn(kind: string, msg: Fields): string | undefined {
  if (kind === 'user_message') return textIn(msg, 'message');
  const item = kind === 'item_started' ? fieldsOf(msg['item']) : undefined;
  return item?.['type'] === 'UserMessage' ? textsIn(item['content']).join('\n') : undefined;
}

function textsIn(content: unknown): string[] {
  return Array.isArray(content) ? content.flatMap((part: unknown) => textIn(fieldsOf(part), 'text') ?? []) : [];
}

/** The texts; undefined where there are none. */
function listOf(value: unknown): string[] | undefined {
  const texts = Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
  return texts.length === 0 ? undefined : texts;
}

function given<K extends string>(key: K, value: unknown): Partial<Record<K, unknown>> {
  const field: Partial<Record<K, unknown>> = {};
  if (value !== null && value !== undefined) field[key] = value;
  return field;
}
