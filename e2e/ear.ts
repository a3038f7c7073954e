/** A follower of one session that opens one stream and reads it, and asks for nothing more. */

import { type Event, sseFrames } from '../src/client/index.js';
import type { Served } from './program.js';
import { until } from './until.js';

export class Ear implements AsyncDisposable {
  readonly events: Event[] = [];
  /** How many requests it has sent. */
  requests = 0;
  readonly #stop = new AbortController();
  readonly #reading: Promise<void>;

  private constructor(response: Response) {
    this.requests = 1;
    this.#reading = this.#read(response);
  }

  /** Resolves when the stream is open. */
  static async of({ url, token }: Served, session: string, after = 0): Promise<Ear> {
    const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
    const stop = new AbortController();
    const response = await fetch(`${url}/v1/sessions/${session}/events?after=${after}`, { headers, signal: stop.signal });
    if (!response.ok) throw new Error(`the stream of events was refused with ${response.status}`);
    const ear = new Ear(response);
    ear.#stop.signal.addEventListener('abort', () => stop.abort());
    return ear;
  }

  until<E extends Event>(what: string, fits: (event: Event) => event is E): Promise<E>;
  until(what: string, fits: (event: Event) => boolean): Promise<Event>;
  until(what: string, fits: (event: Event) => boolean): Promise<Event> {
    return until(what, () => this.events.find(fits), { seen: () => this.events.map(({ type }) => type).slice(-20) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#reading;
  }

  async #read({ body }: Response): Promise<void> {
    if (body === null) return;
    try {
      for await (const frame of sseFrames(body)) {
        if (frame.type === 'frame' && frame.id !== undefined) this.events.push(JSON.parse(frame.data) as Event);
      }
    } catch (error) {
      // It was hung up, by us or by the host's end.
      if (!(error instanceof Error)) throw error;
    }
  }
}
