/**
 * Puts the steps of a timeline on a terminal: text is appended for good, the status stands in one line below it that is wiped
 * before the next text. Each step is one write, so nothing flickers. Where there is no terminal only the text is written.
 */

import { cutTo } from './printable.js';
import type { Step } from './timeline.js';
import { duration } from './words.js';

/** The part of a stream that is needed. */
export interface Screen {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const WIPE = '\r\u001b[K';

export class LiveWriter implements Disposable {
  readonly #screen: Screen;
  readonly #now: () => number;
  readonly #dim: (text: string) => string;
  #status: string | null = null;
  #since = 0;
  /** The status as it stands on the screen now. */
  #shown = '';
  #held = false;
  /** What came while held. */
  #kept = '';
  #atLineStart = true;
  #tick: ReturnType<typeof setInterval> | undefined;

  constructor(screen: Screen, options: { now?: () => number; dim?: (text: string) => string } = {}) {
    this.#screen = screen;
    this.#now = options.now ?? Date.now;
    this.#dim = options.dim ?? ((text) => text);
  }

  write({ text, status }: Step): void {
    if (status !== this.#status) this.#since = this.#now();
    this.#status = status;
    if (this.#held) this.#kept += text;
    else this.#put(text);
    if (this.#screen.isTTY === true && status !== null && this.#tick === undefined) {
      this.#tick = setInterval(() => this.#put(''), 1000);
      this.#tick.unref();
    }
  }

  /** While somebody is asked below the text, nothing is written: what comes meanwhile follows when the question is gone. */
  hold(held: boolean): void {
    this.#held = held;
    const kept = this.#kept;
    this.#kept = '';
    this.#put(held && !this.#atLineStart ? `${kept}\n` : kept);
  }

  #put(text: string): void {
    const line = this.#statusLine();
    if (text === '' && line === this.#shown) return;
    if (text !== '') this.#atLineStart = text.endsWith('\n');
    const wipe = this.#shown === '' ? '' : WIPE;
    this.#shown = line;
    this.#screen.write(wipe + text + line);
  }

  #statusLine(): string {
    if (this.#screen.isTTY !== true || this.#status === null || this.#held) return '';
    const elapsed = this.#now() - this.#since;
    const time = elapsed < 1000 ? '' : ` ${duration(Math.floor(elapsed / 1000) * 1000).replace('.0 s', ' s')}`;
    // The last column stays free: a full line wraps, and a wrapped line cannot be wiped.
    const room = Math.max(8, (this.#screen.columns || 80) - 1) - time.length - 2;
    return this.#dim(`… ${cutTo(this.#status, room)}${time}`);
  }

  /** Wipes the status and stops the clock. */
  [Symbol.dispose](): void {
    clearInterval(this.#tick);
    this.#status = null;
    this.hold(false);
  }
}
