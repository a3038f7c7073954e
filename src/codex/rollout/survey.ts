/** What a rollout carries: each answered tool call, with the items that people saw of it. */

import { textOf } from './calls.js';
import { type Entry, entryOf, type Fields, fieldsOf, textIn } from './entry.js';
import { linesOf } from './lines.js';
import { isTooSmall, weightBefore, weightOf } from './marker.js';

/** The result of one call of the model. */
export interface Result {
  readonly call: string;
  /** The items of the log that show it. In code mode these have ids of their own, and one call may have many. */
  readonly items: readonly string[];
  readonly tool: string;
  readonly input: string;
  /** What it weighs; of one that was taken out, what it weighed. */
  readonly bytes: number;
  readonly taken: boolean;
  /** There is nothing to be gained by taking it out. */
  readonly small: boolean;
  /** How many turns have begun since its own. */
  readonly turnsAgo: number;
}

export interface Survey {
  /** The oldest first. */
  readonly results: readonly Result[];
  /** What the next entry is numbered with, in a rollout whose entries are. */
  readonly nextOrdinal: number | undefined;
  /** The last line lacks its end. */
  readonly torn: boolean;
}

interface Call {
  readonly id: string;
  readonly tool: string;
  readonly input: string;
  readonly turn: number;
  readonly nested: Set<string>;
  output: unknown;
}

const INPUT_SHOWN = 200;

export async function surveyOf(file: string): Promise<Survey> {
  const surveyor = new Surveyor();
  let torn = false;
  for await (const { bytes, whole } of linesOf(file)) {
    torn = !whole;
    const entry = whole ? entryOf(bytes.toString('utf8')) : undefined;
    if (entry !== undefined) surveyor.take(entry);
  }
  return { ...surveyor.survey(), torn };
}

class Surveyor {
  readonly #calls = new Map<string, Call>();
  #turn: string | undefined;
  #turns = 0;
  /** The code that ran last: what it did has ids that name no call. */
  #code: Call | undefined;
  /** Items that have been seen: one that comes again, as behind a change of ours, belongs where it was. */
  readonly #seen = new Set<string>();
  #ordinal: number | undefined;

  take({ ordinal, type, payload }: Entry): void {
    this.#ordinal = ordinal ?? this.#ordinal;
    const kind = textIn(payload, 'type');
    if (kind === 'task_started' || type === 'turn_context') this.#begin(textIn(payload, 'turn_id'));
    if (type === 'response_item') this.#item(kind, payload);
    if (type === 'event_msg' && kind === 'item_completed') this.#shown(textIn(fieldsOf(payload['item']), 'id'));
  }

  #begin(turn: string | undefined): void {
    if (turn === undefined || turn === this.#turn) return;
    this.#turn = turn;
    this.#turns += 1;
  }

  #item(kind: string | undefined, payload: Fields): void {
    const id = textIn(payload, 'call_id');
    if (id === undefined) return;
    if (kind === 'function_call' || kind === 'custom_tool_call') {
      const name = textIn(payload, 'name') ?? '';
      const namespace = textIn(payload, 'namespace');
      const tool = namespace === undefined ? name : `${namespace}.${name}`;
      const input = textOf(payload['arguments'] ?? payload['input']);
      const call: Call = { id, tool, input, turn: this.#turns, nested: new Set(), output: undefined };
      this.#calls.set(id, call);
      if (kind === 'custom_tool_call') this.#code = call;
    }
    const call = this.#calls.get(id);
    if (call !== undefined && isOutput(kind)) call.output = payload['output'];
  }

  #shown(id: string | undefined): void {
    if (id?.startsWith('exec-') !== true || this.#seen.has(id)) return;
    this.#seen.add(id);
    this.#code?.nested.add(id);
  }

  survey(): Omit<Survey, 'torn'> {
    const answered = [...this.#calls.values()].filter(({ output }) => output !== undefined);
    const results = answered.map(({ id, tool, input, turn, nested, output }): Result => {
      const before = weightBefore(output);
      return {
        call: id,
        items: nested.size === 0 ? [id] : [...nested],
        tool,
        input: input.slice(0, INPUT_SHOWN),
        bytes: before ?? weightOf(output),
        taken: before !== undefined,
        small: before === undefined && isTooSmall(output),
        turnsAgo: this.#turns - turn,
      };
    });
    return { results, nextOrdinal: this.#ordinal === undefined ? undefined : this.#ordinal + 1 };
  }
}

export function isOutput(kind: string | undefined): boolean {
  return kind === 'function_call_output' || kind === 'custom_tool_call_output';
}
