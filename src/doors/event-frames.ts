/**
 * Events as bytes on a wire. Records that come live are the same objects for all who follow, so each is encoded once, however many
 * there are; what is replayed has its own objects, which go with their encoding.
 */

import { eventText } from '../contract/event-text.js';
import type { LoggedEvent, LogRecord } from '../ports/log.js';

const texts = new WeakMap<LoggedEvent, string>();
const numberedFrames = new WeakMap<LogRecord, Buffer>();
const plainFrames = new WeakMap<LogRecord, Buffer>();

/** An event's JSON text, the same bytes at every reading. */
export function textOf(session: string, event: LoggedEvent): string {
  const known = texts.get(event);
  if (known !== undefined) return known;
  const text = eventText(session, event.position, event.body);
  texts.set(event, text);
  return text;
}

/** A record as SSE frames; `numbered` puts each event's position as its id, which means something within one session only. */
export function sseFrames(record: LogRecord, numbered: boolean): Buffer {
  const cache = numbered ? numberedFrames : plainFrames;
  const known = cache.get(record);
  if (known !== undefined) return known;
  let frames = '';
  for (const event of record.events) {
    const id = numbered ? `id: ${event.position}\n` : '';
    frames += `${id}event: ${event.type}\ndata: ${eventText(record.stream, event.position, event.body)}\n\n`;
  }
  const bytes = Buffer.from(frames);
  cache.set(record, bytes);
  return bytes;
}
