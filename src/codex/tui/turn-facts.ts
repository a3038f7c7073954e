/**
 * One turn of ours as its rollout tells it. The turn is the first one behind the place where the rollout ended before, whose message is what
 * we said; what others have said there is passed over.
 */

import { addUsage, type Item, type Usage } from '../../contract/item.js';
import type { TurnError } from '../../contract/session.js';
import type { Fact } from '../../ports/agent.js';
import type * as Codex from '../generated/protocol.js';
import { type Entry, entryOf, type Fields, fieldsOf, textIn } from '../rollout/entry.js';
import { usageIn } from '../rollout/tokens.js';
import { turnErrorOf } from '../translate/error.js';
import { digestOf } from './record.js';
import { answered, argumentsOf, calledItem, completedItem, itemOfEvent, textOfMessage } from './turn-entries.js';

export interface TurnFactsOptions {
  /** The host's id. */
  readonly turn: string;
  /** A digest of what was said. */
  readonly said: string;
  /** The message as it was given, before it was made fit for a command line. */
  readonly text: string | undefined;
  /** What was counted of the thread before, in all: Codex tells it again when it goes on. */
  readonly counted: number | undefined;
}

/** How the rollout says that the turn has ended. `silent`: without a message and without a reason. */
export type RolloutEnd = 'completed' | 'failed' | 'interrupted' | 'silent';

/** What frames the conversation and is no news of a turn. */
const KNOWN: ReadonlySet<string> = new Set([
  ...['session_meta', 'turn_context', 'world_state', 'token_usage_record', 'compacted', 'response_item', 'inter_agent_communication'],
  ...['thread_settings_applied', 'thread_rolled_back', 'thread_name_updated', 'context_compacted', 'user_message', 'task_started'],
  ...['entered_review_mode', 'exited_review_mode', 'undo_completed', 'item_started', 'turn_started', 'thread_goal_updated'],
]);
const MOST_STRAY = 20;
const MOST_OF_A_LINE = 2_000;

export class TurnFacts {
  readonly #options: TurnFactsOptions;
  /** A turn that has begun and whose message was not seen yet. */
  #candidate: string | undefined;
  #ref: string | undefined;
  #end: RolloutEnd | undefined;
  #usage: Usage | null = null;
  #counted: number | undefined;
  #error: TurnError | undefined;
  #stray = 0;
  /** Told as begun and not as ended. */
  readonly #open = new Map<string, Item>();

  constructor(options: TurnFactsOptions) {
    this.#options = options;
    this.#counted = options.counted;
  }

  /** Codex's id of the turn, once it has begun. */
  get ref(): string | undefined {
    return this.#ref;
  }

  get end(): RolloutEnd | undefined {
    return this.#end;
  }

