/**
 * Which letter goes next. Fresh ones go in the order of the log, one at a time of each stream; one that was not taken is put aside and
 * tried again later, without holding up those behind it. What is put aside is a reference, and there are only so many of them: beyond
 * that the log is not read on, however far behind it this is.
 */

import type { Letter } from './letter.js';
import type { Message } from './signature.js';

export interface Fresh extends Letter {
  readonly message: Message;
}

export interface Aside extends Letter {
  readonly attempts: number;
  /** In milliseconds since 1970. */
  readonly due: number;
}

/** How many requests run at once. */
const AT_ONCE = 8;
/** Of these, as many may be repeats: so neither what is new nor what is old can starve the other. */
const REPEATS_AT_ONCE = 4;
/** How many fresh ones are read ahead, and how many characters of them. */
const AHEAD = 64;
const AHEAD_CHARACTERS = 1024 * 1024;
const MOST_ASIDE = 1000;

export class Outbox {
  /** In the order of the log. */
  readonly #waiting: Fresh[] = [];
  readonly #posting = new Set<Fresh>();
  readonly #busy = new Set<string>();
  readonly #aside = new Map<string, Aside>();
  readonly #repeating = new Set<string>();
  #characters = 0;

  constructor(aside: readonly Aside[]) {
    for (const one of aside) this.#aside.set(keyOf(one), one);
  }

  get hasRoom(): boolean {
    const { size } = this.#aside;
    if (this.#waiting.length + this.#posting.size + size >= MOST_ASIDE) return false;
    return this.#waiting.length < AHEAD && this.#characters < AHEAD_CHARACTERS;
  }

  /** Letters that are on their way, or will be. */
  get size(): number {
    return this.#waiting.length + this.#posting.size + this.#aside.size;
  }

  /** One that was put aside before the host was started anew is met again in the log. */
  add(letter: Fresh): void {
    if (this.#aside.has(keyOf(letter))) return;
    this.#waiting.push(letter);
    this.#characters += letter.message.body.length;
  }

  /** The next one that may go now. Whoever takes it says how it went, with one of the methods below. */
  take(now: number): Fresh | Aside | undefined {
    if (this.#posting.size + this.#repeating.size >= AT_ONCE) return undefined;
    const repeat = this.#repeating.size >= REPEATS_AT_ONCE ? undefined : this.#earliest();
    if (repeat !== undefined && repeat.due <= now) {
      this.#repeating.add(keyOf(repeat));
      return repeat;
    }
    const index = this.#waiting.findIndex(({ stream }) => !this.#busy.has(stream));
    const fresh = this.#waiting[index];
    if (fresh === undefined) return undefined;
    this.#waiting.splice(index, 1);
    this.#posting.add(fresh);
    this.#busy.add(fresh.stream);
    return fresh;
  }

  /** It is done with: it was taken, or given up. */
  settle(letter: Fresh | Aside): void {
    if (isFresh(letter)) this.#leave(letter);
    else {
      this.#repeating.delete(keyOf(letter));
      this.#aside.delete(keyOf(letter));
    }
  }

  /** It is to be tried again. */
  putAside(letter: Fresh | Aside, attempts: number, due: number): void {
    if (isFresh(letter)) this.#leave(letter);
    const { stream, position, seq } = letter;
    this.#repeating.delete(keyOf(letter));
    this.#aside.set(keyOf(letter), { stream, position, seq, attempts, due });
  }

  #leave(letter: Fresh): void {
    this.#posting.delete(letter);
    this.#busy.delete(letter.stream);
    this.#characters -= letter.message.body.length;
  }

  /** When the next repeat is due that nobody has taken yet. */
  get nextDue(): number | undefined {
    return this.#repeating.size >= REPEATS_AT_ONCE ? undefined : this.#earliest()?.due;
  }

  #earliest(): Aside | undefined {
    let first: Aside | undefined;
    for (const [key, one] of this.#aside) {
      if ((first === undefined || one.due < first.due) && !this.#repeating.has(key)) first = one;
    }
    return first;
  }

  /** All records up to this one are done with, but for what was put aside. `read`: the record up to which all were added. */
  doneUpTo(read: number): number {
    let done = read;
    for (const { seq } of this.#waiting) done = Math.min(done, seq - 1);
    for (const { seq } of this.#posting) done = Math.min(done, seq - 1);
    return done;
  }

  aside(): Aside[] {
    return [...this.#aside.values()];
  }
}

/** By the record too: a letter that is asked for again may meet its own earlier self. */
function keyOf({ stream, position, seq }: Letter): string {
  return `${stream}:${position} ${seq}`;
}

export function isFresh(letter: Fresh | Aside): letter is Fresh {
  return 'message' in letter;
}
