/**
 * A query: a conversation in the shape that agent platforms use. Messages are pushed in, events come out, until it is ended or
 * aborted. Everything durable is the host's: each message is a turn of the session, asked for once by its id, and the query only
 * follows what becomes of it. It needs little of the session, so it is the same for a host behind HTTP and for one in this program.
 */

import { SpoolError } from '../base/errors.js';
import { newId } from '../base/ids.js';
import { Lane } from '../base/lane.js';
import { Pipe } from '../base/pipe.js';
import type { Event } from '../contract/events.js';
import type { RequestTurn, Session, Turn, TurnAccepted, TurnError, TurnInput } from '../contract/session.js';
import { progressOf } from './progress.js';
import { errorOfEvent, eventOfFailure, eventOfTurnError, type QueryEvent } from './query-events.js';

/** What a query needs of its session. */
export interface QuerySession {
  readonly id: string;
  look(): Promise<Pick<Session, 'threadId' | 'position'>>;
  /** Asks for a turn; a repeat with the same `commandId` asks for it once. */
  request(command: RequestTurn): Promise<TurnAccepted>;
  turn(id: string): Promise<Turn>;
  /** Events behind `after`, then live, until `signal` is aborted. */
  follow(after: number, signal: AbortSignal): AsyncIterable<Event>;
  /** Asks for the running turn to stop. */
  /** Interrupts this turn if it runs. */
  interrupt(turn: string): Promise<unknown>;
  /** Takes back a turn; rejects when it is no longer in the queue. */
  cancel(turn: string): Promise<unknown>;
}

/** What a message may ask for beside its text. Model, effort and the like are for its own turn, which then takes nothing in. */
export interface PushOptions extends Omit<RequestTurn, 'input' | 'mode' | 'commandId'> {
  /** Names the message, and makes a repeat of it harmless, also in another query of the session: it is asked once and told again. */
  readonly id?: string;
}

export interface Query extends AsyncDisposable {
  /** The id of the message that the query began with. */
  readonly first: string;
  /**
   * Adds a message: the turn that runs takes it in, or it waits and becomes a turn of its own. Returns its id, by which a result tells
   * that it is answered. Throws `conflict` when the query takes no more.
   */
  push(input: TurnInput, options?: PushOptions): string;
  /** No more messages will come: what was pushed is worked off, then the events end. */
  end(): void;
  /**
   * Stops the work: the running turn is interrupted and messages that wait are taken back. The events end at once, without a result.
   * Resolves when all of it has stopped; never rejects.
   */
  abort(): Promise<void>;
  /** For one consumer. Leaving the loop lets go: the turns go on, and nobody here hears of them any more. So does disposing. */
  readonly events: AsyncIterable<QueryEvent>;
}

/** A session, ready for queries. */
export interface SessionHandle {
  readonly id: string;
  /** Begins a query with this message. What goes wrong later is told by its events. */
  query(input: TurnInput, options?: PushOptions): Query;
}

/** Begins to ask at once, whether anybody listens or not. */
export function startQuery(session: QuerySession, input: TurnInput, options: PushOptions = {}): Query {
  return new RunningQuery(session, input, options);
}

/** Events that may wait for the consumer before the session is no longer read. */
const MOST_WAITING = 256;

/** A message of which the end is not known yet. */
interface Message {
  readonly id: string;
  /** Known once the host has recorded it. */
  turn: string | undefined;
  /** The turn that has taken it in. */
  into: string | undefined;
}

type End = { readonly text: string | null; readonly interrupted: boolean } | { readonly error: TurnError };

