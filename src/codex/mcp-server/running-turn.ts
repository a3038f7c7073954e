/** A turn of a conversation while it runs: what it is called by Codex, what it asks, and what is to become of it. */

import type { Ask } from '../../contract/approval.js';
import type { TurnError } from '../../contract/session.js';
import type { AskRef, TurnRef } from '../../ports/agent.js';
import type { Fields } from '../rollout/entry.js';
import type { Question } from './questions.js';
import type { TurnTale } from './turn-tale.js';

export interface OpenAsk {
  readonly ask: Ask;
  readonly question: Question;
  readonly reply: (answer: Fields) => void;
}

export class RunningTurn {
  readonly turn: string;
  readonly prompt: string;
  readonly tale: TurnTale;
  readonly asks = new Map<AskRef, OpenAsk>();
  /** What was told of questions before they were asked, by item. */
  readonly announced = new Map<string, Fields>();
  /** Resolves with Codex's name of the turn when it has begun. */
  readonly begun: Promise<TurnRef>;
  begin: (ref: TurnRef) => void = () => undefined;
  refuse: (error: unknown) => void = () => undefined;
  /** The id of its call. */
  call: number | undefined;
  native: string | undefined;
  interrupted = false;
  /** Why it is stopped although nobody wanted it to be. */
  hopeless: TurnError | undefined;
  /** It has failed, and its end is still to come. */
  failed: TurnError | undefined;
  /** Its end has been heard. */
  over = false;

  constructor(prompt: string, tale: TurnTale) {
    this.turn = tale.turn;
    this.prompt = prompt;
    this.tale = tale;
    this.begun = new Promise((resolve, reject) => {
      this.begin = resolve;
      this.refuse = reject;
    });
    // It may fail before anybody waits for it.
    this.begun.catch(() => undefined);
  }
}
