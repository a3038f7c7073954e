/**
 * The clock of one awake session: waits for whatever runs out of time next and tells the session. It only ever wakes up too early,
 * never too late: a deadline that moved on is looked at again when the old one has come.
 */

import type { Clock } from '../base/clock.js';
import type { ResolvedLimits } from '../contract/limits.js';
import type { OwnFact } from '../domain/decide-fact.js';
import { type Due, nextDue } from '../domain/due.js';
import type { OpenTurn, SessionState } from '../domain/state.js';

export interface TimekeeperParts {
  readonly clock: Clock;
  readonly limits: (turn: OpenTurn) => ResolvedLimits;
  /** Whether the runtime is being heard, so that its silence means something. */
  readonly listening: () => boolean;
  readonly tell: (fact: OwnFact) => void;
}

/** Node's timers take no more than this. */
const LONGEST_MS = 2 ** 31 - 1;

export class Timekeeper implements Disposable {
  readonly #parts: TimekeeperParts;
  #state: SessionState | undefined;
  #armed: { readonly at: number; readonly timer: Disposable } | undefined;
  #closed = false;
  /** Limits of turns that are open; an agent's file is not read again with every delta. */
  readonly #limits = new Map<string, ResolvedLimits>();

  constructor(parts: TimekeeperParts) {
    this.#parts = parts;
  }

  /** Called after every change. */
  watch(state: SessionState): void {
    this.#state = state;
    if (this.#closed) return;
    if (state.turns.length === 0) this.#limits.clear();
    const due = nextDue(state, this.#limitsOf);
    if (due === undefined || this.#isDeaf(due)) {
      this.#disarm();
      return;
    }
    if (this.#armed !== undefined && this.#armed.at <= due.at) return;
    this.#disarm();
    const wait = Math.min(Math.max(0, due.at - this.#parts.clock.now()), LONGEST_MS);
    this.#armed = { at: due.at, timer: this.#parts.clock.after(wait, () => this.#ring()) };
  }

  /** A runtime that is not being heard may be working all the while; what it says when it is back moves the time on. */
  #isDeaf({ what }: Due): boolean {
    return (what === 'idle' || what === 'interrupt') && !this.#parts.listening();
  }

  #ring(): void {
    this.#armed = undefined;
    const state = this.#state;
    if (this.#closed || state === undefined) return;
    const due = nextDue(state, this.#limitsOf);
    if (due !== undefined && due.at <= this.#parts.clock.now() && !this.#isDeaf(due)) this.#parts.tell({ type: 'due', due });
    else this.watch(state);
  }

  readonly #limitsOf = (turn: OpenTurn): ResolvedLimits => {
    const known = this.#limits.get(turn.id);
    if (known !== undefined) return known;
    const limits = this.#parts.limits(turn);
    this.#limits.set(turn.id, limits);
    return limits;
  };

  #disarm(): void {
    this.#armed?.timer[Symbol.dispose]();
    this.#armed = undefined;
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#disarm();
  }
}
