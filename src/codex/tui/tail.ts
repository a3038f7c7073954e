/**
 * Follows a file that another process appends lines to. The system's word that it has grown comes soon and not always, so the file is also
 * looked at now and then. A line counts when it has its end.
 */

import { type FSWatcher, watch } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Clock } from '../../base/clock.js';
import { Lane } from '../../base/lane.js';

export interface TailOptions {
  readonly file: string;
  /** Where the first line begins that is of interest. */
  readonly from: number;
  readonly clock: Clock;
  readonly onLine: (line: string, offset: number) => void;
  /** The file cannot be read any more; nothing more comes. */
  readonly onError: (error: unknown) => void;
}

const LOOK_MS = 200;
const CHUNK = 256 * 1024;
/** A longer line is no line of a conversation. */
const LONGEST = 64 * 1024 * 1024;
const NEWLINE = 0x0a;

export class Tail implements AsyncDisposable {
  readonly #options: TailOptions;
  readonly #lane = new Lane();
  #handle: FileHandle | undefined;
  #watcher: FSWatcher | undefined;
  #timer: Disposable | undefined;
  /** Where to read on, and what is there of a line without its end. */
  #at: number;
  #rest: Buffer[] = [];
  #restBytes = 0;
  #asked = false;
  #over = false;

  constructor(options: TailOptions) {
    this.#options = options;
    this.#at = options.from;
    try {
      this.#watcher = watch(options.file, { persistent: false }, () => this.#look());
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // No watches left on this system: looking must do.
    }
    this.#look();
  }

  /** Hands over all that is there now. */
  read(): Promise<void> {
    return this.#lane.run(() => this.#read()).catch((error: unknown) => this.#fail(error));
  }

  #look(): void {
    if (this.#asked || this.#over) return;
    this.#asked = true;
    this.#timer?.[Symbol.dispose]();
    void this.read().then(() => {
      this.#asked = false;
      if (!this.#over) this.#timer = this.#options.clock.after(LOOK_MS, () => this.#look());
    });
  }

  async #read(): Promise<void> {
    if (this.#over) return;
    this.#handle ??= await open(this.#options.file, 'r');
    for (;;) {
      const { bytesRead, buffer } = await this.#handle.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, this.#at);
      if (bytesRead === 0 || this.#over) return;
      this.#at += bytesRead;
      this.#take(buffer.subarray(0, bytesRead));
    }
  }

  #take(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      this.#keep(chunk.subarray(from, end));
      const offset = this.#at - chunk.length + end - this.#restBytes;
      const line = Buffer.concat(this.#rest).toString('utf8');
      const whole = this.#restBytes <= LONGEST;
      this.#rest = [];
      this.#restBytes = 0;
      from = end + 1;
      if (whole && !this.#over) this.#options.onLine(line, offset);
    }
    this.#keep(chunk.subarray(from));
  }

  #keep(part: Buffer): void {
    this.#restBytes += part.length;
    if (this.#restBytes <= LONGEST) this.#rest.push(Buffer.from(part));
    else this.#rest = [];
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.onError(error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    this.#watcher?.close();
    this.#timer?.[Symbol.dispose]();
    await this.#lane[Symbol.asyncDispose]();
    await this.#handle?.close();
    this.#handle = undefined;
  }
}
