/**
 * What one `codex exec --json` process says, as facts of its turn. Item ids begin anew in each process, so they get the turn's id in front;
 * messages are numbered by themselves, because their number is also known from the rollout.
 */

import { redact } from '../../base/redact.js';
import type { Item, Usage } from '../../contract/item.js';
import type { TurnError } from '../../contract/session.js';
import type { Fact } from '../../ports/agent.js';
import { type Fields, fieldsOf, textIn } from '../rollout/entry.js';
import { type Tokens, usageIn } from '../rollout/tokens.js';
import { turnErrorOf } from '../translate/error.js';
import { closed, itemOf, stepsIn } from './items.js';

/** How the process itself says that the turn has ended. */
export type SaidEnd =
  | { readonly status: 'completed'; readonly total: Usage | undefined }
  | { readonly status: 'failed'; readonly error: TurnError };

const NONE: Usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0, totalTokens: 0 };
/** How many lines that are no events are kept, and how much of each. */
const MOST_STRAY_LINES = 20;
const MOST_OF_A_LINE = 2_000;

export class TurnFacts {
  readonly #turn: string;
  /** Told as begun and not as ended, by our id. */
  readonly #open = new Map<string, Item>();
  readonly #ids = new Map<string, string>();
  #messages = 0;
  #stray = 0;
  #plan = '';
  /** The last error that was told of; it only announces the failed end, or nothing follows from it. */
  #error: string | undefined;
  /** Codex's id of the conversation. */
  thread: string | undefined;
  begun = false;
  end: SaidEnd | undefined;

  constructor(turn: string) {
    this.#turn = turn;
  }

  /** Takes one line of its output. */
  take(line: string): readonly Fact[] {
    if (line.trim() === '') return [];
    const event = parsed(line);
    const type = textIn(event, 'type');
    return event === undefined || type === undefined ? this.#strayLine(line) : this.#event(type, event);
  }

  #event(type: string, event: Fields): readonly Fact[] {
    switch (type) {
      case 'thread.started':
        this.thread = textIn(event, 'thread_id') ?? this.thread;
        return [];
      case 'turn.started':
        this.begun = true;
        return [{ type: 'turn.started', turn: this.#turn, ref: this.#turn }];
      case 'turn.completed': {
        const usage = fieldsOf(event['usage']);
        this.end = { status: 'completed', total: usage === undefined ? undefined : usageIn(usage) };
        return [];
      }
      case 'turn.failed': {
        const message = textIn(fieldsOf(event['error']), 'message');
        this.end = { status: 'failed', error: errorOf(message ?? this.#error) };
        return [];
      }
      case 'error':
        return this.#errorEvent(textIn(event, 'message') ?? '');
      default:
        return this.#itemEvent(type, event) ?? [{ type: 'raw', turn: this.#turn, method: type, params: event }];
    }
  }

  #errorEvent(message: string): readonly Fact[] {
    if (/^reconnecting/i.test(message)) return [{ type: 'turn.retrying', turn: this.#turn, message }];
    this.#error = message;
    return [];
  }

  #itemEvent(type: string, event: Fields): readonly Fact[] | undefined {
    const raw = fieldsOf(event['item']);
    const kind = textIn(raw, 'type');
    if (raw === undefined || kind === undefined) return undefined;
    if (kind === 'todo_list') return this.#planOf(raw);
    if (kind === 'error') return [{ type: 'warning', message: textIn(raw, 'message') ?? 'Codex reported an error without a message' }];
    if (type !== 'item.started' && type !== 'item.completed') return undefined;
    const item = itemOf(this.#idOf(textIn(raw, 'id') ?? '', kind), raw, type === 'item.completed');
    if (type === 'item.completed') this.#open.delete(item.id);
    else this.#open.set(item.id, item);
    return [{ type, turn: this.#turn, item }];
  }

  #planOf(raw: Fields): readonly Fact[] {
    const steps = stepsIn(raw);
    const told = JSON.stringify(steps);
    if (told === this.#plan) return [];
    this.#plan = told;
    return [{ type: 'plan', turn: this.#turn, steps }];
  }

  #idOf(theirs: string, kind: string): string {
    const known = this.#ids.get(theirs);
    if (known !== undefined) return known;
    const id = kind === 'agent_message' ? messageId(this.#turn, this.#messages++) : `${this.#turn}.${theirs}`;
    this.#ids.set(theirs, id);
    return id;
  }

  /** A program that writes something else must neither break the turn nor fill the log. */
  #strayLine(line: string): readonly Fact[] {
    this.#stray += 1;
    if (this.#stray > MOST_STRAY_LINES) return [];
    return [{ type: 'raw', turn: this.#turn, method: 'stdout', params: { text: redact(line.slice(0, MOST_OF_A_LINE)) } }];
  }

  /** What is to be told before the end of the turn: items of whose end nothing will be heard any more, and what was left out. */
  closing(wentWell: boolean): readonly Fact[] {
    const items = [...this.#open.values()].map(
      (item): Fact => ({ type: 'item.completed', turn: this.#turn, item: closed(item, wentWell) }),
    );
    this.#open.clear();
    const left = this.#stray - MOST_STRAY_LINES;
    const stray: Fact[] =
      left > 0 ? [{ type: 'warning', message: `codex wrote ${left} more lines that are no events; they were left out` }] : [];
    const error: Fact[] = wentWell && this.#error !== undefined ? [{ type: 'warning', message: this.#error }] : [];
    return [...items, ...stray, ...error];
  }
}

/** The same for a message that is heard and for one that is found in the rollout later. */
export function messageId(turn: string, number: number): string {
  return `${turn}.message_${number}`;
}

/** Codex counts on over the whole conversation: what a turn has used is what was added. */
export function usageFact(turn: string, before: Tokens | undefined, after: Tokens): Extract<Fact, { type: 'usage' }> {
  const { total, contextWindow } = after;
  const from = before?.total ?? NONE;
  const added = (name: keyof Usage): number => Math.max(0, total[name] - from[name]);
  const last: Usage = {
    inputTokens: added('inputTokens'),
    cachedInputTokens: added('cachedInputTokens'),
    outputTokens: added('outputTokens'),
    reasoningTokens: added('reasoningTokens'),
    totalTokens: added('totalTokens'),
  };
  return { type: 'usage', turn, total, last, contextWindow };
}

export function errorOf(message: string | undefined): TurnError {
  return turnErrorOf(message === undefined ? null : { message, codexErrorInfo: null, misalignment: null, additionalDetails: null });
}

function parsed(line: string): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(line));
  } catch {
    // Something that a program has printed besides: it is kept as it is.
    return undefined;
  }
}