  /**
   * Takes the next line; `offset` is where it stands. What comes behind the end is not ours, and `may` says whether the turn may have begun
   * by there.
   */
  take(line: string, offset: number, may = true): Fact[] {
    if (this.#end !== undefined || line === '') return [];
    const entry = entryOf(line);
    if (!may) return entry?.payload['type'] === 'token_count' ? this.#count(entry.payload) : [];
    if (entry === undefined) return this.#strayed('rollout', line.slice(0, MOST_OF_A_LINE));
    if (this.#ref === undefined) return this.#seek(entry, offset);
    const { turn_id: native } = entry.payload;
    // Agents that Codex starts for itself have turns of their own.
    if (typeof native === 'string' && native !== this.#ref) return [];
    if (entry.type === 'response_item') return this.#responded(entry.payload);
    return entry.type === 'event_msg' ? this.#happened(entry, `at-${offset}`) : this.#unknown(entry.type, entry.payload);
  }

  /** The end where the rollout says nothing of it: closes what is open. */
  finish(end: { readonly error?: TurnError; readonly interrupted?: boolean }): Fact[] {
    const { turn } = this.#options;
    this.#end = end.error !== undefined ? 'failed' : end.interrupted === true ? 'interrupted' : 'completed';
    const closed = [...this.#open.values()].map((item) => this.#closed(item));
    this.#open.clear();
    if (end.error !== undefined) return [...closed, { type: 'turn.failed', turn, error: end.error }];
    if (end.interrupted === true) return [...closed, { type: 'turn.interrupted', turn }];
    return [...closed, { type: 'turn.completed', turn, usage: this.#usage }];
  }

  #seek(entry: Entry, offset: number): Fact[] {
    const { payload } = entry;
    if (payload['type'] === 'task_started' || payload['type'] === 'turn_started') {
      this.#candidate = textIn(payload, 'turn_id') ?? `turn-${offset}`;
      return [];
    }
    const text = this.#candidate === undefined ? undefined : textOfMessage(entry);
    if (text === undefined || this.#candidate === undefined) {
      if (payload['type'] === 'token_count') this.#count(payload);
      return [];
    }
    if (digestOf(text) !== this.#options.said) {
      this.#candidate = undefined;
      return [];
    }
    const ref = this.#candidate;
    this.#ref = ref;
    const { turn } = this.#options;
    const id = textIn(fieldsOf(payload['item']), 'id') ?? `at-${offset}`;
    const item: Item = { id, kind: 'userMessage', text: this.#options.text ?? text.trim(), turn };
    return [
      { type: 'turn.started', turn, ref },
      { type: 'item.completed', turn, item },
    ];
  }

  #happened({ payload, ordinal }: Entry, id: string): Fact[] {
    const { turn } = this.#options;
    switch (payload['type']) {
      case 'item_completed':
        return this.#complete(completedItem(fieldsOf(payload['item']) ?? {}));
      case 'token_count':
        return this.#count(payload);
      case 'stream_error':
        return [{ type: 'turn.retrying', turn, message: textIn(payload, 'message') ?? '' }];
      case 'error':
        this.#error = errorOf(payload);
        return [];
      case 'warning':
        return [{ type: 'warning', message: textIn(payload, 'message') ?? '' }];
      case 'plan_update':
        return this.#plan(payload);
      case 'task_complete':
      case 'turn_complete':
        return this.#completed(payload, ordinal !== undefined);
      case 'turn_aborted':
        return this.finish({ interrupted: true });
      default: {
        const item = itemOfEvent(payload, id);
        return item === undefined ? this.#unknown(textIn(payload, 'type') ?? '', payload) : this.#complete(item);
      }
    }
  }

  /** Older versions do not write down why a turn has failed: it then ends without a last message, which others rarely do. */
  #completed(payload: Fields, tellsErrors: boolean): Fact[] {
    const error = fieldsOf(payload['error']) === undefined ? this.#error : errorOf(fieldsOf(payload['error']) ?? {});
    if (error !== undefined) return this.finish({ error });
    if (tellsErrors || typeof payload['last_agent_message'] === 'string') return this.finish({});
    this.#end = 'silent';
    return [];
  }

  #responded(payload: Fields): Fact[] {
    const { turn } = this.#options;
    const id = textIn(payload, 'call_id') ?? '';
    switch (payload['type']) {
      case 'function_call':
      case 'custom_tool_call':
      case 'local_shell_call': {
        if (payload['name'] === 'update_plan') return this.#plan(argumentsOf(payload) ?? {});
        const item = calledItem(payload);
        if (item === undefined || this.#open.has(item.id)) return [];
        this.#open.set(item.id, item);
        return [{ type: 'item.started', turn, item }];
      }
      case 'function_call_output':
      case 'custom_tool_call_output': {
        const item = this.#open.get(id);
        if (item === undefined) return [];
        const result = answered(item, payload['output']);
        if (!result.goesOn) return this.#complete(result.item);
        this.#open.set(id, result.item);
        return [];
      }
      default:
        return [];
    }
  }

  #complete(item: Item | undefined): Fact[] {
    if (item === undefined || item.kind === 'userMessage') return [];
    this.#open.delete(item.id);
    return [{ type: 'item.completed', turn: this.#options.turn, item }];
  }

  #plan(fields: Fields): Fact[] {
    const explanation = textIn(fields, 'explanation');
    const plan = Array.isArray(fields['plan']) ? fields['plan'] : [];
    const steps = plan.map((one: unknown) => {
      const step = fieldsOf(one);
      return { step: textIn(step, 'step') ?? '', status: textIn(step, 'status') ?? 'pending' };
    });
    return [{ type: 'plan', turn: this.#options.turn, ...(explanation === undefined ? {} : { explanation }), steps }];
  }

  /** A count that was told before is no news. */
  #count(payload: Fields): Fact[] {
    const info = fieldsOf(payload['info']);
    const [total, last] = [fieldsOf(info?.['total_token_usage']), fieldsOf(info?.['last_token_usage'])];
    if (total === undefined || last === undefined) return [];
    const counted = { total: usageIn(total), last: usageIn(last) };
    const repeated = counted.total.totalTokens === this.#counted;
    this.#counted = counted.total.totalTokens;
    if (repeated || this.#ref === undefined) return [];
    this.#usage = addUsage(this.#usage, counted.last);
    const window = info?.['model_context_window'];
    return [{ type: 'usage', turn: this.#options.turn, ...counted, contextWindow: typeof window === 'number' ? window : null }];
  }

  #closed(item: Item): Fact {
    const status = this.#end === 'completed' ? 'completed' : 'failed';
    return { type: 'item.completed', turn: this.#options.turn, item: 'status' in item ? { ...item, status } : item };
  }

  #unknown(type: string, payload: Fields): Fact[] {
    return KNOWN.has(type) ? [] : this.#strayed(type, payload);
  }

  #strayed(method: string, params: unknown): Fact[] {
    this.#stray += 1;
    const text = JSON.stringify(params);
    const kept = text.length > MOST_OF_A_LINE ? text.slice(0, MOST_OF_A_LINE) : params;
    return this.#stray > MOST_STRAY ? [] : [{ type: 'raw', turn: this.#options.turn, method, params: kept }];
  }
}

/** Codex writes the same error here and on its wire, with names of another style. */
function errorOf(fields: Fields): TurnError {
  const info = fields['codex_error_info'];
  return turnErrorOf({
    message: textIn(fields, 'message') ?? '',
    codexErrorInfo: (typeof info === 'string' ? camel(info) : renamed(info)) as Codex.CodexErrorInfo | null,
    additionalDetails: null,
    misalignment: null,
  });
}

function renamed(value: unknown): unknown {
  const fields = fieldsOf(value);
  return fields === undefined
    ? (value ?? null)
    : Object.fromEntries(Object.entries(fields).map(([name, inner]) => [camel(name), renamed(inner)]));
}

function camel(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
