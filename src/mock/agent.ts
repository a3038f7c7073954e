/**
 * The runtime `mock`: an agent for tests of software that is built on Spool. It does what a script says, without a process and without
 * the network, and the same each time.
 */

import type { Clock } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import type { ModelInfo, RuntimeStatus } from '../contract/host.js';
import type { Agent, AgentThread, Opened, OpenThread } from '../ports/agent.js';
import { MOCK_CAPABILITIES } from './capabilities.js';
import { Conversation } from './conversation.js';
import { blank, Memory, type Remembered } from './memory.js';
import { readScript } from './script.js';
import { MockThread } from './thread.js';

export interface MockOptions {
  /** Where its conversations are remembered; made when it is needed. */
  readonly folder: string;
  readonly clock: Clock;
}

export class MockAgent implements Agent {
  readonly capabilities = MOCK_CAPABILITIES;
  readonly #clock: Clock;
  readonly #memory: Memory;
  /** Those that somebody listens to, or in which a turn runs. */
  readonly #live = new Map<string, Conversation>();
  readonly #threads = new Set<MockThread>();
  #over = false;

  constructor({ folder, clock }: MockOptions) {
    this.#memory = new Memory(folder);
    this.#clock = clock;
  }

  /** It is a part of the host, and so has no process. */
  status(): Promise<readonly RuntimeStatus[]> {
    return Promise.resolve([]);
  }

  models(): Promise<readonly ModelInfo[]> {
    return Promise.resolve([]);
  }

  async open(thread: OpenThread, signal?: AbortSignal): Promise<AgentThread> {
    if (this.#over) throw new SpoolError('unavailable', 'this runtime was closed');
    const script = readScript(thread.options);
    // An opening can be given up until it is done, however short it is.
    await Promise.resolve();
    if (signal?.aborted === true) throw new SpoolError('cancelled', 'the opening was cancelled');
    const { conversation, opened } = this.#conversation(thread);
    const { id } = conversation.remembered;
    this.#live.set(id, conversation);
    const live: MockThread = new MockThread({
      ...{ conversation, opened, thread, script },
      left: () => {
        this.#threads.delete(live);
        this.#forget(id, conversation);
      },
    });
    this.#threads.add(live);
    return live;
  }

  #conversation(thread: OpenThread): { readonly conversation: Conversation; readonly opened: Opened } {
    const { resume, adopted, fork, session } = thread;
    if (resume === undefined) {
      return { conversation: this.#begin(session, fork === undefined ? undefined : this.#copied(fork)), opened: 'started' };
    }
    const there = this.#find(resume);
    if (there?.listenedTo === true) {
      throw new SpoolError('conflict', `another session has the conversation ${resume} open`, { hint: 'archive that session' });
    }
    if (there !== undefined) return { conversation: there, opened: 'resumed' };
    if (adopted === true) throw new SpoolError('not-found', `there is no conversation ${resume} of a mock here`);
    return { conversation: this.#begin(session, undefined), opened: 'replaced' };
  }

  #find(id: string): Conversation | undefined {
    const live = this.#live.get(id);
    if (live !== undefined) return live;
    const remembered = this.#memory.read(id);
    return remembered === undefined ? undefined : this.#of(remembered);
  }

  #begin(session: string, like: Remembered | undefined): Conversation {
    const remembered = { ...(like ?? blank('')), id: this.#memory.freeId(session) };
    this.#memory.write(remembered);
    return this.#of(remembered);
  }

  /** What it has allowed is not copied: that was allowed there. */
  #copied({ thread, lastTurn }: NonNullable<OpenThread['fork']>): Remembered {
    const from = this.#find(thread)?.remembered;
    if (from === undefined) throw new SpoolError('not-found', `there is no conversation ${thread} of a mock that could be copied`);
    const last = lastTurn === undefined ? from.turns.length - 1 : from.turns.findIndex(({ ref }) => ref === lastTurn);
    if (lastTurn !== undefined && last < 0) throw new SpoolError('not-found', `the conversation ${thread} has no turn ${lastTurn}`);
    const turns = from.turns.slice(0, last + 1).filter(({ end }) => end !== null);
    return { ...blank(''), count: turns.length, turns: structuredClone(turns), done: { ...from.done } };
  }

  #of(remembered: Remembered): Conversation {
    return new Conversation({ remembered, memory: this.#memory, clock: this.#clock });
  }

  /** A turn goes on when nobody listens; the conversation is kept for whoever comes back to it. */
  #forget(id: string, conversation: Conversation): void {
    if (!conversation.running && this.#live.get(id) === conversation) this.#live.delete(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    await Promise.all([...this.#threads].map((thread) => thread[Symbol.asyncDispose]()));
    await Promise.all([...this.#live.values()].map((conversation) => conversation.abandon()));
    this.#live.clear();
  }
}
