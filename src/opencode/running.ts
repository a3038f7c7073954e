/** What is known of the turn that runs in a conversation, and when OpenCode's words mean that it is over. */

import type { Fact } from '../contract/facts.js';
import type { TurnError } from '../contract/session.js';
import { errorOf, isAborted } from './failures.js';
import type { ModelRef } from './settings.js';
import type { TurnFacts } from './turn-facts.js';
import type { AssistantMessage, Failure } from './wire.js';

/** A message that was put into the turn, and that it has not begun to answer yet. */
export interface Steered {
  readonly turn: string;
  readonly text: string;
  /** OpenCode has it. */
  accepted: boolean;
}

/** How a turn is answered, where OpenCode does not choose. */
export interface Chosen {
  readonly model: ModelRef | undefined;
  readonly effort: string | undefined;
}

export class Running {
  readonly turn: string;
  readonly chosen: Chosen;
  /** OpenCode's id of the message that the turn answers; of a compaction it comes later. */
  ref: string | undefined;
  facts: TurnFacts;
  /** OpenCode works on it. */
  begun = false;
  announced = false;
  /** The host wants it to stop. */
  interrupted = false;
  /** OpenCode said that it is at rest, and the last message was not finished. */
  resting = false;
  last: AssistantMessage | undefined;
  error: Failure | undefined;
  /** Why we have given it up. */
  given: TurnError | undefined;
  /** Steps in a row in which the model said nothing and did not end either. */
  empty = 0;
  heardAt: number;
  readonly steered = new Map<string, Steered>();

  constructor(of: { turn: string; ref: string | undefined; chosen: Chosen; facts: TurnFacts; now: number }) {
    this.turn = of.turn;
    this.ref = of.ref;
    this.chosen = of.chosen;
    this.facts = of.facts;
    this.heardAt = of.now;
  }

  /** False while OpenCode will still finish its last message, or begin to answer another one. */
  get mayEnd(): boolean {
    if (this.last !== undefined && this.last.time.completed === undefined) return false;
    return this.stopped || this.steered.size === 0;
  }

  /** Whether something may be put into it. */
  get takes(): boolean {
    return this.ref !== undefined && this.announced && !this.stopped && !this.resting;
  }

  /** It goes on with nothing any more, also not with messages that were put into it. */
  get stopped(): boolean {
    return this.interrupted || this.given !== undefined || this.error !== undefined || this.last?.error !== undefined;
  }

  end(): Fact {
    const { turn, facts, last } = this;
    if (this.given !== undefined) return { type: 'turn.failed', turn, error: this.given };
    const failure = this.error ?? last?.error;
    if (isAborted(failure) || (this.interrupted && failure === undefined && !isFinal(last))) return { type: 'turn.interrupted', turn };
    if (failure !== undefined) return { type: 'turn.failed', turn, error: errorOf(failure) };
    return { type: 'turn.completed', turn, usage: facts.usage };
  }
}

/** Whether nothing comes behind this message. */
export function isFinal(message: AssistantMessage | undefined): boolean {
  return message?.finish !== undefined && !['tool-calls', 'unknown'].includes(message.finish);
}

/** A turn whose server died, from what is written of it. */
export function lostError(): TurnError {
  return { code: 'runtime-exited', message: 'the OpenCode server ended in the middle of the turn', retryable: true };
}
