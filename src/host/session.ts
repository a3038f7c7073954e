/**
 * A session awake: the one writer of its stream. Everyone else hands it a command or a fact; it takes them one at a time on its
 * lane, decides, appends, and only then lets the new state be seen. It never touches the runtime: that is the worker's part.
 */

import { delayOf } from '../base/backoff.js';
import { type Clock, isoTime } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import { Lane } from '../base/lane.js';
import type { ApprovalAnswer } from '../contract/approval.js';
import type { ApprovalPolicy } from '../contract/approval-policy.js';
import { eventBody, parseEvent } from '../contract/event-text.js';
import type { Event, Unplaced } from '../contract/events.js';
import type { ReviewLoop } from '../contract/review-loop.js';
import { eventsOfFact, type OwnFact } from '../domain/decide-fact.js';
import { evolve, initial } from '../domain/evolve.js';
import { joinDeltas } from '../domain/join-deltas.js';
import { decideReview } from '../domain/review-loop.js';
import { isSettled, type SessionState, STATE_FORMAT, sessionView, statusOf } from '../domain/state.js';
import type { Fact } from '../ports/agent.js';
import type { Log, LogRecord, NewEvent, Receipt, Version } from '../ports/log.js';
import type { Logger } from '../ports/logger.js';
import type { Snapshots } from '../ports/snapshots.js';
import type { HouseRules } from './house-rules.js';

export interface SessionParts {
  readonly log: Log;
  readonly snapshots: Snapshots;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly rules: HouseRules;
}

/** More facts than this in one append would make a reader wait for a needlessly large record. */
const MOST_FACTS = 512;
/** Facts that may wait before whoever brings them is asked to wait too. */
const HIGH_WATER = 4096;
const RETRY = { firstMs: 50, maxMs: 5000 };
/** How long quiet facts wait for company. */
const QUIET_MS = 5;
/** A snapshot of a session that is busy is worth little a moment later. */
const SAVE_AFTER_MS = 1000;

export type OnRecord = (before: SessionState, events: readonly NewEvent[]) => void;

export class Session implements AsyncDisposable {
  readonly #parts: SessionParts;
  readonly #lane = new Lane();
  #state: SessionState;
  #version: Version;
  #facts: (Fact | OwnFact)[] = [];
  #draining: Promise<void> | undefined;
  #closing = false;
  /** Ends the lingering of quiet facts. */
  #hurry: (() => void) | undefined;
  #moment: Disposable | undefined;
  #saving: Disposable | undefined;
  #saved: { status: string; settled: boolean; position: number } | undefined;
  /** Answers in full, by the runtime's name of the question, until it is closed: in the log they stand without their secrets. */
  readonly answers = new Map<string, ApprovalAnswer>();
  /** Called after every append with the new state already in place. */
  onChange: () => void = () => undefined;
  /** Called before it with what was recorded and the state that it met. */
  onRecord: OnRecord = () => undefined;

