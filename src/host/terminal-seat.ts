/**
 * A person at a terminal, as one more client of a session: what is said there is asked of the host like any other request, so it is recorded
 * first and the session's worker does it. The seat only waits for what becomes of it, because the terminal wants to know.
 */

import type { Clock } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import { redact } from '../base/redact.js';
import type { ApprovalAnswer } from '../contract/approval.js';
import { parseEvent } from '../contract/event-text.js';
import type { Event, EventData, Unplaced } from '../contract/events.js';
import type { TurnAccepted } from '../contract/session.js';
import { activeTurn, turnOf } from '../domain/state.js';
import type { AskRef, TurnRef } from '../ports/agent.js';
import type { Logger } from '../ports/logger.js';
import type { Said, Seat, Taken } from '../ports/terminal.js';
import type { Host, Principal } from './face.js';
import type { Session } from './session.js';

/** What a seat asks of the host, in the name of the person. */
export type Asked = Pick<
  Host,
  'requestTurn' | 'compactSession' | 'reviewSession' | 'interrupt' | 'answerApproval' | 'updateSession' | 'follow'
>;

export interface TerminalSeatParts {
  readonly terminal: string;
  readonly session: Session;
  readonly host: Asked;
  readonly by: Principal;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A terminal sees a question on its own line, and may be a moment ahead of the log. */
const ASKED_MS = 2_000;
/** More than a person does; a terminal that does something over and over must not fill the log. */
const MOST_ACTS = 500;
const MOST_DETAIL = 500;

export class TerminalSeat implements Seat, Disposable {
  /** Its id. */
  readonly terminal: string;
  readonly #parts: TerminalSeatParts;
  readonly #gone = new AbortController();
  #acts = 0;
  #noting: Promise<unknown> = Promise.resolve();

  constructor(parts: TerminalSeatParts) {
    this.#parts = parts;
    this.terminal = parts.terminal;
  }

  get #id(): string {
    return this.#parts.session.state.id;
  }

  async say(said: Said): Promise<Taken> {
    const { turn, disposition, position } = await this.#ask(said);
    const { state } = this.#parts.session;
    const beside = disposition === 'started' ? undefined : (activeTurn(state)?.ref ?? undefined);
    const begun = this.#begun(turn.id, position);
    // Whether anybody waits for it is up to the terminal.
    begun.catch(() => undefined);
    return { turn: turn.id, beside, begun };
  }

  #ask({ input, action, model, effort }: Said): Promise<TurnAccepted> {
    const { host, by } = this.#parts;
    if (action?.type === 'compact') return host.compactSession(this.#id, {}, by);
    if (action?.type === 'review') return host.reviewSession(this.#id, { target: action.target }, by);
    const lasting = {
      ...(model === undefined ? {} : { model }),
      ...(effort === undefined ? {} : { effort }),
      ...(model === undefined && effort === undefined ? {} : { sticky: true }),
    };
    return host.requestTurn(this.#id, { input: [...input], mode: 'auto', ...lasting }, by);
  }

  async #begun(turn: string, position: number): Promise<TurnRef> {
    const { state } = this.#parts.session;
    for await (const event of this.#events(position - 1, this.#gone.signal)) {
      if (event.turn !== turn) continue;
      if (event.type === 'turn.started') return event.data.ref;
      if (event.type === 'turn.steered') return turnOf(this.#parts.session.state, event.data.into)?.ref ?? event.data.into;
      if (event.type === 'turn.failed') throw new SpoolError('runtime-failed', event.data.message);
      if (event.type === 'turn.interrupted') throw new SpoolError('cancelled', event.data.reason ?? 'it was stopped before it began');
    }
    throw new SpoolError('unavailable', `the terminal of session ${state.id} was closed`);
  }

  async *#events(after: number, signal: AbortSignal): AsyncIterable<Event> {
    const { host, by } = this.#parts;
    for await (const record of host.follow({ session: this.#id, after, signal }, by)) {
      for (const one of record.events) yield parseEvent(this.#id, one.position, one.body);
    }
  }

  async interrupt(): Promise<boolean> {
    const { host, by } = this.#parts;
    return (await host.interrupt(this.#id, {}, by)).turn !== null;
  }

  async answer(ask: AskRef, answer: ApprovalAnswer): Promise<boolean> {
    const approval = await this.#approvalOf(ask);
    if (approval === undefined) return false;
    const { decision, value, amendment } = answer;
    const { host, by } = this.#parts;
    try {
      const command = { decision, ...(value === undefined ? {} : { value }), ...(amendment === undefined ? {} : { amendment }) };
      await host.answerApproval(approval, command, by);
    } catch (error) {
      // Somebody else was first.
      if (SpoolError.from(error).code !== 'conflict') throw error;
    }
    return true;
  }

  async #approvalOf(ask: AskRef): Promise<string | undefined> {
    const { session, clock } = this.#parts;
    const known = (): string | undefined => session.state.approvals.find(({ ref }) => ref === ask)?.approval.id;
    await session.drain();
    const { position } = session.state;
    const there = known();
    if (there !== undefined) return there;
    const late = new AbortController();
    using _limit = clock.after(ASKED_MS, () => late.abort());
    for await (const event of this.#events(position, AbortSignal.any([late.signal, this.#gone.signal]))) {
      if (event.type === 'approval.asked' && event.data.ref === ask) return event.data.approval.id;
    }
    return known();
  }

  async rename(title: string): Promise<void> {
    const { host, by } = this.#parts;
    await host.updateSession(this.#id, { title }, by);
  }

  acted({ method, allowed, detail }: Parameters<Seat['acted']>[0]): void {
    this.#acts += 1;
    if (this.#acts > MOST_ACTS) return;
    const about = detail === undefined ? {} : { detail: redact(detail).slice(0, MOST_DETAIL) };
    this.#note('terminal.acted', { method, allowed, ...about });
  }

  /** Records that the person came. */
  attached(allow: EventData<'terminal.attached'>['allow']): Promise<void> {
    return this.#record('terminal.attached', { allow });
  }

  /** Records that the person left, behind all that was done. */
  async detached(): Promise<void> {
    this.#note('terminal.detached', {});
    await this.#noting;
  }

  #note<T extends 'terminal.acted' | 'terminal.detached'>(type: T, data: Omit<EventData<T>, 'terminal' | 'by'>): void {
    const { logger } = this.#parts;
    this.#noting = this.#record(type, data).catch((err: unknown) => {
      logger.warn({ session: this.#id, err, type }, 'what was done at a terminal could not be recorded');
    });
  }

  async #record(type: TerminalEvent, more: object): Promise<void> {
    const { session, terminal, by } = this.#parts;
    const data = { terminal, by: by.name, ...more } as EventData<TerminalEvent>;
    const event = (at: string): Unplaced<TerminalEvent> => ({ type, at, data }) as Unplaced<TerminalEvent>;
    await session.command(
      undefined,
      (_state, at) => ({ events: [event(at)], answer: () => null }),
      () => Promise.resolve(null),
    );
  }

  /** Ends what waits here. */
  [Symbol.dispose](): void {
    this.#gone.abort();
  }
}

type TerminalEvent = 'terminal.attached' | 'terminal.detached' | 'terminal.acted';
