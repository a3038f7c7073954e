/**
 * The entries of a rollout that tell of one piece of a turn, as items of the contract. Newer versions of Codex write each item down as people
 * see it; older ones write events, and of commands only the call of the model and what it was answered.
 */

import type { FileChange, Item, ItemStatus } from '../../contract/item.js';
import { type Entry, type Fields, fieldsOf, textIn } from '../rollout/entry.js';

/** What was said to the agent, where the entry is such a message. */
export function textOfMessage({ type, payload }: Entry): string | undefined {
  if (type !== 'event_msg') return undefined;
  if (payload['type'] === 'user_message') return textIn(payload, 'message');
  const item = payload['type'] === 'item_completed' ? fieldsOf(payload['item']) : undefined;
  return textIn(item, 'type') === 'UserMessage' ? textsIn(item?.['content']) : undefined;
}

/** An item of the newer form. Undefined for one without an id; what is not known is kept whole as `other`. */
export function completedItem(raw: Fields): Item | undefined {
  const id = textIn(raw, 'id');
  const type = textIn(raw, 'type') ?? '';
  if (id === undefined) return undefined;
  switch (type) {
    case 'UserMessage':
      return { id, kind: 'userMessage', text: textsIn(raw['content']) };
    case 'AgentMessage':
      return agentMessage(id, textsIn(raw['content']), raw['phase']);
    case 'Reasoning':
      return { id, kind: 'reasoning', text: joined(raw['summary_text'], '\n\n') || joined(raw['raw_content'], '\n\n') };
    case 'Plan':
      return { id, kind: 'plan', text: textIn(raw, 'text') ?? '' };
    case 'CommandExecution':
      return command(id, raw);
    case 'FileChange':
      return { id, kind: 'fileChange', status: statusOf(raw['status']), changes: changesIn(raw['changes']) };
    case 'McpToolCall':
      return mcpCall(id, raw, raw['result']);
    case 'WebSearch':
      return { id, kind: 'toolCall', tool: 'web_search', arguments: some(raw, 'query', 'action'), status: 'completed' };
    default:
      return { id, kind: 'other', type, raw };
  }
}

/** What an event of the older form tells as ended. `id` is for what has none of its own. */
export function itemOfEvent(payload: Fields, id: string): Item | undefined {
  const call = textIn(payload, 'call_id') ?? id;
  switch (payload['type']) {
    case 'agent_message':
      return agentMessage(id, textIn(payload, 'message') ?? '', payload['phase']);
    case 'agent_reasoning':
    case 'agent_reasoning_raw_content':
      return { id, kind: 'reasoning', text: textIn(payload, 'text') ?? '' };
    case 'exec_command_end':
      return command(call, payload);
    case 'patch_apply_end':
      return {
        ...{ id: call, kind: 'fileChange', changes: changesIn(payload['changes']) },
        status: payload['status'] === undefined ? (payload['success'] === true ? 'completed' : 'failed') : statusOf(payload['status']),
      };
    case 'mcp_tool_call_end':
      return mcpCall(call, fieldsOf(payload['invocation']) ?? {}, payload['result'], payload['duration']);
    case 'web_search_end':
      return { id: call, kind: 'toolCall', tool: 'web_search', arguments: some(payload, 'query', 'action'), status: 'completed' };
    default:
      return undefined;
  }
}

/** What the model is given and nobody needs to see, or what is told in another way. */
const INNER_TOOLS: ReadonlySet<string> = new Set(['write_stdin', 'tool_search', 'wait', 'exec', 'update_plan', 'request_user_input']);
const SHELLS: ReadonlySet<string> = new Set(['exec_command', 'shell', 'shell_command', 'local_shell', 'container.exec']);

/** The item that begins with a call of the model; undefined where none is shown. */
export function calledItem(payload: Fields): Item | undefined {
  const id = textIn(payload, 'call_id');
  const name = textIn(payload, 'name') ?? '';
  if (id === undefined || INNER_TOOLS.has(name)) return undefined;
  const args = argumentsOf(payload);
  const status = 'inProgress';
  if (SHELLS.has(name)) return { id, kind: 'command', command: commandLine(args), status };
  if (name === 'apply_patch') return { id, kind: 'fileChange', status, changes: [] };
  const server = /^mcp__(.+?)_*$/.exec(textIn(payload, 'namespace') ?? '')?.[1];
  return { id, kind: 'toolCall', tool: name, ...(server === undefined ? {} : { server }), arguments: args ?? payload['input'], status };
}

export function argumentsOf(payload: Fields): Fields | undefined {
  const text = textIn(payload, 'arguments');
  if (text === undefined) return undefined;
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    // The model wrote something else.
    return undefined;
  }
}

/**
 * The item as what the model was answered tells of it, where nothing else does. Undefined while a command goes on behind the answer; `so far`
 * is then what it has written.
 */
export function answered(item: Item, output: unknown): { readonly item: Item; readonly goesOn: boolean } {
  const text = typeof output === 'string' ? output : Array.isArray(output) ? textsIn(output) : '';
  const { said, exitCode, goesOn } = readAnswer(text);
  const well = exitCode === undefined ? said !== undefined : exitCode === 0;
  const status: ItemStatus = goesOn ? 'inProgress' : well ? 'completed' : /reject|denied|approval/i.test(text) ? 'declined' : 'failed';
  switch (item.kind) {
    case 'command':
      return { goesOn, item: { ...item, status, ...(exitCode === undefined ? {} : { exitCode }), output: said ?? text } };
    case 'fileChange':
      return { goesOn: false, item: { ...item, status } };
    case 'toolCall': {
      const failed = /^unsupported call: |^[\w ]+ failed: /.test(text);
      return {
        goesOn: false,
        item: { ...item, status: failed ? 'failed' : 'completed', ...(failed ? { error: text } : { result: said ?? text }) },
      };
    }
    default:
      return { goesOn: false, item };
  }
}