  constructor(parts: SessionParts, state: SessionState, version: Version) {
    this.#parts = parts;
    this.#state = state;
    this.#version = version;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** True while a command or fact is being taken. */
  get busy(): boolean {
    return this.#lane.busy || this.#facts.length > 0;
  }

  /**
   * Takes a command. `decide` sees the state as it is when the command's turn has come; its events are durable when this resolves.
   * With a known command id nothing is decided: `repeat` is asked for the answer that was given then.
   */
  command<T>(
    commandId: string | undefined,
    decide: (state: SessionState, at: string) => { events: readonly Unplaced[]; answer: (receipt: { first: number }) => T },
    repeat: (receipt: Receipt) => Promise<T>,
  ): Promise<T> {
    return this.perform(commandId, (state, at) => Promise.resolve(decide(state, at)), repeat);
  }

  /** Takes a command whose events tell what `act` has done: no other command and no fact is taken until they are durable. */
  perform<T>(
    commandId: string | undefined,
    act: (state: SessionState, at: string) => Promise<{ events: readonly Unplaced[]; answer: (receipt: { first: number }) => T }>,
    repeat: (receipt: Receipt) => Promise<T>,
  ): Promise<T> {
    return this.#lane.run(async () => {
      if (commandId !== undefined) {
        const known = await this.#parts.log.find(this.#state.id, commandId);
        if (known !== null) return repeat(known);
      }
      const { events, answer } = await act(this.#state, isoTime(this.#parts.clock));
      if (events.length === 0) return answer({ first: this.#state.position });
      const receipt = await this.#append(events, commandId);
      return answer(receipt);
    });
  }

  /**
   * Takes a fact from the runtime. What comes while an append runs is taken together by the next one, with neighbouring deltas
   * joined: no timer, a delta waits at most for one commit.
   */
  ingest(fact: Fact | OwnFact): void {
    this.#facts.push(fact);
    if (!isQuiet(fact)) this.#hurry?.();
    this.#draining ??= this.#drain();
  }

  /** Something to wait for before bringing more, while too many facts wait here; undefined otherwise. */
  get full(): Promise<void> | undefined {
    return this.#facts.length > HIGH_WATER ? this.#draining : undefined;
  }

  async #drain(): Promise<void> {
    // Off the bringer's stack first: a socket hands over several messages in one go, and they belong into one append.
    await Promise.resolve();
    for (let attempt = 0; this.#facts.length > 0; ) {
      if (this.#facts.every(isQuiet)) await this.#linger();
      try {
        await this.#lane.run(() => this.#takeFacts());
        attempt = 0;
      } catch (error) {
        // A full disk, most likely. The facts stay where they are, in order, until they can be written.
        this.#parts.logger.error({ session: this.#state.id, err: error, attempt }, 'events could not be written; trying again');
        if (this.#closing || SpoolError.from(error).code === 'unavailable') break;
        await new Promise<void>((resolve) => this.#parts.clock.after(delayOf(RETRY, attempt++), resolve));
      }
    }
    this.#draining = undefined;
  }

  /** Until company comes that is in a hurry, or for a moment at most. */
  async #linger(): Promise<void> {
    if (this.#closing) return;
    await new Promise<void>((resolve) => {
      this.#hurry = resolve;
      this.#moment = this.#parts.clock.after(QUIET_MS, resolve);
    });
    this.#moment?.[Symbol.dispose]();
    this.#hurry = undefined;
  }

  async #takeFacts(): Promise<void> {
    const facts = this.#facts.slice(0, MOST_FACTS);
    const at = isoTime(this.#parts.clock);
    const events: Unplaced[] = [];
    let state = this.#state;
    const take = (more: readonly Unplaced[]): void => {
      for (const event of more) state = fold(state, event);
      events.push(...more);
    };
    const policy = (): ApprovalPolicy => this.#parts.rules.policyOf(this.#state);
    const loop = (): ReviewLoop | undefined => this.#parts.rules.reviewLoopOf(this.#state);
    for (const fact of joinDeltas(facts)) {
      const before = state;
      take(eventsOfFact(before, fact, at, policy));
      take(decideReview(before, state, loop, at));
    }
    if (events.length > 0) await this.#append(events, undefined, state);
    this.#facts = this.#facts.slice(facts.length);
    // A fact may change nothing in the log and still matter to the worker (a question that came again).
    if (events.length === 0) this.onChange();
  }

  async #append(events: readonly Unplaced[], commandId: string | undefined, after?: SessionState): Promise<Receipt> {
    const record = { events: events.map((event) => ({ type: event.type, body: eventBody(event) })), commandId };
    const receipt = await this.#parts.log.append(this.#state.id, record, this.#version);
    const before = this.#state;
    this.#state = after ?? events.reduce(fold, before);
    this.#version = receipt.version;
    this.#saveWhenChanged();
    this.onRecord(before, record.events);
    this.onChange();
    return receipt;
  }

  /** A while later: nobody who reads or answers needs the snapshot, and a short turn costs one of them and not two. */
  #saveWhenChanged(): void {
    const status = statusOf(this.#state);
    const settled = isSettled(this.#state);
    if (this.#saved?.status === status && this.#saved.settled === settled) return;
    this.#saving ??= this.#parts.clock.after(SAVE_AFTER_MS, () => this.save());
  }

  /** Writes the snapshot; a failure costs only time at the next start. */
  save(): void {
    this.#saving?.[Symbol.dispose]();
    this.#saving = undefined;
    const state = this.#state;
    const status = statusOf(state);
    const settled = isSettled(state);
    if (this.#saved?.position === state.position) return;
    this.#saved = { status, settled, position: state.position };
    const summary = { agent: state.agent, status, updatedAt: state.updatedAt, settled, row: JSON.stringify(sessionView(state)) };
    this.#parts.snapshots
      .save({ stream: state.id, position: state.position, state: JSON.stringify(state), summary })
      .catch((error: unknown) => this.#parts.logger.warn({ session: state.id, err: error }, 'the snapshot could not be saved'));
  }

  /** Resolves when every fact and command that was there at the call has been taken. */
  async drain(): Promise<void> {
    await this.#draining;
    await this.#lane.drain();
  }

  /** Takes what waits and nothing after it. What cannot be written now is given up: the runtime still has it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    this.#hurry?.();
    await this.drain();
    await this.#lane[Symbol.asyncDispose]();
    this.save();
  }
}

/**
 * Facts that frame the work: nobody watches them come, and Codex says several of them in a row. Each alone would cost a commit of its
 * own, which on a small machine is taken from the very process that does the work. Deltas, questions, ends and the results of commands
 * are never quiet.
 */
function isQuiet(fact: Fact | OwnFact): boolean {
  switch (fact.type) {
    case 'turn.started':
    case 'item.started':
    case 'usage':
    case 'raw':
      return true;
    case 'item.completed':
      return fact.item.kind === 'userMessage' || fact.item.kind === 'agentMessage' || fact.item.kind === 'reasoning';
    default:
      return false;
  }
}

function fold(state: SessionState, event: Unplaced): SessionState {
  return evolve(state, { position: state.position + 1, session: state.id, ...event } as Event);
}

/**
 * Wakes a session: its snapshot, where one fits, and the events behind it, which `onRecord` hears of: they may be new to others than the
 * log. Null when there is no such session.
 */
export async function wakeSession(parts: SessionParts, id: string, onRecord: OnRecord): Promise<Session | null> {
  const head = await parts.log.head(id);
  if (head.version === 'none') return null;
  const snapshot = await parts.snapshots.load(id);
  let state = snapshot === null || snapshot.position > head.position ? null : readState(snapshot.state);
  const hasSnapshot = state !== null;
  for await (const record of parts.log.read({ stream: id, after: state?.position ?? 0 })) {
    if (hasSnapshot && state !== null) onRecord(state, record.events);
    state = foldRecord(state, record);
  }
  if (state === null) return null;
  // The version of what was read, not of a later head: nobody else writes this stream, so they are the same.
  return new Session(parts, state, head.version);
}

function readState(text: string): SessionState | null {
  const state: unknown = JSON.parse(text);
  return typeof state === 'object' && state !== null && 'format' in state && state.format === STATE_FORMAT ? (state as SessionState) : null;
}

export function foldRecord(before: SessionState | null, record: LogRecord): SessionState | null {
  let state = before;
  for (const logged of record.events) {
    const event = parseEvent(record.stream, logged.position, logged.body);
    if (event.type === 'session.opened') state = initial(event);
    else if (state !== null) state = evolve(state, event);
  }
  return state;
}
