/**
 * What Codex tells of one turn, as facts. The table says what each kind of event means; a kind that does not stand in it is kept as it is.
 * Codex tells of most items twice, in two forms: whichever comes first counts.
 */

import type { Item, Usage } from '../../contract/item.js';
import type { Fact } from '../../ports/agent.js';
import { type Fields, fieldsOf, textIn } from '../rollout/entry.js';
import { usageIn } from '../rollout/tokens.js';
import { HeardCommands } from './heard-commands.js';
import { commandOf, fileChangeOf, itemOf, statusOf, toolCallOf } from './items.js';

type Teller = (tale: TurnTale, msg: Fields) => readonly Fact[];

/** `silent`: known, and told by another kind or of no use. */
const TABLE: Readonly<Record<string, Teller | 'silent'>> = {
  agent_message_content_delta: (tale, msg) => tale.delta(textIn(msg, 'item_id'), 'text', textIn(msg, 'delta')),
  reasoning_content_delta: (tale, msg) => tale.delta(textIn(msg, 'item_id'), 'reasoning', textIn(msg, 'delta')),
  reasoning_raw_content_delta: (tale, msg) => tale.delta(textIn(msg, 'item_id'), 'reasoning', textIn(msg, 'delta')),
  plan_delta: (tale, msg) => tale.delta(textIn(msg, 'item_id'), 'plan', textIn(msg, 'delta')),
  // The finished item joins its parts with an empty line; so must whoever puts the deltas together.
  agent_reasoning_section_break: (tale, msg) => (msg['summary_index'] === 0 ? [] : tale.delta(textIn(msg, 'item_id'), 'reasoning', '\n\n')),
  exec_command_output_delta: (tale, msg) => tale.output(textIn(msg, 'call_id'), textIn(msg, 'chunk')),
  item_started: (tale, msg) => tale.begin(itemOf(fieldsOf(msg['item']) ?? {}, false, tale.turn)),
  item_completed: (tale, msg) => tale.end(itemOf(fieldsOf(msg['item']) ?? {}, true, tale.turn)),
  exec_command_begin: (tale, msg) => tale.called(msg, (id) => tale.begin(commandOf(id, msg, 'inProgress'))),
  exec_command_end: (tale, msg) => tale.called(msg, (id) => tale.end(commandOf(id, msg, statusOf(msg['status'], true)))),
  patch_apply_begin: (tale, msg) => tale.called(msg, (id) => tale.begin(fileChangeOf(id, msg, false))),
  patch_apply_end: (tale, msg) => tale.called(msg, (id) => tale.end(fileChangeOf(id, msg, true))),
  mcp_tool_call_begin: (tale, msg) => tale.called(msg, (id) => tale.begin(toolCallOf(id, fieldsOf(msg['invocation']) ?? {}, msg, false))),
  mcp_tool_call_end: (tale, msg) => tale.called(msg, (id) => tale.end(toolCallOf(id, fieldsOf(msg['invocation']) ?? {}, msg, true))),
  raw_response_item: (tale, msg) => tale.response(fieldsOf(msg['item'])),
  plan_update: ({ turn }, msg) => {
    const explanation = textIn(msg, 'explanation');
    return [{ type: 'plan', turn, steps: stepsIn(msg['plan']), ...(explanation === undefined ? {} : { explanation }) }];
  },
  turn_diff: (tale, msg) => tale.diff(textIn(msg, 'unified_diff') ?? ''),
  token_count: (tale, msg) => tale.tokens(fieldsOf(msg['info'])),
  stream_error: ({ turn }, msg) => [{ type: 'turn.retrying', turn, message: messageOf(msg) }],
  warning: (_tale, msg) => [{ type: 'warning', message: textIn(msg, 'message') ?? 'Codex warned and did not say of what' }],
  // Of the same messages in their older forms, or of what is in the items.
  ...silent('agent_message', 'agent_message_delta', 'agent_reasoning', 'agent_reasoning_delta', 'agent_reasoning_raw_content'),
  ...silent('agent_reasoning_raw_content_delta', 'user_message', 'raw_response_completed', 'patch_apply_updated', 'context_compacted'),
  ...silent('web_search_begin', 'web_search_end', 'view_image_tool_call', 'exec_approval_request', 'apply_patch_approval_request'),
};

/** Kinds whose meaning is told to people here; for tests and documents. */
export const TOLD: readonly string[] = Object.keys(TABLE).filter((kind) => TABLE[kind] !== 'silent');

function silent(...kinds: readonly string[]): Record<string, 'silent'> {
  return Object.fromEntries(kinds.map((kind) => [kind, 'silent'] as const));
}

export class TurnTale {
  readonly turn: string;
  /** Deltas may come in the wrong order, and are left out: the items have the whole text. */
  quiet = false;
  readonly #open = new Map<string, Item>();
  readonly #ended = new Set<string>();
  readonly #decoders = new Map<string, TextDecoder>();
  readonly #heard = new HeardCommands();
  readonly #before: Usage | undefined;
  #total: Usage | undefined;
  #diff = '';

  /** `before`: what the conversation had used when the turn began. */
  constructor(turn: string, before: Usage | undefined) {
    this.turn = turn;
    this.#before = before;
  }

