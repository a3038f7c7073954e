/** A mock on a stage of its own: a folder, a clock that is turned by hand, and an ear for what it says. */

import { mkdirSync, realpathSync } from 'node:fs';
import { Stack } from '../../src/base/stack.js';
import { MockAgent } from '../../src/mock/agent.js';
import type { AgentThread, Fact, OpenThread } from '../../src/ports/agent.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { tempHome } from '../../src/testing/temp-home.js';

type Steps = Record<string, unknown>[];
export type FactOf<T extends Fact['type']> = Extract<Fact, { type: T }>;

/** A mock, its folder and its clock; `open` begins or goes on with a conversation. */
export async function stage(): Promise<AsyncDisposable & Stage> {
  const stack = new Stack();
  const place = stack.use(await tempHome());
  const cwd = place.join('work');
  mkdirSync(cwd);
  const clock = new ManualClock();
  const start = (): MockAgent => stack.use(new MockAgent({ folder: place.join('mock'), clock }));
  let agent = start();
  return {
    ...{ cwd: realpathSync(cwd), folder: place.join('mock'), clock },
    async open(script, more = {}) {
      return new Talk(
        await agent.open({
          ...{ session: 'ses_1', home: place.path, cwd, model: undefined, effort: undefined, permissions: {}, resume: undefined },
          ...{ hadTurns: false, unsettled: undefined, options: { script }, ...more },
        }),
      );
    },
    async restart() {
      await agent[Symbol.asyncDispose]();
      agent = start();
    },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

export interface Stage {
  readonly cwd: string;
  readonly folder: string;
  readonly clock: ManualClock;
  open(script: Steps | undefined, more?: Partial<OpenThread>): Promise<Talk>;
  restart(): Promise<void>;
}

/** Reads the facts of a thread as far as a test wants to. */
export class Talk {
  readonly heard: Fact[] = [];
  readonly thread: AgentThread;
  readonly #facts: AsyncIterator<Fact>;
  static #turns = 0;

  constructor(thread: AgentThread) {
    this.thread = thread;
    this.#facts = thread.facts[Symbol.asyncIterator]();
  }

  /** Starts a turn and leaves it running. */
  async begin(text: string, model?: string, turn = `trn_${++Talk.#turns}`): Promise<string> {
    await this.thread.startTurn({ turn, input: [{ type: 'text', text }], model, effort: undefined, outputSchema: undefined });
    return turn;
  }

  async until<T extends Fact['type']>(...types: T[]): Promise<FactOf<T>> {
    for (;;) {
      const { done, value } = await this.#facts.next();
      if (done === true) throw new Error(`no ${types.join()} came: ${JSON.stringify(this.heard)}`);
      this.heard.push(value);
      if ((types as string[]).includes(value.type)) return value as FactOf<T>;
    }
  }

  async end(): Promise<FactOf<'turn.completed' | 'turn.failed' | 'turn.interrupted' | 'ended'>> {
    return await this.until('turn.completed', 'turn.failed', 'turn.interrupted', 'ended');
  }

  async turn(text: string, model?: string): Promise<FactOf<'turn.completed' | 'turn.failed' | 'turn.interrupted' | 'ended'>> {
    await this.begin(text, model);
    return await this.end();
  }

  /** What was said, without its ids. */
  get items(): object[] {
    return this.heard.flatMap((fact) => {
      if (fact.type !== 'item.completed' || fact.item.kind === 'userMessage') return [];
      const { id: _, ...item } = fact.item;
      return [item];
    });
  }

  get texts(): string[] {
    return this.heard.flatMap((fact) => (fact.type === 'item.completed' && fact.item.kind === 'agentMessage' ? [fact.item.text] : []));
  }
}