/** Codex puts a head before what a command wrote, or all of it into JSON. */
function readAnswer(text: string): { said: string | undefined; exitCode: number | undefined; goesOn: boolean } {
  if (text.startsWith('{"output":')) {
    const fields = argumentsOf({ arguments: text });
    const code = fieldsOf(fields?.['metadata'])?.['exit_code'];
    return { said: textIn(fields, 'output'), exitCode: typeof code === 'number' ? code : undefined, goesOn: false };
  }
  const at = text.search(/^Output:$/m);
  if (at < 0) return { said: undefined, exitCode: undefined, goesOn: false };
  const head = text.slice(0, at);
  const code = /^(?:Process exited with code|Exit code:) (-?\d+)$/m.exec(head)?.[1];
  return {
    said: text.slice(at + 'Output:\n'.length),
    exitCode: code === undefined ? undefined : Number(code),
    goesOn: /^Process running with session ID /m.test(head),
  };
}

function agentMessage(id: string, text: string, phase: unknown): Item {
  const known = phase === 'commentary' ? 'commentary' : phase === 'final_answer' ? 'final' : undefined;
  return { id, kind: 'agentMessage', text, ...(known === undefined ? {} : { phase: known }) };
}

function command(id: string, raw: Fields): Item {
  const exitCode = raw['exit_code'];
  const output = textIn(raw, 'aggregated_output') ?? textIn(raw, 'formatted_output');
  const cwd = textIn(raw, 'cwd')?.replace(/^file:\/\//, '');
  const durationMs = milliseconds(raw['duration']);
  return {
    ...{ id, kind: 'command', command: commandLine(raw) },
    ...(cwd === undefined ? {} : { cwd }),
    status: raw['status'] === undefined ? (exitCode === 0 ? 'completed' : 'failed') : statusOf(raw['status']),
    ...(typeof exitCode === 'number' && Number.isInteger(exitCode) ? { exitCode } : {}),
    ...(output === undefined ? {} : { output }),
    ...(durationMs === undefined ? {} : { durationMs }),
  };
}

function mcpCall(id: string, raw: Fields, result: unknown, duration: unknown = raw['duration']): Item {
  const fields = fieldsOf(result);
  // The older form says which of the two it is by name.
  const value = fields?.['Ok'] ?? result;
  const said = fields?.['Err'] ?? fieldsOf(raw['error'])?.['message'];
  const error = typeof said === 'string' ? said : undefined;
  const bad =
    error !== undefined || raw['status'] === 'failed' || fieldsOf(value)?.['is_error'] === true || fieldsOf(value)?.['isError'] === true;
  const server = textIn(raw, 'server');
  const durationMs = milliseconds(duration);
  return {
    ...{ id, kind: 'toolCall', tool: textIn(raw, 'tool') ?? '', arguments: raw['arguments'], status: bad ? 'failed' : 'completed' },
    ...(server === undefined ? {} : { server }),
    ...(error === undefined && value !== null && value !== undefined ? { result: value } : {}),
    ...(error === undefined ? {} : { error }),
    ...(durationMs === undefined ? {} : { durationMs }),
  };
}

function changesIn(raw: unknown): FileChange[] {
  return Object.entries(fieldsOf(raw) ?? {}).map(([path, value]) => {
    const change = fieldsOf(value);
    const kind = change?.['type'] === 'add' || change?.['type'] === 'delete' ? change['type'] : 'update';
    const movedTo = textIn(change, 'move_path');
    const diff = textIn(change, 'unified_diff') ?? textIn(change, 'content');
    return { path, kind, ...(movedTo === undefined ? {} : { movedTo }), ...(diff === undefined ? {} : { diff }) };
  });
}

/** A shell around the command is left out, as in `bash -lc`. */
function commandLine(raw: Fields | undefined): string {
  const words = raw?.['command'] ?? raw?.['cmd'];
  if (typeof words === 'string') return words;
  if (!Array.isArray(words)) return '';
  const inner = words.length === 3 && /^-l?c$/.test(String(words[1])) ? String(words[2]) : undefined;
  return inner ?? words.map(String).join(' ');
}

function statusOf(status: unknown): ItemStatus {
  if (status === 'completed' || status === 'failed' || status === 'declined') return status;
  return status === 'in_progress' || status === 'inProgress' ? 'inProgress' : 'completed';
}

function milliseconds(duration: unknown): number | undefined {
  const { secs, nanos } = fieldsOf(duration) ?? {};
  return typeof secs === 'number' && typeof nanos === 'number' ? Math.round(secs * 1_000 + nanos / 1e6) : undefined;
}

function textsIn(content: unknown): string {
  if (!Array.isArray(content)) return '';
  return content.map((part: unknown) => textIn(fieldsOf(part), 'text') ?? '').join('');
}

function joined(parts: unknown, by: string): string {
  return Array.isArray(parts) ? parts.filter((part) => typeof part === 'string').join(by) : '';
}

function some(fields: Fields, ...names: readonly string[]): Fields {
  return Object.fromEntries(names.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]])));
}
