/**
 * The text of an event: what the log keeps (`body`, without position and session) and what a client gets (with both in front).
 * The second is made from the first by text alone, so the same event has the same bytes for every reader, live or replayed.
 */

import type { Event, Unplaced } from './events.js';

/** What an event is about, by the beginning of its stream's id. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ['tsk_', 'task'],
  ['sch_', 'schedule'],
  ['whk_', 'webhook'],
]);

/** The text that the log keeps. */
export function eventBody(event: Unplaced): string {
  return JSON.stringify(event);
}

/** Whether clients see what is in the stream. All but sessions and tasks is the host's own affair: webhooks, schedules. */
export function isForClients(stream: string): boolean {
  return stream.startsWith('ses_') || stream.startsWith('tsk_');
}

/** The text that clients get. */
export function eventText(stream: string, position: number, body: string): string {
  const whose = KINDS.get(stream.slice(0, 4)) ?? 'session';
  return `{"position":${position},"${whose}":${JSON.stringify(stream)},${body.slice(1)}`;
}

/** The event in a log entry. The log holds only what `eventBody` wrote, so the shape is taken as it is. */
export function parseEvent(session: string, position: number, body: string): Event {
  return { position, session, ...(JSON.parse(body) as Unplaced) };
}
