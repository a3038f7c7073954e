/** One conversation with an agent under test: what is said, and what is heard of it. */

import type { AgentThread, Fact, OpenThread } from '../../src/ports/agent.js';
import { type AcpUnderTest, exampleUnderTest } from './acp-under-test.js';

type FactOf<T extends Fact['type']> = Extract<Fact, { type: T }>;
const ENDS = ['turn.completed', 'turn.failed', 'turn.interrupted', 'ended'] as const;
type End = FactOf<(typeof ENDS)[number]>;

export class Talk {
  readonly thread: AgentThread;
  readonly heard: Fact[] = [];
  readonly #facts: AsyncIterator<Fact>;
  #turns = 0;

  constructor(thread: AgentThread) {
    this.thread = thread;
    this.#facts = thread.facts[Symbol.asyncIterator]();
  }

  of<T extends Fact['type']>(type: T): FactOf<T>[] {
    return this.heard.filter((fact): fact is FactOf<T> => fact.type === type);
  }

  /** The items that were completed, without their ids. */
  get items(): object[] {
    return this.of('item.completed').map(({ item: { id: _, ...rest } }) => rest);
  }

  /** The text of all agent messages since the last turn that was begun here. */
  get said(): string {
    const begun = this.heard.findLastIndex(({ type }) => type === 'turn.started');
    const items = this.heard.slice(begun).flatMap((fact) => (fact.type === 'item.completed' ? [fact.item] : []));
    return items.flatMap((item) => (item.kind === 'agentMessage' ? [item.text] : [])).join('');
  }

  async next(): Promise<Fact> {
    const { done, value } = await this.#facts.next();
    if (done === true) throw new Error(`nothing more came behind: ${JSON.stringify(this.heard)}`);
    this.heard.push(value);
    return value;
  }

  async until<T extends Fact['type']>(...types: readonly T[]): Promise<FactOf<T>> {
    for (;;) {
      const fact = await this.next();
      if (types.some((type) => type === fact.type)) return fact as FactOf<T>;
    }
  }

  /** Begins a turn of these lines. */
  async begin(...lines: string[]): Promise<string> {
    const turn = `trn_${++this.#turns}`;
    const input = [{ type: 'text', text: lines.join('\n') }] as const;
    await this.thread.startTurn({ turn, input, model: undefined, effort: undefined, outputSchema: undefined });
    return turn;
  }

  end(): Promise<End> {
    return this.until(...ENDS);
  }

  /** Runs a turn of these lines to its end. */
  async run(...lines: string[]): Promise<End> {
    await this.begin(...lines);
    return await this.end();
  }
}

/** An opened conversation with the example agent. */
export interface Stage extends AcpUnderTest {
  readonly talk: Talk;
  /** Another conversation of the same agent. */
  also(change?: Partial<OpenThread>): Promise<Talk>;
}

export async function stage(
  options: Parameters<typeof exampleUnderTest>[0] = {},
  change: (thread: OpenThread) => OpenThread = (thread) => thread,
): Promise<Stage> {
  const under = await exampleUnderTest(options);
  const thread = change(under.thread);
  const talk = new Talk(await under.agent.open(thread));
  return {
    ...under,
    thread,
    talk,
    also: async (other = {}) => new Talk(await under.agent.open({ ...thread, session: 'ses_2', ...other })),
  };
}
