/** What happened in a thread behind a place of its rollout: the first turn that begins there, and what became of it. */

import { type Entry, entryOf, type Fields, fieldsOf, textIn } from './entry.js';
import { linesOf } from './lines.js';

export interface Sequel {
  /** What was said to the agent; undefined where it was not written down. */
  readonly said: string | undefined;
  /** What the agent said, one text for each message. */
  readonly messages: readonly string[];
  /** Undefined where no end is written down. */
  readonly end: 'completed' | 'aborted' | undefined;
}

/** Undefined where no turn has begun behind `offset`. */
export async function sequelIn(file: string, offset: number): Promise<Sequel | undefined> {
  const reader = new Reader();
  for await (const line of linesOf(file)) {
    const entry = line.offset >= offset && line.whole ? entryOf(line.bytes.toString('utf8')) : undefined;
    if (entry !== undefined) reader.take(entry);
    if (reader.end !== undefined) break;
  }
  return reader.begun ? { said: reader.said, messages: reader.messages, end: reader.end } : undefined;
}

class Reader {
  begun = false;
  said: string | undefined;
  readonly messages: string[] = [];
  end: Sequel['end'];

  take({ type, payload }: Entry): void {
    if (type !== 'event_msg') return;
    switch (textIn(payload, 'type')) {
      case 'task_started':
        this.begun = true;
        break;
      case 'user_message':
        this.said ??= textIn(payload, 'message');
        break;
      case 'agent_message':
        this.#hear(textIn(payload, 'message'));
        break;
      // Newer versions write each item down as people see it.
      case 'item_completed':
        this.#item(fieldsOf(payload['item']));
        break;
      case 'task_complete':
        this.end = 'completed';
        break;
      case 'turn_aborted':
        this.end = 'aborted';
        break;
    }
  }

  #item(item: Fields | undefined): void {
    if (textIn(item, 'type') === 'UserMessage') this.said ??= textsIn(item);
    else if (textIn(item, 'type') === 'AgentMessage') this.#hear(textsIn(item));
  }

  #hear(text: string | undefined): void {
    if (text !== undefined) this.messages.push(text);
  }
}

function textsIn(item: Fields | undefined): string | undefined {
  const content = item?.['content'];
  if (!Array.isArray(content)) return undefined;
  return content.map((part: unknown) => textIn(fieldsOf(part), 'text') ?? '').join('');
}