  take(kind: string, msg: Fields): readonly Fact[] {
    const teller = Object.hasOwn(TABLE, kind) ? TABLE[kind] : undefined;
    if (teller === undefined) return [{ type: 'raw', turn: this.turn, method: `codex/event/${kind}`, params: msg }];
    return teller === 'silent' ? [] : teller(this, msg);
  }

  /** What the turn has used; null as long as nothing was counted. */
  get usage(): Usage | null {
    return this.#total === undefined ? null : difference(this.#total, this.#before);
  }

  /** What the conversation has used by now. */
  get total(): Usage | undefined {
    return this.#total ?? this.#before;
  }

  /** Whether an item of the turn has begun and not ended. */
  isOpen(id: string): boolean {
    return this.#open.has(id);
  }

  /** Whether a command of the turn has not ended: alone of all items it may do so behind the turn. */
  get hasOpen(): boolean {
    return [...this.#open.values()].some(({ kind }) => kind === 'command');
  }

  begin(item: Item | undefined): readonly Fact[] {
    if (item === undefined || this.#open.has(item.id) || this.#ended.has(item.id)) return [];
    this.#open.set(item.id, item);
    return [{ type: 'item.started', turn: this.turn, item }];
  }

  end(item: Item | undefined): readonly Fact[] {
    if (item === undefined || this.#ended.has(item.id)) return [];
    this.#ended.add(item.id);
    this.#open.delete(item.id);
    this.#decoders.delete(item.id);
    return [{ type: 'item.completed', turn: this.turn, item }];
  }

  called(msg: Fields, facts: (id: string) => readonly Fact[]): readonly Fact[] {
    const id = textIn(msg, 'call_id');
    return id === undefined ? [] : facts(id);
  }

  delta(item: string | undefined, kind: 'text' | 'reasoning' | 'output' | 'plan', text: string | undefined): readonly Fact[] {
    if (this.quiet || item === undefined || text === undefined || text === '' || this.#ended.has(item)) return [];
    return [{ type: 'item.delta', turn: this.turn, item, kind, text }];
  }

  /** A piece of output may end in the middle of a character. */
  output(call: string | undefined, chunk: string | undefined): readonly Fact[] {
    if (call === undefined || chunk === undefined) return [];
    const decoder = this.#decoders.get(call) ?? new TextDecoder();
    this.#decoders.set(call, decoder);
    return this.delta(call, 'output', decoder.decode(Buffer.from(chunk, 'base64'), { stream: true }));
  }

  response(item: Fields | undefined): readonly Fact[] {
    this.#heard.take(item);
    return [];
  }

  /** What is to be told before the end of the turn: commands that have ended, and nobody has said so. */
  closing(): readonly Fact[] {
    return this.#heard.ended.flatMap((heard) => {
      const open = this.#open.get(heard.id);
      const known = open?.kind === 'command' ? { command: open.command, ...(open.cwd === undefined ? {} : { cwd: open.cwd }) } : {};
      const item = { ...heard, ...known };
      return this.#ended.has(item.id) ? [] : [...this.begin({ ...item, status: 'inProgress' }), ...this.end(item)];
    });
  }

  diff(diff: string): readonly Fact[] {
    if (diff === this.#diff) return [];
    this.#diff = diff;
    return [{ type: 'diff', turn: this.turn, diff }];
  }

  tokens(info: Fields | undefined): readonly Fact[] {
    const [total, last] = [fieldsOf(info?.['total_token_usage']), fieldsOf(info?.['last_token_usage'])];
    if (total === undefined || last === undefined) return [];
    const [now, contextWindow] = [usageIn(total), info?.['model_context_window']];
    if (JSON.stringify(now) === JSON.stringify(this.#total)) return [];
    this.#total = now;
    return [
      {
        ...{ type: 'usage', turn: this.turn, total: now, last: usageIn(last) },
        contextWindow: typeof contextWindow === 'number' ? contextWindow : null,
      },
    ];
  }
}

/** `message: details`, which is where Codex puts the cause of a retry. */
function messageOf(msg: Fields): string {
  const [message, details] = [textIn(msg, 'message') ?? 'Codex tries again', textIn(msg, 'additional_details') ?? ''];
  return details === '' ? message : `${message}: ${details}`;
}

function stepsIn(plan: unknown): { step: string; status: string }[] {
  if (!Array.isArray(plan)) return [];
  return plan.map((one: unknown) => {
    const fields = fieldsOf(one);
    return { step: textIn(fields, 'step') ?? '', status: STEPS[textIn(fields, 'status') ?? ''] ?? 'pending' };
  });
}

const STEPS: Readonly<Record<string, string>> = { pending: 'pending', in_progress: 'inProgress', completed: 'completed' };

/** Counts may begin anew when a conversation is compacted. */
function difference(total: Usage, before: Usage | undefined): Usage {
  const added = (name: keyof Usage): number => Math.max(0, total[name] - (before?.[name] ?? 0));
  return {
    inputTokens: added('inputTokens'),
    cachedInputTokens: added('cachedInputTokens'),
    outputTokens: added('outputTokens'),
    reasoningTokens: added('reasoningTokens'),
    totalTokens: added('totalTokens'),
  };
}