class RunningQuery implements Query {
  readonly first: string;
  readonly events: AsyncIterable<QueryEvent> = { [Symbol.asyncIterator]: () => this.#consume() };
  readonly #session: QuerySession;
  /** Messages are asked for one after the other, in the order in which they were pushed. */
  readonly #asking = new Lane();
  readonly #open = new Map<string, Message>();
  readonly #out: Pipe<QueryEvent>;
  readonly #stop = new AbortController();
  readonly #followed: Promise<void>;
  #drained: () => void = () => undefined;
  /** The last event that was seen. */
  #position = 0;
  #following = false;
  #thread: string | null = null;
  #told = false;
  /** Takes no more messages. */
  #closed = false;
  #over = false;
  #aborting: Promise<void> | undefined;

  constructor(session: QuerySession, input: TurnInput, options: PushOptions) {
    this.#session = session;
    this.#out = new Pipe({ onDrained: () => this.#drained() });
    void this.#asking.run(() => this.#look());
    this.first = this.push(input, options);
    this.#followed = this.#follow();
  }

  push(input: TurnInput, { id = newId('req'), ...options }: PushOptions = {}): string {
    if (input.length === 0) throw new SpoolError('invalid-input', 'a message needs some input');
    if (this.#closed) throw new SpoolError('conflict', 'the query takes no more messages', { hint: 'begin another one on the session' });
    if (this.#open.has(id)) return id;
    const message: Message = { id, turn: undefined, into: undefined };
    this.#open.set(id, message);
    void this.#asking.run(() => this.#ask(message, { ...options, input, mode: 'auto', commandId: id }));
    return id;
  }

  end(): void {
    this.#closed = true;
    if (this.#open.size === 0) this.#finish();
  }

  abort(): Promise<void> {
    this.#closed = true;
    this.#out.takeAll();
    this.#out.end();
    this.#aborting ??= this.#putAway();
    return this.#aborting;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#finish();
    await this.#asking.drain();
    await this.#followed;
  }

  #consume(): AsyncIterator<QueryEvent, undefined> {
    return {
      next: () => this.#out.next(),
      return: () => {
        this.#finish();
        return this.#out.return();
      },
    };
  }

  async #look(): Promise<void> {
    try {
      const { threadId, position } = await this.#session.look();
      this.#thread = threadId;
      this.#position = position;
    } catch (error) {
      this.#break(error);
    }
  }

  async #ask(message: Message, command: RequestTurn): Promise<void> {
    if (this.#aborting !== undefined) this.#settle([message]);
    if (!this.#open.has(message.id)) return;
    try {
      const { turn, position } = await this.#session.request(command);
      message.turn = turn.id;
      if (position > this.#position) return;
      // It was asked for before: what became of it lies behind us, or, for the first one, is simply where we begin.
      if (this.#following) await this.#catchUp(turn.id);
      else this.#position = position - 1;
    } catch (error) {
      this.#fail(SpoolError.from(error), [message]);
    }
  }

  async #catchUp(turn: string): Promise<void> {
    const asked = await this.#session.turn(turn);
    const { id, status, finalText, error } = asked.steeredInto === null ? asked : await this.#session.turn(asked.steeredInto);
    for (const message of this.#about(turn)) message.into = asked.steeredInto ?? undefined;
    if (status === 'failed' && error !== null) this.#ended(id, { error });
    else if (asked.endedAt !== null) this.#ended(id, { text: finalText, interrupted: status === 'interrupted' });
  }

  async #follow(): Promise<void> {
    try {
      await this.#asking.drain();
      this.#following = true;
      for await (const event of this.#over ? [] : this.#session.follow(this.#position, this.#stop.signal)) {
        // Whose turn it is may only be known by an answer that is still on its way.
        if (event.turn !== undefined && this.#about(event.turn).length === 0) await this.#asking.drain();
        this.#take(event);
        if (this.#out.size >= MOST_WAITING) await new Promise<void>((resolve) => (this.#drained = resolve));
      }
      if (!this.#over) throw new SpoolError('unavailable', 'the host was closed', { hint: 'the turns are found again when it is back' });
    } catch (error) {
      this.#break(error);
    }
  }

  /** Nothing more can be heard of the session. */
  #break(error: unknown): void {
    this.#closed = true;
    this.#fail(SpoolError.from(error), [...this.#open.values()]);
  }

  /** Messages that this turn is about: its own, and those that it has taken in. */
  #about(turn: string): Message[] {
    return [...this.#open.values()].filter((message) => message.turn === turn || message.into === turn);
  }

  #take(event: Event): void {
    if (event.position <= this.#position) {
      throw new SpoolError('conflict', 'the log of the host ends before what this query has seen', {
        hint: 'it was put back to an earlier state: ask again',
      });
    }
    this.#position = event.position;
    this.#out.push({ type: 'activity', event: event.type });
    if (event.type === 'runtime.started' || event.type === 'session.resumed') this.#thread = event.data.threadId;
    const about = event.turn === undefined ? [] : this.#about(event.turn);
    if (event.turn !== undefined && about.length === 0) return;
    if (event.turn !== undefined) this.#ours(event, event.turn, about);
    const message = progressOf(event);
    if (message !== undefined) this.#out.push({ type: 'progress', message });
  }

  #ours(event: Event, turn: string, about: readonly Message[]): void {
    if (event.type !== 'turn.requested' && event.type !== 'turn.queued') this.#init();
    switch (event.type) {
      case 'turn.started':
      case 'turn.queued':
        for (const message of about) message.into = undefined;
        if (this.#aborting !== undefined) void this.#halt(turn);
        break;
      case 'turn.steered':
        for (const message of about) message.into = event.data.into;
        if (this.#aborting !== undefined) this.#giveUpRiders();
        break;
      case 'file.produced': {
        const { path, file = '', name = path, mediaType } = event.data;
        this.#out.push({ type: 'file', path, file, name, mediaType, turn });
        break;
      }
      case 'turn.completed':
      case 'turn.interrupted':
        this.#ended(turn, { text: event.data.finalText, interrupted: event.type === 'turn.interrupted' });
        break;
      case 'turn.failed': {
        const { code, message, retryable } = event.data;
        this.#ended(turn, { error: { code, message, retryable } });
        break;
      }
      default:
        break;
    }
  }

  /** What a turn of somebody else's has taken in cannot be taken back. */
  #giveUpRiders(): void {
    const own = new Set([...this.#open.values()].map(({ turn }) => turn));
    this.#settle([...this.#open.values()].filter(({ into }) => into !== undefined && !own.has(into)));
  }

  #init(): void {
    if (this.#told || this.#thread === null) return;
    this.#told = true;
    this.#out.push({ type: 'init', continuation: this.#thread, session: this.#session.id });
  }

  #ended(turn: string, end: End): void {
    this.#init();
    const about = this.#about(turn);
    const messages = [...about.filter((one) => one.turn === turn), ...about.filter((one) => one.turn !== turn)].map(({ id }) => id);
    if ('error' in end) {
      const event = eventOfTurnError(end.error, turn, messages);
      this.#out.push(event);
      this.#settle(about, errorOfEvent(event));
    } else {
      const { text, interrupted } = end;
      this.#out.push({ type: 'result', text: text === '' ? null : text, turn, messages, interrupted });
      this.#settle(about);
    }
  }

  /** These messages are refused, or nothing more will be heard of them. */
  #fail(error: SpoolError, messages: readonly Message[]): void {
    if (this.#over) return;
    this.#out.push(
      eventOfFailure(
        error,
        messages.map(({ id }) => id),
      ),
    );
    this.#settle(messages, error);
  }

  /** An error that leaves nothing under way is also how the query ends: behind the event it is thrown. */
  #settle(messages: readonly Message[], error?: SpoolError): void {
    for (const { id } of messages) this.#open.delete(id);
    if (this.#open.size === 0 && (error !== undefined || this.#closed)) this.#finish(error);
  }

  #finish(error?: SpoolError): void {
    if (this.#over) return;
    this.#over = true;
    this.#closed = true;
    this.#out.end(error);
    this.#stop.abort();
    this.#drained();
  }

  async #putAway(): Promise<void> {
    // What is on its way to the host has to be there before it can be taken back.
    await this.#asking.drain();
    this.#giveUpRiders();
    const turns = [...this.#open.values()].flatMap(({ turn }) => turn ?? []);
    // The last one first: an interrupt would start the next.
    for (const turn of turns.reverse()) await this.#halt(turn);
    if (this.#open.size === 0) this.#finish();
    await this.#followed;
  }

  /** Takes a turn back, or interrupts it where it runs. What cannot be done now is done when the turn's next event comes. */
  async #halt(id: string): Promise<void> {
    try {
      await this.#session.cancel(id);
      return;
    } catch {
      // It has begun, was given to the running turn, or has ended.
    }
    try {
      await this.#session.interrupt(id);
    } catch {
      // Nobody is left to tell: whoever aborts does not wait for an answer, and the next event tries again.
    }
  }
}
