/** What tests of queries need: a session of a host inside the program, the runtime behind it, and somebody who listens. */

import type { Query, SessionHandle } from '../../src/client/query.js';
import type { QueryEvent } from '../../src/client/query-events.js';
import { localSession } from '../../src/daemon/local-session.js';
import type { Host } from '../../src/host/face.js';
import type { Fact } from '../../src/ports/agent.js';
import { OWNER, type Rig, type RigOptions, rig } from '../host/rig.js';

/** A host with a scripted agent, and one session of it. */
export interface Stage extends Rig {
  readonly session: SessionHandle;
  /** The runtime's next turn, once it was asked to start it. */
  started(n?: number): Promise<string>;
  say(...facts: Fact[]): void;
}

export async function stage(options: RigOptions & { wrap?: (host: Host) => Host } = {}): Promise<Stage> {
  const built = rig(options);
  const { id } = await built.host.openSession({}, OWNER);
  return {
    ...built,
    session: localSession(options.wrap?.(built.host) ?? built.host, id, OWNER),
    started: async (n = 1) => {
      const { turn } = await built.event(id, 'turn.started', n);
      return turn ?? '';
    },
    say: (...facts) => built.agent.thread.say(...facts),
    [Symbol.asyncDispose]: () => built[Symbol.asyncDispose](),
  };
}

/** Reads a query to its end and keeps what it said. */
export class Listener {
  readonly events: QueryEvent[] = [];
  /** Undefined for a quiet end. */
  readonly ended: Promise<unknown>;
  #wake: () => void = () => undefined;

  constructor(query: Query) {
    this.ended = this.#read(query);
  }

  /** All but the signs of life. */
  get words(): QueryEvent[] {
    return this.events.filter(({ type }) => type !== 'activity');
  }

  async heard<T extends QueryEvent['type']>(type: T, n = 1): Promise<Extract<QueryEvent, { type: T }>> {
    for (;;) {
      const found = this.events.filter((event) => event.type === type)[n - 1];
      if (found !== undefined) return found as Extract<QueryEvent, { type: T }>;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async #read(query: Query): Promise<unknown> {
    try {
      for await (const event of query.events) {
        this.events.push(event);
        this.#wake();
      }
    } catch (error) {
      return error;
    }
    return undefined;
  }
}

/** The last message of a turn, and its end. */
export const said = (turn: string, text: string): Fact[] => [
  { type: 'item.completed', turn, item: { id: `m-${turn}`, kind: 'agentMessage', text } },
  { type: 'turn.completed', turn, usage: null },
];
/** The running turn has the message of another one in its hands. */
export const takenIn = (turn: string, other: string): Fact => ({
  type: 'item.completed',
  turn,
  item: { id: `u-${other}`, kind: 'userMessage', text: '', turn: other },
});
