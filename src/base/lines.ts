/**
 * Cuts a stream of bytes into lines at '\n' and nowhere else: JSON texts may hold U+2028, U+2029 and '\r', at which other readers
 * cut. Pure; a line comes out in the same call in which its last byte came in.
 */

import { SpoolError } from './errors.js';

export interface LineCutterOptions {
  /** The most bytes that a line may have, its '\n' not counted. */
  readonly maxBytes: number;
  /** Gets each line without its '\n', decoded as UTF-8; bytes that are none become U+FFFD. Empty lines too. */
  readonly onLine: (line: string) => void;
}

const NEWLINE = 0x0a;

export class LineCutter {
  readonly #options: LineCutterOptions;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** What is there of an unfinished line: already decoded, so that no byte is copied again when more comes. */
  #started = '';
  #startedBytes = 0;
  #over = false;

  constructor(options: LineCutterOptions) {
    this.#options = options;
  }

  /** Takes the next bytes. Throws `too-large` as soon as a line is over the limit; from then on nothing is taken. */
  push(chunk: Uint8Array): void {
    let from = 0;
    while (from < chunk.length && !this.#over) {
      const end = chunk.indexOf(NEWLINE, from);
      const piece = chunk.subarray(from, end === -1 ? chunk.length : end);
      this.#check(piece.length);
      if (end === -1) {
        this.#started += this.#decoder.decode(piece, { stream: true });
        this.#startedBytes += piece.length;
        return;
      }
      from = end + 1;
      this.#emit(this.#started + this.#decoder.decode(piece));
    }
  }

  /** Ends the stream: a last line that has no '\n' is a line too. Twice is fine. */
  end(): void {
    if (this.#startedBytes > 0 && !this.#over) this.#emit(this.#started + this.#decoder.decode());
    this.#over = true;
  }

  #emit(line: string): void {
    this.#started = '';
    this.#startedBytes = 0;
    this.#options.onLine(line);
  }

  #check(more: number): void {
    const { maxBytes } = this.#options;
    if (this.#startedBytes + more <= maxBytes) return;
    this.#over = true;
    this.#started = '';
    this.#startedBytes = 0;
    throw new SpoolError('too-large', `a line is longer than ${maxBytes} bytes`, { details: { maxBytes } });
  }
}
