/** What the steps of one turn are played on: where they say their facts, ask, wait, and find what they can quote. */

import type { Clock } from '../base/clock.js';
import type { ApprovalAnswer, Ask } from '../contract/approval.js';
import type { Item } from '../contract/item.js';
import type { TurnError } from '../contract/session.js';
import type { Fact, OpenThread } from '../ports/agent.js';
import { filled, filledIn, type Values } from './placeholders.js';

/** How a turn ends before its last step. */
export type Ending =
  | { readonly how: 'interrupted' }
  | { readonly how: 'failed'; readonly error: TurnError }
  | { readonly how: 'exited'; readonly code: number | null; readonly signal: string | null; readonly stderr: string };

export const INTERRUPTED: Ending = { how: 'interrupted' };

export interface StageParts {
  readonly turn: string;
  readonly ref: string;
  readonly thread: OpenThread;
  readonly clock: Clock;
  readonly say: (fact: Fact) => void;
  /** What was allowed for the whole conversation. */
  readonly allowed: Set<string>;
  readonly values: Values;
}

export class Stage {
  readonly turn: string;
  readonly thread: OpenThread;
  readonly allowed: Set<string>;
  /** What was said to people in this turn. */
  readonly said: { id: string; text: string }[] = [];
  /** Words that were thought and said, until a script says how many tokens they are. */
  words = 0;
  counted: { input: number; cached: number; output: number; reasoning: number } | undefined;
  readonly #parts: StageParts;
  readonly #stop = new AbortController();
  readonly #open = new Map<string, { readonly ask: Ask; readonly answered: (answer: ApprovalAnswer) => void }>();
  #values: Values;
  #items = 0;
  #asks = 0;
  #steered: (() => void) | undefined;
  #messages = 0;
  #heard = 0;

  constructor(parts: StageParts) {
    this.#parts = parts;
    this.turn = parts.turn;
    this.thread = parts.thread;
    this.allowed = parts.allowed;
    this.#values = parts.values;
  }

  get stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Something more that texts can quote from now on. */
  know(values: Values): void {
    this.#values = { ...this.#values, ...values };
  }

  text(text: string): string {
    return filled(text, this.#values);
  }

  json(value: unknown): unknown {
    return filledIn(value, this.#values);
  }

  say(fact: Fact): void {
    this.#parts.say(fact);
  }

  newItem(): string {
    return `${this.#parts.ref}.${++this.#items}`;
  }

  begin(item: Item): void {
    this.say({ type: 'item.started', turn: this.turn, item });
  }

  end(item: Item): void {
    this.say({ type: 'item.completed', turn: this.turn, item });
  }

  whole(item: Item): void {
    this.begin(item);
    this.end(item);
  }

  /** Undefined when the turn was interrupted meanwhile. */
  async ask(ask: Ask): Promise<ApprovalAnswer | undefined> {
    if (this.stopped) return undefined;
    const ref = `${this.#parts.ref}.ask-${++this.#asks}`;
    const answer = await this.#until<ApprovalAnswer>((done) => {
      this.#open.set(ref, { ask, answered: done });
      this.say({ type: 'ask', turn: this.turn, ref, ask });
    });
    this.#open.delete(ref);
    this.say({ type: 'ask.closed', ref });
    return answer;
  }

  answer(ref: string, answer: ApprovalAnswer): void {
    this.#open.get(ref)?.answered(answer);
  }

  /** Questions that wait, for whoever listens anew. */
  get asking(): readonly Fact[] {
    return [...this.#open].map(([ref, { ask }]) => ({ type: 'ask', turn: this.turn, ref, ask }));
  }

  /** False when the turn was interrupted meanwhile. */
  async pause(ms: number): Promise<boolean> {
    if (ms === 0) return !this.stopped;
    let timer: Disposable | undefined;
    await this.#until<true>((done) => {
      timer = this.#parts.clock.after(ms, () => done(true));
    });
    timer?.[Symbol.dispose]();
    return !this.stopped;
  }

  async interruption(): Promise<void> {
    await this.#until<never>(() => undefined);
  }

  /** A message came into the running turn. */
  hear(turn: string, text: string): void {
    this.#messages += 1;
    this.whole({ id: this.newItem(), kind: 'userMessage', text, turn });
    this.know({ message: text });
    this.#steered?.();
  }

  /** Waits for a message that no step has waited for yet. */
  async message(): Promise<void> {
    if (this.#messages <= this.#heard) {
      await this.#until<true>((done) => {
        this.#steered = () => done(true);
      });
    }
    this.#heard = this.#messages;
    this.#steered = undefined;
  }

  #until<T>(begin: (done: (value: T) => void) => void): Promise<T | undefined> {
    const { signal } = this.#stop;
    if (signal.aborted) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const stopped = (): void => resolve(undefined);
      signal.addEventListener('abort', stopped, { once: true });
      begin((value) => {
        signal.removeEventListener('abort', stopped);
        resolve(value);
      });
    });
  }
}
