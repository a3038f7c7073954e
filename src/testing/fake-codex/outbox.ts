/**
 * What a fake Codex sends on one connection, in order, with the faults of its plan: frames that are late, come twice or break off,
 * answers that are overtaken.
 */

import { systemClock } from '../../base/clock.js';
import type { Fields } from './history.js';
import type { Plan } from './settings.js';

/** What carries the frames. */
export interface Carrier {
  send(text: string): void;
  /** Breaks the connection in the middle of that text. */
  breakIn(text: string): void;
}

/** Notifications of which the real one never sends a second copy, and which a reader could not tell from new ones. */
const ONCE = /[dD]elta$/;
const MOST_LATE_MS = 4;

export class Outbox {
  readonly #carrier: Carrier;
  readonly #plan: Plan;
  readonly #name: string;
  readonly #frames: Fields[] = [];
  /** An answer that is being overtaken, and by how many frames more. */
  #held: { readonly frame: Fields; left: number } | undefined;
  #sending = false;
  #count = 0;
  #over = false;

  constructor(carrier: Carrier, plan: Plan, name: string) {
    this.#carrier = carrier;
    this.#plan = plan;
    this.#name = name;
  }

  /** `overtakenBy`: so many frames go first, or all up to the end of a turn. */
  send(frame: Fields, overtakenBy = 0): void {
    if (overtakenBy > 0 && this.#held === undefined) {
      this.#held = { frame, left: overtakenBy };
      return;
    }
    this.#push(frame);
    const method = frame['method'];
    if (typeof method === 'string' && !ONCE.test(method) && this.#plan.hits('duplicate', this.#name, this.#count, method))
      this.#push(frame);
    const held = this.#held;
    if (held === undefined) return;
    held.left -= 1;
    if (held.left > 0 && method !== 'turn/completed') return;
    this.#held = undefined;
    this.#push(held.frame);
  }

  close(): void {
    this.#over = true;
  }

  #push(frame: Fields): void {
    this.#count += 1;
    this.#frames.push(frame);
    this.#pump();
  }

  #pump(): void {
    if (this.#sending) return;
    for (let frame = this.#frames.shift(); frame !== undefined && !this.#over; frame = this.#frames.shift()) {
      const text = JSON.stringify(frame);
      const at = [this.#name, this.#count, this.#frames.length, text.length] as const;
      if (this.#plan.hits('delay', ...at)) {
        this.#sending = true;
        systemClock.after(1 + this.#plan.number(MOST_LATE_MS - 1, ...at), () => {
          this.#sending = false;
          this.#deliver(text, at);
          this.#pump();
        });
        return;
      }
      this.#deliver(text, at);
    }
  }

  #deliver(text: string, at: readonly (string | number)[]): void {
    if (this.#over) return;
    if (!this.#plan.hits('cut', ...at)) return this.#carrier.send(text);
    this.#over = true;
    this.#carrier.breakIn(text);
  }
}
