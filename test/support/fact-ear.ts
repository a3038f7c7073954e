/** Reads the facts of a conversation, keeping all of them. */

import type { AgentThread, Fact, StartTurn } from '../../src/ports/agent.js';

export type FactOf<T extends Fact['type']> = Extract<Fact, { type: T }>;
export type TurnEnd = FactOf<'turn.completed'> | FactOf<'turn.failed'> | FactOf<'turn.interrupted'>;

export class FactEar {
  readonly heard: Fact[] = [];
  readonly thread: AgentThread;
  readonly #facts: AsyncIterator<Fact>;
  #turns = 0;

  constructor(thread: AgentThread) {
    this.thread = thread;
    this.#facts = thread.facts[Symbol.asyncIterator]();
  }

  of<T extends Fact['type']>(type: T): FactOf<T>[] {
    return this.heard.filter((fact): fact is FactOf<T> => fact.type === type);
  }

  /** The texts of messages of a turn. */
  said(turn: string): string[] {
    return this.of('item.completed').flatMap((fact) => (fact.turn === turn && fact.item.kind === 'agentMessage' ? [fact.item.text] : []));
  }

  /** The next fact of this type; throws when the facts end without it. */
  async until<T extends Fact['type']>(type: T): Promise<FactOf<T>> {
    return (await this.#next((fact) => fact.type === type)) as FactOf<T>;
  }

  /** Starts a turn. */
  async start(prompt: string, more: Partial<StartTurn> = {}): Promise<string> {
    const turn = more.turn ?? `trn_${++this.#turns}`;
    const input = [{ type: 'text' as const, text: prompt }];
    await this.thread.startTurn({ turn, input, model: undefined, effort: undefined, outputSchema: undefined, ...more });
    return turn;
  }

  async ended(turn: string): Promise<TurnEnd> {
    const ends = ['turn.completed', 'turn.failed', 'turn.interrupted'];
    return (await this.#next((fact) => ends.includes(fact.type) && 'turn' in fact && fact.turn === turn)) as TurnEnd;
  }

  /** Runs a turn to its end. */
  async run(prompt: string, more: Partial<StartTurn> = {}): Promise<TurnEnd> {
    return await this.ended(await this.start(prompt, more));
  }

  async #next(fits: (fact: Fact) => boolean): Promise<Fact> {
    for (;;) {
      const { done, value } = await this.#facts.next();
      if (done === true) throw new Error(`the facts have ended, and were: ${JSON.stringify(this.heard).slice(-2_000)}`);
      this.heard.push(value);
      if (fits(value)) return value;
    }
  }
}
