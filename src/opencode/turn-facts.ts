/**
 * What OpenCode says of the messages of one turn, as facts. It may be told the same twice (after a reconnect the whole turn is read
 * again): each item begins once and ends once.
 */

import type { Fact } from '../contract/facts.js';
import { addUsage, type Item, type Usage } from '../contract/item.js';
import { itemOfTool, outputOf, type Surroundings, usageOf } from './items.js';
import type { KnownPart, ReadPart, ToolPart } from './wire.js';

/** Where a message says which turn it is the input of. */
export const TURN_MARK = 'spoolTurn';
/** Where it says into which one it was put while that one ran. */
export const INTO_MARK = 'spoolInto';

type TextPart = Extract<KnownPart, { type: 'text' | 'reasoning' }>;

/** The longest unknown part that is kept, as JSON. */
const LONGEST_RAW = 16 * 1024;

export class TurnFacts {
  /** Of the steps of this turn, those of helpers included. */
  usage: Usage | null = null;
  readonly #turn: string;
  readonly #around: Surroundings;
  readonly #total: (own: Usage) => Usage;
  readonly #begun = new Set<string>();
  readonly #ended = new Set<string>();
  /** What was said of each message or command by now. */
  readonly #said = new Map<string, string>();
  readonly #kinds = new Map<string, 'text' | 'reasoning'>();
  readonly #calls = new Map<string, ToolPart>();
  readonly #diffs = new Map<string, string>();

  /** `total` makes the count of the whole conversation from that of this turn. */
  constructor(turn: string, around: Surroundings, total: (own: Usage) => Usage) {
    this.#turn = turn;
    this.#around = around;
    this.#total = total;
  }

  /** True while a tool of the turn works. */
  get working(): boolean {
    return [...this.#calls.values()].some(({ state }) => state.status === 'running');
  }

  /** The call of a tool by OpenCode's id of the call. */
  call(callID: string): ToolPart | undefined {
    return this.#calls.get(callID);
  }

  /** The item that such a call is shown as, where it is shown. */
  item(callID: string): string | undefined {
    const call = this.#calls.get(callID);
    return call !== undefined && this.#begun.has(call.id) ? call.id : undefined;
  }

  part(part: ReadPart, role: 'user' | 'assistant'): Fact[] {
    return role === 'user' ? this.#input(part) : this.#work(part);
  }

  /** A step of a helper is paid for too. */
  helperPart(part: ReadPart): Fact[] {
    return part.type === 'step-finish' ? this.#step(part) : [];
  }

  delta(partID: string, text: string): Fact[] {
    const kind = this.#kinds.get(partID);
    if (kind === undefined || this.#ended.has(partID)) return [];
    this.#said.set(partID, `${this.#said.get(partID) ?? ''}${text}`);
    return [{ type: 'item.delta', turn: this.#turn, item: partID, kind, text }];
  }

  /** The input of a turn is shown as soon as OpenCode has it. */
  #input(part: ReadPart): Fact[] {
    if (part.type === 'compaction')
      return this.#whole({ id: part.id, kind: 'other', type: 'contextCompaction', raw: { auto: part.auto ?? false } });
    const turn = part.type === 'text' ? part.metadata?.[TURN_MARK] : undefined;
    if (part.type !== 'text' || typeof turn !== 'string' || turn !== this.#turn) return [];
    return this.#whole({ id: part.id, kind: 'userMessage', text: part.text, turn });
  }

  /** A message that was put into the turn, and that it has begun to answer. */
  takenIn(id: string, text: string, turn: string): Fact[] {
    return this.#whole({ id, kind: 'userMessage', text, turn });
  }

  #work(part: ReadPart): Fact[] {
    switch (part.type) {
      case 'text':
      case 'reasoning':
        return part.type === 'text' && (part.synthetic === true || part.ignored === true) ? [] : this.#text(part);
      case 'tool':
        return this.#tool(part);
      case 'step-finish':
        return this.#step(part);
      case 'compaction':
        return [];
      case 'unknown':
        return [{ type: 'raw', turn: this.#turn, method: 'part', params: clipped(part.raw) }];
    }
  }

  #text(part: TextPart): Fact[] {
    const item = (text: string): Item =>
      part.type === 'text' ? { id: part.id, kind: 'agentMessage', text } : { id: part.id, kind: 'reasoning', text };
    this.#kinds.set(part.id, part.type);
    const begun = this.#begin(item(''));
    return part.time?.end === undefined ? begun : [...begun, ...this.#end(item(part.text))];
  }

  #tool(part: ToolPart): Fact[] {
    this.#calls.set(part.callID, part);
    // Until it runs its arguments are not there; a list of steps is told as the plan that it is.
    if (part.state.status === 'pending' || part.tool === 'todowrite') return [];
    const item = itemOfTool(part, this.#around);
    const begun = this.#begin({ ...itemOfTool({ ...part, state: started(part.state) }, this.#around) });
    if (part.state.status === 'running') return [...begun, ...this.#output(part)];
    const ended = this.#end(item);
    return [...begun, ...ended, ...(ended.length > 0 ? this.#diff(item) : [])];
  }

  /** OpenCode tells the whole output each time. */
  #output({ id, tool, state }: ToolPart): Fact[] {
    if (tool !== 'bash') return [];
    const [before, now] = [this.#said.get(id) ?? '', outputOf(state)];
    // What is long is cut at its beginning; then the end of the item tells it.
    if (!now.startsWith(before) || now === before) return [];
    this.#said.set(id, now);
    return [{ type: 'item.delta', turn: this.#turn, item: id, kind: 'output', text: now.slice(before.length) }];
  }

  #diff(item: Item): Fact[] {
    if (item.kind !== 'fileChange' || item.status !== 'completed') return [];
    const diffs = item.changes.flatMap(({ diff }) => (diff === undefined ? [] : [diff]));
    if (diffs.length === 0) return [];
    this.#diffs.set(item.id, diffs.join('\n'));
    return [{ type: 'diff', turn: this.#turn, diff: [...this.#diffs.values()].join('\n') }];
  }

  #step(part: Extract<KnownPart, { type: 'step-finish' }>): Fact[] {
    if (this.#ended.has(part.id)) return [];
    this.#ended.add(part.id);
    const last = usageOf(part.tokens);
    if (last.totalTokens === 0) return [];
    this.usage = addUsage(this.usage, last);
    return [{ type: 'usage', turn: this.#turn, total: this.#total(this.usage), last, contextWindow: null }];
  }

  #whole(item: Item): Fact[] {
    return [...this.#begin(item), ...this.#end(item)];
  }

  #begin(item: Item): Fact[] {
    if (this.#begun.has(item.id)) return [];
    this.#begun.add(item.id);
    return [{ type: 'item.started', turn: this.#turn, item }];
  }

  #end(item: Item): Fact[] {
    if (this.#ended.has(item.id)) return [];
    this.#ended.add(item.id);
    return [{ type: 'item.completed', turn: this.#turn, item }];
  }
}

function started(state: ToolPart['state']): ToolPart['state'] {
  return state.status === 'pending'
    ? state
    : { status: 'running', input: state.input, metadata: undefined, time: { start: state.time.start } };
}

export function clipped(raw: unknown): unknown {
  const text = JSON.stringify(raw) ?? '';
  return text.length <= LONGEST_RAW ? raw : `${text.slice(0, LONGEST_RAW)}…`;
}
