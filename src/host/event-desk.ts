/** The desk of events: a session's events page by page, and what is recorded as it comes. */

import { SpoolError } from '../base/errors.js';
import { isForClients, parseEvent } from '../contract/event-text.js';
import type { Event } from '../contract/events.js';
import type { Log, LogRecord } from '../ports/log.js';
import { isSessionId } from './session-id.js';

export class EventDesk {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Position of the session's last event. Rejects with `not-found`. */
  async head(session: string): Promise<number> {
    const head = isSessionId(session) ? await this.#log.head(session) : undefined;
    if (head === undefined || head.version === 'none') throw new SpoolError('not-found', `there is no session ${session}`);
    return head.position;
  }

  async page(session: string, query: { after: number; limit: number }): Promise<{ events: readonly Event[]; next: number | null }> {
    const head = await this.head(session);
    const events: Event[] = [];
    for await (const record of this.#log.read({ stream: session, after: query.after })) {
      for (const one of record.events) if (events.length < query.limit) events.push(parseEvent(session, one.position, one.body));
      if (events.length >= query.limit) break;
    }
    const last = events.at(-1)?.position ?? query.after;
    return { events, next: last < head ? last : null };
  }

  /** Records of one session behind `after`, or of all from now on, until `signal` is aborted. */
  async *follow({
    session,
    after,
    signal,
  }: {
    session?: string | undefined;
    after: number;
    signal: AbortSignal;
  }): AsyncIterable<LogRecord> {
    if (session !== undefined) {
      await this.head(session);
      yield* this.#log.follow({ stream: session, after, signal });
      return;
    }
    const { position } = await this.#log.head();
    for await (const record of this.#log.follow({ after: position, signal })) if (isForClients(record.stream)) yield record;
  }
}
