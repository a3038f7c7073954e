/**
 * The events of a session as chat messages (`contract/message.ts`). Only what is complete becomes a message: completed items, and at the
 * end of a turn the text of an agent message that never ended. Neighbouring messages of one role are kept apart, so that none ever
 * changes; `alternating` joins them for those who need it. Ids come from positions and item ids alone: reading again gives the same bytes.
 */

import { sortedJson } from '../base/sorted-json.js';
import type { Event, EventType } from '../contract/events.js';
import type { Item } from '../contract/item.js';
import type { ChatMessage } from '../contract/message.js';
import type { InputItem } from '../contract/session.js';
import { toolUseOf } from './tool-use.js';

/** A turn whose input has not been seen as a message. */
interface Unseen {
  readonly text: string;
  running: boolean;
  /** The turn that has taken it in. */
  into: string | undefined;
}

type Draft = Omit<ChatMessage, 'id' | 'position' | 'at'>;
type EndEvent = Event<'turn.completed' | 'turn.failed' | 'turn.interrupted'>;
type ToolItem = Extract<Item, { kind: 'command' | 'fileChange' | 'toolCall' }>;

const MOST_ID_CHARS = 40;

/** Takes the events of one session in order, from the first one on, and gives the messages that each of them makes. */
export class MessageProjection {
  readonly #unseen = new Map<string, Unseen>();
  /** Turns whose input was shown before the runtime told it, if it ever does. */
  readonly #shown = new Set<string>();
  /** By turn: reasoning that waits for the assistant message behind it. */
  readonly #thoughts = new Map<string, string>();
  readonly #callIds = new Set<string>();

  /** Whether events of this type matter. The others need not be parsed; most of a long stream is deltas. */
  static reads(type: EventType | (string & {})): boolean {
    return type === 'item.completed' || type.startsWith('turn.');
  }

  push(event: Event): ChatMessage[] {
    const { position, at } = event;
    return this.#drafts(event).map(({ role, content, turn, ...more }, index) => {
      const id = index === 0 ? `msg_${position}` : `msg_${position}_${index + 1}`;
      return { id, role, content, turn, position, ...more, at };
    });
  }

  #drafts(event: Event): Draft[] {
    const { turn } = event;
    if (turn === undefined) return [];
    switch (event.type) {
      case 'turn.requested':
        this.#unseen.set(turn, { text: textOf(event.data.input), running: false, into: undefined });
        return [];
      case 'turn.started':
        this.#change(turn, { running: true });
        return [];
      case 'turn.steered':
        this.#change(turn, { into: event.data.into });
        return [];
      case 'turn.completed':
      case 'turn.failed':
      case 'turn.interrupted':
        return this.#end(turn, event);
      case 'item.completed':
        return this.#item(turn, event.data.item);
      default:
        return [];
    }
  }

  #change(turn: string, part: Partial<Unseen>): void {
    const unseen = this.#unseen.get(turn);
    if (unseen !== undefined) Object.assign(unseen, part);
  }

  #item(turn: string, item: Item): Draft[] {
    switch (item.kind) {
      case 'userMessage':
        return this.#said(turn, item);
      case 'reasoning':
        this.#think(turn, item.text);
        return this.#unsaid(turn);
      case 'agentMessage':
        return [...this.#unsaid(turn), ...(isBlank(item.text) ? [] : [this.#assistant(turn, item.text)])];
      case 'command':
      case 'fileChange':
      case 'toolCall':
        return [...this.#unsaid(turn), ...this.#tool(turn, item)];
      case 'plan':
        return [...this.#unsaid(turn), ...(isBlank(item.text) ? [] : [this.#assistant(turn, `[plan]\n${item.text}`)])];
      case 'other':
        // It may come before the input, as the beginning of a review does, and proves nothing of it.
        return [this.#assistant(turn, `[${item.type}]`)];
    }
  }

  /** A message that the runtime tells. One without a turn's name is the turn's own, or else from another client or an older runtime. */
  #said(turn: string, { text, turn: named }: Extract<Item, { kind: 'userMessage' }>): Draft[] {
    const owner = named ?? turn;
    if (named !== undefined && this.#shown.has(named)) return [];
    const input = this.#unseen.get(owner)?.text;
    this.#unseen.delete(owner);
    const content = input === undefined || input === '' ? text : input;
    return isBlank(content) ? [] : [{ role: 'user', content, turn: owner }];
  }

  /** The turn's own input, where its work shows before the runtime has told the input: some never do, and a gap may have swallowed it. */
  #unsaid(turn: string): Draft[] {
    const unseen = this.#unseen.get(turn);
    if (unseen === undefined || isBlank(unseen.text)) return [];
    this.#unseen.delete(turn);
    this.#shown.add(turn);
    return [{ role: 'user', content: unseen.text, turn }];
  }

  #think(turn: string, text: string): void {
    if (isBlank(text)) return;
    const before = this.#thoughts.get(turn);
    this.#thoughts.set(turn, before === undefined ? text : `${before}\n\n${text}`);
  }

  #assistant(turn: string, content: string | null, more: Pick<Draft, 'partial' | 'toolCalls'> = {}): Draft {
    const { partial, toolCalls } = more;
    const reasoning = this.#thoughts.get(turn);
    this.#thoughts.delete(turn);
    return {
      role: 'assistant',
      content,
      turn,
      ...(partial === undefined ? {} : { partial }),
      ...(reasoning === undefined ? {} : { reasoning }),
      ...(toolCalls === undefined ? {} : { toolCalls }),
    };
  }

  #tool(turn: string, item: ToolItem): Draft[] {
    const { name, arguments: given, result } = toolUseOf(item);
    const id = this.#callId(item.id);
    const call = this.#assistant(turn, null, { toolCalls: [{ id, name, arguments: sortedJson(given) }] });
    return [call, { role: 'tool', content: result, turn, toolCallId: id }];
  }

  /** The item's id as far as chat APIs take it. A runtime may count its items anew in each turn, so one that was used gets a number. */
  #callId(item: string): string {
    const plain = item.replace(/[^\w-]/g, '_').slice(0, MOST_ID_CHARS);
    let id = plain;
    for (let n = 2; this.#callIds.has(id); n += 1) {
      const ending = `_${n}`;
      id = plain.slice(0, MOST_ID_CHARS - ending.length) + ending;
    }
    this.#callIds.add(id);
    return id;
  }

  /** What the turn had taken in and nobody has told; then what there is of a message that never ended. A turn that never began said nothing. */
  #end(turn: string, { data }: EndEvent): Draft[] {
    const drafts = this.#unseen.get(turn)?.running === true ? this.#unsaid(turn) : [];
    this.#unseen.delete(turn);
    for (const [id, { into }] of this.#unseen) if (into === turn) drafts.push(...this.#unsaid(id));
    const { finalText, partial } = data;
    if (partial === true && finalText !== null && !isBlank(finalText)) drafts.push(this.#assistant(turn, finalText, { partial }));
    this.#thoughts.delete(turn);
    return drafts;
  }
}

/** Text parts only: a history of texts has no place for pictures. */
function textOf(input: readonly InputItem[]): string {
  return input.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}
