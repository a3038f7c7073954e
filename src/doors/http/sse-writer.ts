/** Writes frames to one SSE client: what comes in one breath goes out in one write, and a client that does not read is waited for. */

import type { ServerResponse } from 'node:http';

/** Bytes that are gathered before they are written, whatever else may come. */
const BATCH = 64 * 1024;
const COMMENT = Buffer.from(': keep-alive\n\n');

export class SseWriter {
  readonly #response: ServerResponse;
  readonly #signal: AbortSignal;
  #parts: Buffer[] = [];
  #bytes = 0;
  #scheduled = false;
  #blocked = false;

  /** `signal` is aborted when the client is gone. */
  constructor(response: ServerResponse, signal: AbortSignal) {
    this.#response = response;
    this.#signal = signal;
  }

  /** True when the caller must await `flushed` before it writes more. */
  get full(): boolean {
    return this.#blocked || this.#bytes >= BATCH;
  }

  write(frames: Buffer): void {
    this.#parts.push(frames);
    this.#bytes += frames.length;
    if (this.#scheduled) return;
    this.#scheduled = true;
    // Runs once all that is ready now was handed to `write`.
    process.nextTick(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  /** Says that the stream is alive, unless the client has not even taken what was written before. */
  comment(): void {
    if (!this.#blocked && !this.#signal.aborted) this.#put(COMMENT);
  }

  /** Resolves once the client has taken what was written, or is gone. */
  async flushed(): Promise<void> {
    this.#flush();
    while (this.#blocked && !this.#signal.aborted) await drainedOrGone(this.#response, this.#signal);
  }

  end(): void {
    this.#flush();
    if (!this.#response.destroyed) this.#response.end();
  }

  #flush(): void {
    // While blocked, at most one batch waits here: the caller stops at `full`.
    if (this.#blocked || this.#parts.length === 0) return;
    const [only] = this.#parts;
    const bytes = this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts, this.#bytes);
    this.#parts = [];
    this.#bytes = 0;
    this.#put(bytes);
  }

  #put(bytes: Buffer): void {
    if (this.#response.destroyed || this.#response.writableEnded || this.#response.write(bytes)) return;
    this.#blocked = true;
    this.#response.once('drain', () => {
      this.#blocked = false;
      this.#flush();
    });
  }
}

function drainedOrGone(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    response.once('drain', done);
    signal.addEventListener('abort', done);
  });
}
