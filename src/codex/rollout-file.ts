/**
 * Codex's own record of a thread, the rollout: where it lies and what it says of a turn. Read only, and only its end: a conversation may
 * be long, and what is looked for has just happened.
 */

import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

const TAIL_BYTES = 512 * 1024;
const DAY_MS = 86_400_000;

/** A tool call of the model, as the rollout holds it, with what the tool answered. */
export interface RolloutCall {
  readonly id: string;
  readonly name: string;
  /** JSON of a function's arguments, or the text given to a custom tool. */
  readonly input: string;
  readonly output: string | undefined;
}

/** The path of a thread's rollout, or undefined when it has none (yet). */
export function findRollout(home: string, threadId: string): string | undefined {
  for (const folder of foldersOf(threadId)) {
    const name = namesIn(join(home, 'sessions', folder)).find((one) => one.endsWith(`${threadId}.jsonl`));
    if (name !== undefined) return join(home, 'sessions', folder, name);
  }
  return undefined;
}

/** Folders are named by the local day on which a thread began, and its id (a UUID of version 7) begins with that moment. */
function foldersOf(threadId: string): string[] {
  const began = Number.parseInt(threadId.replaceAll('-', '').slice(0, 12), 16);
  if (!Number.isFinite(began)) return [];
  const days = [began, began - DAY_MS, began + DAY_MS].map((ms) => new Date(ms).toISOString().slice(0, 10));
  return days.map((day) => join(...day.split('-')));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // No thread began on that day.
    return [];
  }
}

/** The tool calls of a turn that have been answered, in order. Empty when the file cannot be read. */
export function callsOfTurn(file: string, turn: string): readonly RolloutCall[] {
  const calls = new Map<string, RolloutCall>();
  let inTurn = false;
  for (const line of tailOf(file).split('\n')) {
    const entry = parsed(line);
    const payload = record(entry?.['payload']);
    if (payload === undefined) continue;
    if (payload['type'] === 'task_started' || entry?.['type'] === 'turn_context') inTurn = payload['turn_id'] === turn;
    if (inTurn && entry?.['type'] === 'response_item') note(calls, payload);
  }
  return [...calls.values()].filter((call) => call.output !== undefined);
}

function note(calls: Map<string, RolloutCall>, payload: Readonly<Record<string, unknown>>): void {
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

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return value === undefined ? '' : JSON.stringify(value);
  return value.map((part) => String(record(part)?.['text'] ?? '')).join('\n');
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

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return record(JSON.parse(line));
  } catch {
    // The first line of a tail is cut, and the last one may still be being written.
    return undefined;
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
}
