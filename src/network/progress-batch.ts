/**
 * What an agent writes, in pieces that are worth an event: after 200 ms or 1 KB, whichever comes first. Whoever brings more waits for the
 * piece before to be durable, so a slow disk slows the reader and fills no memory.
 */

import type { Clock } from '../base/clock.js';

const EVERY_MS = 200;
const BYTES = 1024;

export class ProgressBatch {
  readonly #clock: Clock;
  readonly #write: (text: string) => Promise<void>;
  #text = '';
  #timer: Disposable | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(clock: Clock, write: (text: string) => Promise<void>) {
    this.#clock = clock;
    this.#write = write;
  }

  /** Resolves at once as long as there is room. */
  async push(text: string): Promise<void> {
    this.#text += text;
    if (this.#text.length >= BYTES) await this.flush();
    else this.#timer ??= this.#clock.after(EVERY_MS, () => void this.flush());
  }

  /** Writes what there is. Never rejects: progress that cannot be written is no reason to stop the work. */
  flush(): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#writeAll()).catch(() => undefined);
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    if (text !== '') await this.#write(text);
  }

  /** Drops what was not written: the work is over, and its end says it all. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#text = '';
  }
}
