/**
 * One WebSocket of ours: notices when the other side is gone, and never holds more than a bounded number of bytes for one that
 * does not read.
 */

import type { WebSocket } from 'ws';
import type { Clock } from '../base/clock.js';
import type { LogRecord } from '../ports/log.js';

/** Bytes on their way to one client from which on its events are not read any further. */
export const BUFFER_LIMIT = 1024 * 1024;
/** Longest message from a client, in bytes. */
export const MESSAGE_LIMIT = 1024 * 1024;
export const PING_MS = 20_000;
const MISSED_PINGS = 2;

/** Ends with its socket; `signal` tells. */
export class LiveSocket {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #gone = new AbortController();
  #missed = 0;
  #ping: Disposable;

  constructor(socket: WebSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.#ping = clock.after(PING_MS, () => this.#beat());
    socket.on('pong', () => {
      this.#missed = 0;
    });
    socket.on('close', () => {
      this.#ping[Symbol.dispose]();
      this.#gone.abort();
    });
    // The reason of a broken connection is of no use to anybody; 'close' follows.
    socket.on('error', () => socket.terminate());
  }

  /** Aborted once the socket is closed. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** True while the client has more bytes to take than it should. */
  get full(): boolean {
    return this.#socket.bufferedAmount > BUFFER_LIMIT;
  }

  send(text: string): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(text, noted);
  }

  /** Resolves when all that was sent before has left, or with the socket. */
  async flushed(): Promise<void> {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return;
    // An empty ping comes after all messages, and its callback when it was written.
    await new Promise<void>((resolve) => socket.ping('', undefined, () => resolve()));
  }

  /** Sends what `encode` makes of each record, waiting while the client is behind; ends with the records. */
  async sendAll(records: AsyncIterable<LogRecord>, encode: (record: LogRecord) => Iterable<string>): Promise<void> {
    for await (const record of records) {
      for (const text of encode(record)) this.send(text);
      if (this.full) await this.flushed();
    }
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #beat(): void {
    if (this.#missed >= MISSED_PINGS) {
      this.#socket.terminate();
      return;
    }
    this.#missed += 1;
    this.#socket.ping('', undefined, noted);
    this.#ping = this.#clock.after(PING_MS, () => this.#beat());
  }
}

/** A send that fails is followed by 'close', which is where it is dealt with. */
function noted(): void {
  return undefined;
}
