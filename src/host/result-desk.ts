/**
 * The desk of carried results: what a conversation still carries of its tools' answers, and taking it out or putting it back. The
 * runtime's own record is changed first and the event is written behind it, both on the session's lane, so that no turn begins between
 * them. That order is safe because the runtime keeps what it takes out before it does, under a name that is made here: a host that dies
 * in between leaves a change that is whole, that `list` shows with that name, and that a repeat of the command meets again.
 */

import type { Clock } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import { idMadeFrom } from '../base/made-id.js';
import type { CarriedResult, Consumed, ConsumeResults, Restored, RestoreResults, TakenResult } from '../contract/carried-result.js';
import { parseEvent } from '../contract/event-text.js';
import type { Event } from '../contract/events.js';
import { refuseAtWork } from '../domain/decide-session.js';
import type { SessionState } from '../domain/state.js';
import type { Agent } from '../ports/agent.js';
import type { CarriedResults, Conversation } from '../ports/carried-results.js';
import type { Log } from '../ports/log.js';
import type { AwakeSession } from './awake.js';
import type { Page, Principal } from './face.js';
import type { Session } from './session.js';

export interface ResultDeskParts {
  readonly log: Log;
  readonly clock: Clock;
  readonly agentOf: (session: Session) => Agent;
  /** Where the conversations of a session's agent lie. */
  readonly homeOf: (session: Session) => string;
}

export class ResultDesk {
  readonly #parts: ResultDeskParts;

  constructor(parts: ResultDeskParts) {
    this.#parts = parts;
  }

  async list({ session }: AwakeSession): Promise<Page<CarriedResult>> {
    const conversation = this.#conversation(session);
    return { items: conversation === undefined ? [] : await this.#results(session).list(conversation), next: null };
  }

  /** Rejects with `conflict` while a turn is open. */
  async consume({ session, worker }: AwakeSession, command: ConsumeResults, by: Principal): Promise<Consumed> {
    const { id } = session.state;
    const { commandId, items, largerThanBytes = 0, olderThanTurns = 0 } = command;
    const results = this.#results(session);
    return await session.perform<Consumed>(
      commandId,
      async (state, at) => {
        const conversation = this.#restful(state, session);
        const undo = idMadeFrom('und', commandId === undefined ? undefined : [id, commandId], this.#parts.clock.now());
        const which = items === undefined ? { largerThanBytes, olderThanTurns } : { items };
        const taken = await worker.aside(() => results.takeOut(conversation, { undo, which, arguments: command.arguments ?? false }));
        if (taken.length === 0) return { events: [], answer: ({ first }) => ({ consumed: [], undo: null, position: first }) };
        const data = { items: [...taken], bytes: sum(taken), undo, by: by.name };
        return {
          events: [{ type: 'items.consumed', at, data }],
          answer: ({ first }) => ({ consumed: data.items, undo, position: first }),
        };
      },
      async ({ first }) => {
        const { data } = await this.#before(id, first, 'items.consumed');
        return { consumed: data.items, undo: data.undo, position: first };
      },
    );
  }

  /** Rejects with `conflict` while a turn is open. */
  async restore({ session, worker }: AwakeSession, { undo, commandId }: RestoreResults, by: Principal): Promise<Restored> {
    const { id } = session.state;
    const results = this.#results(session);
    return await session.perform<Restored>(
      commandId,
      async (state, at) => {
        const conversation = this.#restful(state, session);
        const items = [...(await worker.aside(() => results.putBack(conversation, undo)))];
        return {
          events: [{ type: 'items.restored', at, data: { items, undo, by: by.name } }],
          answer: ({ first }) => ({ restored: items, undo, position: first }),
        };
      },
      async ({ first }) => {
        const { data } = await this.#before(id, first, 'items.restored');
        return { restored: data.items, undo: data.undo, position: first };
      },
    );
  }

  #restful(state: SessionState, session: Session): Conversation {
    refuseAtWork(state);
    const conversation = this.#conversation(session);
    if (conversation !== undefined) return conversation;
    throw new SpoolError('not-found', `nothing was said in session ${state.id} yet`, { hint: 'run a turn in it first' });
  }

  #conversation(session: Session): Conversation | undefined {
    const { threadId } = session.state;
    return threadId === null ? undefined : { home: this.#parts.homeOf(session), thread: threadId };
  }

  #results(session: Session): CarriedResults {
    const { results } = this.#parts.agentOf(session);
    if (results !== undefined) return results;
    throw new SpoolError('unsupported', `the runtime ${session.state.runtime} cannot tell what its conversations carry`);
  }

  /** The event that the same command was answered with. */
  async #before<T extends 'items.consumed' | 'items.restored'>(id: string, position: number, type: T): Promise<Event<T>> {
    for await (const record of this.#parts.log.read({ stream: id, after: position - 1 })) {
      const [first] = record.events;
      const event = first === undefined ? undefined : parseEvent(id, first.position, first.body);
      if (event?.type === type) return event as Event<T>;
      break;
    }
    throw new SpoolError('conflict', 'this Idempotency-Key was used for another request', { hint: 'use a new key for a new request' });
  }
}

function sum(taken: readonly TakenResult[]): number {
  return taken.reduce((total, { bytes }) => total + bytes, 0);
}
