/** Turns as clients ask for them: request, interrupt, read. A repeated request gets the answer that the first one got. */

import type { Clock } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import { newId } from '../base/ids.js';
import { parseEvent } from '../contract/event-text.js';
import type { Event, Unplaced } from '../contract/events.js';
import {
  type InterruptAccepted,
  type InterruptSession,
  inputItems,
  type MoveTurn,
  type RequestTurn,
  type Turn,
  type TurnAccepted,
  type TurnAction,
} from '../contract/session.js';
import type { Runtime } from '../contract/words.js';
import { decideCancel, decideMove } from '../domain/decide-queue.js';
import { decideAction, decideInterrupt, decideTurn } from '../domain/decide-turn.js';
import { type SessionState, turnOf } from '../domain/state.js';
import { foldTurn, turnView } from '../domain/turns.js';
import type { Agent } from '../ports/agent.js';
import type { Log } from '../ports/log.js';
import { demandAction, demandTurn } from './capability-check.js';
import type { Page, Principal } from './face.js';
import { readTurns } from './read-turns.js';
import type { Session } from './session.js';

export class TurnDesk {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #begin: (runtime: Runtime) => Pick<Agent, 'capabilities'>;

  /** `begin` throws where the runtime may begin nothing new. A repeat of what was accepted is answered all the same. */
  constructor(log: Log, clock: Clock, begin: (runtime: Runtime) => Pick<Agent, 'capabilities'>) {
    this.#log = log;
    this.#clock = clock;
    this.#begin = begin;
  }

  request(session: Session, command: RequestTurn, by: Principal): Promise<TurnAccepted> {
    const { id } = session.state;
    return session.command<TurnAccepted>(
      command.commandId,
      (state, at) => {
        const { capabilities } = this.#begin(state.runtime);
        demandTurn(capabilities, command);
        const turn = newId('trn', this.#clock.now());
        const { events, disposition } = decideTurn(state, { turn, command, by: by.name, canSteer: capabilities.steer }, at);
        return { events, answer: ({ first }) => accepted(id, first, events, disposition) };
      },
      (known) => this.#acceptedBefore(id, known.first, command),
    );
  }

  /** A turn that does other work than answering input. */
  requestAction(session: Session, action: TurnAction, commandId: string | undefined, by: Principal): Promise<TurnAccepted> {
    const { id } = session.state;
    return session.command<TurnAccepted>(
      commandId,
      (state, at) => {
        demandAction(this.#begin(state.runtime).capabilities, action);
        const turn = newId('trn', this.#clock.now());
        const { events, disposition } = decideAction(state, { turn, action, by: by.name }, at);
        return { events, answer: ({ first }) => accepted(id, first, events, disposition) };
      },
      (known) => this.#acceptedBefore(id, known.first, { input: [] }),
    );
  }

  /** Both reject with `conflict` when the turn is not in the queue (any more), naming what became of it. */
  async cancel(session: Session, id: string, by: Principal): Promise<Turn> {
    await this.#change(session, id, (state, at) => decideCancel(state, id, by.name, at));
    return this.get(session, id);
  }

  async move(session: Session, id: string, { before, commandId }: MoveTurn, by: Principal): Promise<Turn> {
    await this.#change(session, id, (state, at) => decideMove(state, id, before, by.name, at), commandId);
    return this.get(session, id);
  }

  async #change(
    session: Session,
    id: string,
    decide: (state: SessionState, at: string) => readonly Unplaced[],
    commandId?: string,
  ): Promise<void> {
    try {
      const nothing = (): Promise<null> => Promise.resolve(null);
      await session.command(commandId, (state, at) => ({ events: decide(state, at), answer: () => null }), nothing);
    } catch (error) {
      if (SpoolError.from(error).code !== 'not-found') throw error;
      const ended = await this.get(session, id);
      throw new SpoolError('conflict', `turn ${id} has ended: ${ended.status}`, { cause: error, details: { turn: ended } });
    }
  }

  /** The same command id with other input is a mistake worth telling. */
  async #acceptedBefore(id: string, position: number, command: RequestTurn): Promise<TurnAccepted> {
    for await (const record of this.#log.read({ stream: id, after: position - 1 })) {
      const events = record.events.map((one) => parseEvent(id, one.position, one.body));
      const [requested] = events;
      if (requested?.type !== 'turn.requested') break;
      if (JSON.stringify(requested.data.input) !== JSON.stringify(inputItems(command.input))) {
        throw new SpoolError('conflict', 'this Idempotency-Key was used for a turn with other input', {
          hint: 'use a new key for a new turn',
          details: { turn: requested.turn },
        });
      }
      return accepted(id, position, events, requested.data.disposition);
    }
    throw new SpoolError('conflict', 'this Idempotency-Key was used for another request', { hint: 'use a new key for a new turn' });
  }

  interrupt(session: Session, command: InterruptSession, by: Principal): Promise<InterruptAccepted> {
    return session.command<InterruptAccepted>(
      command.commandId,
      (state, at) => {
        const { events, turn } = decideInterrupt(state, command.turn, by.name, at);
        return { events, answer: ({ first }) => ({ turn: turn === null ? null : turnView(state, turn), position: first }) };
      },
      ({ first }) => this.#interruptedBefore(session, first),
    );
  }

  /** A repeat must not stop the turn that has begun since. */
  async #interruptedBefore(session: Session, position: number): Promise<InterruptAccepted> {
    for await (const record of this.#log.read({ stream: session.state.id, after: position - 1 })) {
      const [event] = record.events;
      const turn = event === undefined ? undefined : parseEvent(session.state.id, event.position, event.body).turn;
      return { turn: turn === undefined ? null : await this.get(session, turn), position };
    }
    return { turn: null, position };
  }

  async list(id: string, query: { limit: number; cursor?: string | undefined }): Promise<Page<Turn>> {
    const all = [...(await readTurns(this.#log, id)).values()];
    const start = query.cursor === undefined ? 0 : all.findIndex((turn) => turn.id === query.cursor) + 1;
    if (query.cursor !== undefined && start === 0) throw new SpoolError('invalid-input', `${query.cursor} is no cursor of this list`);
    const items = all.slice(start, start + query.limit);
    return { items, next: start + query.limit < all.length ? (items.at(-1)?.id ?? null) : null };
  }

  async get(session: Session, id: string): Promise<Turn> {
    const { state } = session;
    const open = turnOf(state, id);
    if (open !== undefined) return turnView(state, open);
    const ended = (await readTurns(this.#log, state.id)).get(id);
    if (ended === undefined) throw new SpoolError('not-found', `session ${state.id} has no turn ${id}`);
    return ended;
  }
}

function accepted(session: string, position: number, events: readonly Unplaced[], disposition: TurnAccepted['disposition']): TurnAccepted {
  const turns = new Map<string, Turn>();
  for (const event of events) foldTurn(turns, { ...event, position, session } as Event);
  const [turn] = turns.values();
  if (turn === undefined) throw new SpoolError('internal', 'a turn was accepted without being recorded');
  return { turn, disposition, position };
}
