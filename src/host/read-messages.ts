/** A session's messages, read from its stream: they are kept nowhere else. */

import { parseEvent } from '../contract/event-text.js';
import type { ChatMessage, MessagePage } from '../contract/message.js';
import { MessageProjection } from '../domain/messages.js';
import type { Log } from '../ports/log.js';

/** Messages behind a position. What one event makes stays together: a page holds more than `limit` only when its one event does. */
export async function readMessages(log: Log, session: string, query: { after: number; limit: number }): Promise<MessagePage> {
  const projection = new MessageProjection();
  const items: ChatMessage[] = [];
  let last = query.after;
  // From the first event on: what a message says may depend on what was said before the page.
  for await (const record of log.read({ stream: session, after: 0 })) {
    for (const logged of record.events) {
      if (!MessageProjection.reads(logged.type)) continue;
      const made = projection.push(parseEvent(session, logged.position, logged.body));
      if (logged.position <= query.after || made.length === 0) continue;
      if (items.length > 0 && items.length + made.length > query.limit) return { items, next: last };
      items.push(...made);
      last = logged.position;
    }
  }
  return { items, next: null };
}

/** The messages behind one position, up to another one. */
export async function messagesBetween(log: Log, session: string, after: number, upTo: number): Promise<ChatMessage[]> {
  const { items } = await readMessages(log, session, { after, limit: Infinity });
  return items.filter(({ position }) => position <= upTo);
}
