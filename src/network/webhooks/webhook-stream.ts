/** The one writer of a webhook's stream, and the reader of its dead letters. */

import { type Clock, isoTime } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import { Lane } from '../../base/lane.js';
import type { Log, Version } from '../../ports/log.js';
import { type Letter, letterId } from './letter.js';
import {
  evolved,
  foldWebhook,
  type NewWebhookEvent,
  parseWebhookEvent,
  type WebhookEventData,
  type WebhookEventOf,
  type WebhookState,
} from './webhook-state.js';

interface Streams {
  readonly log: Log;
  readonly clock: Clock;
}

/** One that was given up and not asked for again since. */
export interface Dead extends Pick<Letter, 'stream' | 'position'> {
  /** Where it stands in the webhook's own stream. */
  readonly place: number;
  readonly attempts: number;
  readonly error: string;
  readonly at: string;
}

export class WebhookStream {
  readonly #parts: Streams;
  readonly #lane = new Lane();
  #state: WebhookState;
  #version: Version;

  private constructor(parts: Streams, state: WebhookState, version: Version) {
    this.#parts = parts;
    this.#state = state;
    this.#version = version;
  }

  /** Null when there is none. */
  static async wake(parts: Streams, id: string): Promise<WebhookStream | null> {
    let state: WebhookState | undefined;
    let version: Version | undefined;
    for await (const record of parts.log.read({ stream: id, after: 0 })) {
      state = foldWebhook(state, record);
      version = record.version;
    }
    return state === undefined || version === undefined ? null : new WebhookStream(parts, state, version);
  }

  /** Rejects with `conflict` when there is one of this id. */
  static async begin(parts: Streams, id: string, data: WebhookEventData['webhook.created']): Promise<WebhookStream> {
    const event: WebhookEventOf = { type: 'webhook.created', at: isoTime(parts.clock), data };
    await parts.log.append(id, { events: [{ type: event.type, body: JSON.stringify(event) }] }, 'none');
    const stream = await WebhookStream.wake(parts, id);
    if (stream === null) throw new SpoolError('internal', `webhook ${id} was written and is not there`);
    return stream;
  }

  get state(): WebhookState {
    return this.#state;
  }

  /** The state once what was decided is durable. With a command id that is known nothing is decided. Throws what `decide` throws. */
  change(
    decide: (state: WebhookState) => readonly NewWebhookEvent[] | Promise<readonly NewWebhookEvent[]>,
    commandId?: string,
  ): Promise<WebhookState> {
    return this.#lane.run(async () => {
      const { log } = this.#parts;
      if (commandId !== undefined && (await log.find(this.#state.id, commandId)) !== null) return this.#state;
      const events = await decide(this.#state);
      if (events.length > 0) await this.#append(events, commandId);
      return this.#state;
    });
  }

  async #append(news: readonly NewWebhookEvent[], commandId: string | undefined): Promise<void> {
    const at = isoTime(this.#parts.clock);
    const events = news.map((event): WebhookEventOf => ({ ...event, at }));
    const bodies = events.map((event) => ({ type: event.type, body: JSON.stringify(event) }));
    const { version } = await this.#parts.log.append(this.#state.id, { events: bodies, commandId }, this.#version);
    this.#version = version;
    this.#state = events.reduce(evolved, this.#state);
  }

  /** By their ids, the oldest first. Read from the log each time: there may be many, and hardly anybody asks. */
  async deadLetters(): Promise<Map<string, Dead>> {
    const dead = new Map<string, Dead>();
    for await (const { events } of this.#parts.log.read({ stream: this.#state.id, after: 0 })) {
      for (const { position: place, body } of events) {
        const { type, at, data } = parseWebhookEvent(body);
        if (type === 'webhook.gave-up') dead.set(letterId(data), { ...data, place, at });
        else if (type === 'webhook.redelivered') for (const letter of data.letters) dead.delete(letterId(letter));
      }
    }
    return dead;
  }

  drain(): Promise<void> {
    return this.#lane.drain();
  }
}
