/**
 * What a rollout says of the tool calls of a turn. Read only, and only its end: a conversation may be long, and what is looked for has
 * just happened.
 */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { entryOf, type Fields, fieldsOf } from './entry.js';

const TAIL_BYTES = 512 * 1024;

/** A tool call of the model, as the rollout holds it, with what the tool answered. */
export interface RolloutCall {
  readonly id: string;
  readonly name: string;
  /** JSON of a function's arguments, or the text given to a custom tool. */
  readonly input: string;
  readonly output: string | undefined;
}

/** The tool calls of a turn that have been answered, in order. Empty when the file cannot be read. */
export function callsOfTurn(file: string, turn: string): readonly RolloutCall[] {
  const calls = new Map<string, RolloutCall>();
  let inTurn = false;
  for (const line of tailOf(file).split('\n')) {
    const entry = entryOf(line);
    if (entry === undefined) continue;
    const { type, payload } = entry;
    if (payload['type'] === 'task_started' || type === 'turn_context') inTurn = payload['turn_id'] === turn;
    if (inTurn && type === 'response_item') note(calls, payload);
  }
  return [...calls.values()].filter((call) => call.output !== undefined);
}

function note(calls: Map<string, RolloutCall>, payload: Fields): void {
  const { type, call_id: id, name } = payload as { type: unknown; call_id: unknown; name: unknown };
  if (typeof id !== 'string') return;
  if ((type === 'function_call' || type === 'custom_tool_call') && typeof name === 'string') {
    calls.set(id, { id, name, input: textOf(payload['arguments'] ?? payload['input']), output: undefined });
    return;
  }
  const call = calls.get(id);
  if (call !== undefined && (type === 'function_call_output' || type === 'custom_tool_call_output')) {
    calls.set(id, { ...call, output: textOf(payload['output']) });
  }
}

/** What a tool was given or answered, as text: Codex has it as one, or as a list of pieces. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return value === undefined ? '' : JSON.stringify(value);
  return value.map((part) => String(fieldsOf(part)?.['text'] ?? '')).join('\n');
}

function tailOf(file: string): string {
  try {
    const handle = openSync(file, 'r');
    try {
      const { size } = fstatSync(handle);
      const length = Math.min(size, TAIL_BYTES);
      const buffer = Buffer.alloc(length);
      return buffer.toString('utf8', 0, readSync(handle, buffer, 0, length, size - length));
    } finally {
      closeSync(handle);
    }
  } catch {
    // Gone, or not ours to read: then it says nothing.
    return '';
  }
}
