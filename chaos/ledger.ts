/** What the clients of a round were told: every command with its answer. The checks compare it with what became of it. */

import type { Disposition, TurnMode } from '../src/contract/words.js';

export interface TurnCommand {
  readonly session: string;
  /** Stands in the input, so that it is found wherever it goes. */
  readonly tag: string;
  readonly mode: TurnMode;
  /** Undefined when it was refused. */
  readonly accepted: { readonly turn: string; readonly disposition: Disposition; readonly position: number } | undefined;
  readonly status: number;
}

export interface AnswerCommand {
  readonly approval: string;
  readonly decision: string;
  readonly status: number;
}

export interface CancelCommand {
  readonly session: string;
  readonly turn: string;
  readonly status: number;
  /** An answer was lost before this one, so this one may only tell of the first. */
  readonly lost: boolean;
}

export interface Ledger {
  readonly turns: TurnCommand[];
  readonly answers: AnswerCommand[];
  readonly cancels: CancelCommand[];
  interrupts: number;
  repeats: number;
  moves: number;
}

export function newLedger(): Ledger {
  return { turns: [], answers: [], cancels: [], interrupts: 0, repeats: 0, moves: 0 };
}
