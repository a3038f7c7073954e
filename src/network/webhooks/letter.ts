/** A letter is one event on its way to one webhook. What is kept of it is where its event stands; the log has the rest. */

import { eventText } from '../../contract/event-text.js';
import type { Log, LoggedEvent } from '../../ports/log.js';
import type { Message } from './signature.js';

export interface Letter {
  readonly stream: string;
  readonly position: number;
  /** The record by which it came to be posted: that of its event, or the one in which it was asked for again. */
  readonly seq: number;
}

/** The `webhook-id`: what it is made of never changes, so a repeat has the same. The standard forbids a full stop in it. */
export function letterId({ stream, position }: Pick<Letter, 'stream' | 'position'>): string {
  return `${stream}:${position}`;
}

/** The event as clients see it, and beside `at` the name that Standard Webhooks have for it. */
export function letterBody(stream: string, { position, body }: Pick<LoggedEvent, 'position' | 'body'>): string {
  const { at } = JSON.parse(body) as { at: string };
  return `{"timestamp":${JSON.stringify(at)},${eventText(stream, position, body).slice(1)}`;
}

export function messageOfEvent(stream: string, event: LoggedEvent): Message {
  return { id: letterId({ stream, position: event.position }), body: letterBody(stream, event) };
}

/** Null for an event that is not there, as in a log that was put back from a backup. */
export async function readMessage(log: Log, { stream, position }: Pick<Letter, 'stream' | 'position'>): Promise<Message | null> {
  for await (const { events } of log.read({ stream, after: position - 1 })) {
    const event = events[0];
    return event?.position === position ? messageOfEvent(stream, event) : null;
  }
  return null;
}
