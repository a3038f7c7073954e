/**
 * What an agent says during one turn, as facts. The protocol knows chunks and tool calls and no items: chunks that follow each other are
 * one message, until something else comes or the agent names another message. Ids of items are ours, because agents may count theirs
 * from the beginning in each turn.
 */

import type { Fact } from '../contract/facts.js';
import { bounded, type Fields, fieldsOf, listOf, textIn, textOfBlock } from './foreign.js';
import { ToolCall } from './tool-calls.js';

interface Writing {
  readonly id: string;
  readonly kind: 'agentMessage' | 'reasoning';
  readonly name: string | undefined;
  text: string;
}

/** Known, and of no use to anybody who reads a session. */
const IGNORED: ReadonlySet<string> = new Set([
  'user_message_chunk',
  'available_commands_update',
  'current_mode_update',
  'config_option_update',
  'session_info_update',
  'usage_update',
  'compaction_update',
  'compaction_summary_chunk',
]);

export class TurnItems {
  readonly #turn: string;
  #count = 0;
  #writing: Writing | undefined;
  readonly #calls = new Map<string, ToolCall>();

  constructor(turn: string) {
    this.#turn = turn;
  }

  /** One update. */
  take(update: unknown): readonly Fact[] {
    const fields = fieldsOf(update);
    const { sessionUpdate } = fields;
    switch (sessionUpdate) {
      case 'agent_message_chunk':
        return this.#chunk('agentMessage', fields);
      case 'agent_thought_chunk':
        return this.#chunk('reasoning', fields);
      case 'tool_call':
      case 'tool_call_update':
        return this.#tool(fields);
      case 'plan':
        return [{ type: 'plan', turn: this.#turn, steps: stepsOf(fields) }];
      case 'notice':
        return [{ type: 'warning', message: noticeOf(fields) }];
      default:
        if (typeof sessionUpdate === 'string' && IGNORED.has(sessionUpdate)) return [];
        return [{ type: 'raw', turn: this.#turn, method: 'session/update', params: bounded(update) }];
    }
  }

  /** What is said of a call when it is asked about. It has begun then, as far as a reader is concerned. */
  asked(piece: unknown): { readonly call: ToolCall; readonly reason: string; readonly facts: readonly Fact[] } {
    const call = this.#call(fieldsOf(piece));
    const reason = call.takeAsked(fieldsOf(piece));
    return { call, reason, facts: [...this.#finish(), ...this.#begin(call)] };
  }

  /** Closes what is open. `completed`: the turn ended well, so that calls of which no end was told have ended well too. */
  end(completed: boolean): readonly Fact[] {
    const facts = [...this.#finish()];
    for (const call of this.#calls.values()) {
      if (call.ended) continue;
      facts.push(...this.#begin(call), this.#fact('item.completed', call, completed ? 'completed' : 'failed'));
    }
    this.#calls.clear();
    return facts;
  }

  #chunk(kind: Writing['kind'], fields: Fields): Fact[] {
    const name = textIn(fields, 'messageId');
    const text = textOfBlock(fields['content']);
    if (text === '') return [];
    const facts: Fact[] = [];
    let writing = this.#writing;
    if (writing?.kind !== kind || writing.name !== name) {
      facts.push(...this.#finish());
      writing = { id: this.#nextId(), kind, name, text: '' };
      this.#writing = writing;
      facts.push({ type: 'item.started', turn: this.#turn, item: { id: writing.id, kind, text: '' } });
    }
    writing.text += text;
    facts.push({ type: 'item.delta', turn: this.#turn, item: writing.id, kind: kind === 'reasoning' ? 'reasoning' : 'text', text });
    return facts;
  }

  /** Ends the message that is being written. */
  #finish(): Fact[] {
    const writing = this.#writing;
    this.#writing = undefined;
    if (writing === undefined) return [];
    const { id, kind, text } = writing;
    return [{ type: 'item.completed', turn: this.#turn, item: { id, kind, text } }];
  }

  #tool(fields: Fields): Fact[] {
    const call = this.#call(fields);
    if (call.ended) return [];
    call.take(fields);
    const facts = this.#finish();
    if (!call.works) return facts;
    facts.push(...this.#begin(call));
    const output = call.nature === 'command' ? call.moreOutput() : '';
    if (output !== '') facts.push({ type: 'item.delta', turn: this.#turn, item: call.id, kind: 'output', text: output });
    if (call.ended) facts.push(this.#fact('item.completed', call));
    return facts;
  }

  #call(fields: Fields): ToolCall {
    const name = textIn(fields, 'toolCallId') ?? '';
    const known = this.#calls.get(name);
    if (known !== undefined) return known;
    const call = new ToolCall(this.#nextId());
    this.#calls.set(name, call);
    return call;
  }

  #begin(call: ToolCall): Fact[] {
    return call.begun ? [] : [this.#fact('item.started', call, 'inProgress')];
  }

  #fact(type: 'item.started' | 'item.completed', call: ToolCall, status?: 'inProgress' | 'completed' | 'failed'): Fact {
    return { type, turn: this.#turn, item: call.item(status) };
  }

  #nextId(): string {
    this.#count += 1;
    return `${this.#turn}-${this.#count}`;
  }
}

function stepsOf(fields: Fields): { step: string; status: string }[] {
  return listOf(fields['entries']).map((entry) => {
    const status = textIn(entry, 'status') ?? 'pending';
    return { step: textIn(entry, 'content') ?? '', status: status === 'in_progress' ? 'inProgress' : status };
  });
}

function noticeOf(fields: Fields): string {
  const more = textIn(fields, 'description');
  return `${textIn(fields, 'title') ?? 'the agent gives a notice'}${more === undefined ? '' : `: ${more}`}`;
}
