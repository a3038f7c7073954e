/**
 * A client that follows one session's event stream through everything: it is cut off, or cuts itself off, and comes back with
 * Last-Event-ID. It holds the stream to its promises as it reads: positions one apart, no event twice, the same bytes for ever.
 */

import { type ClientRequest, request } from 'node:http';
import type { Event } from '../src/contract/events.js';
import { must } from './broken.js';
import type { HostProcess } from './host-process.js';

export interface Followed {
  readonly session: string;
  readonly host: HostProcess;
  /** Called once for each event, in order. */
  readonly onEvent: (event: Event) => void;
  readonly onBroken: (error: Error) => void;
}

export class Follower {
  /** The data of each event as it was first seen; index 0 is position 1. */
  readonly seen: string[] = [];
  readonly #followed: Followed;
  #asking: ClientRequest | undefined;
  #over = false;
  #connections = 0;
  #rewind = 0;
  readonly done: Promise<void>;

  constructor(followed: Followed) {
    this.#followed = followed;
    this.done = this.#follow();
  }

  /** How often it has connected. */
  get connections(): number {
    return this.#connections;
  }

  /** Hangs up; it comes back and asks for the last so many events once more. */
  cut(again: number): void {
    this.#rewind = again;
    this.#asking?.destroy();
  }

  stop(): void {
    this.#over = true;
    this.#asking?.destroy();
  }

  async #follow(): Promise<void> {
    while (!this.#over) {
      try {
        const { url, token } = await this.#followed.host.up();
        this.#connections += 1;
        await this.#read(url, token);
      } catch (error) {
        this.#over = true;
        this.#followed.onBroken(error as Error);
      }
      await new Promise(setImmediate);
    }
  }

  /** Resolves when the connection is over, however. Rejects when the stream breaks a promise. */
  #read(url: string, token: string): Promise<void> {
    const { session } = this.#followed;
    const after = Math.max(0, this.seen.length - this.#rewind);
    this.#rewind = 0;
    return new Promise((resolve, reject) => {
      let expected = after + 1;
      let text = '';
      const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream', 'last-event-id': String(after) };
      const asking = request(`${url}/v1/sessions/${session}/events`, { headers, agent: false });
      this.#asking = asking;
      asking.once('response', (response) => {
        response.once('error', () => resolve());
        response.once('close', () => resolve());
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
          try {
            for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
              expected = this.#take(text.slice(0, end), expected);
              text = text.slice(end + 2);
            }
          } catch (error) {
            reject(error as Error);
            asking.destroy();
          }
        });
      });
      asking.once('error', () => resolve());
      asking.once('close', () => resolve());
      asking.end();
    });
  }

  /** Takes one frame; the position that must come next. */
  #take(frame: string, expected: number): number {
    const [, id, data = ''] = /^id: (\d+)\nevent: \S+\ndata: (.*)$/.exec(frame) ?? [];
    if (id === undefined) {
      const opened = /^event: stream\.opened\ndata: (.*)$/.exec(frame)?.[1];
      if (opened !== undefined) must(/"resume":"ok"/.test(opened), 'a cursor that was given out stays good', () => frame);
      return expected;
    }
    const position = Number(id);
    const { session, onEvent } = this.#followed;
    must(position === expected, 'positions are one apart', () => `${session} sent ${position} where ${expected} was due`);
    const before = this.seen[position - 1];
    if (before === undefined) {
      this.seen.push(data);
      onEvent(JSON.parse(data) as Event);
    } else must(before === data, 'the bytes of a position never change', () => `${session} at ${position}: first ${before}, now ${data}`);
    return position + 1;
  }
}
