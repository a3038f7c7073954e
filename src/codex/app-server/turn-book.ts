/**
 * Which of Codex's turns are ours: the relation between its ids and the host's, kept for a while after a turn's end, because a
 * command that outlives an interrupt reports its end late. Also what was counted and said of each turn.
 */

import { addUsage, type Usage } from '../../contract/item.js';
import type { Fact } from '../../ports/agent.js';
import type * as Codex from '../generated/protocol.js';
import type { Scope } from '../translate/family.js';
import { usageOf } from '../translate/usage.js';

/** Turns of one thread that are remembered; the oldest are forgotten first. */
const MOST_TURNS = 64;

interface Entry {
  readonly turn: string;
  announced: boolean;
  begun: boolean;
  ended: boolean;
  usage: Usage | null;
  error: Codex.TurnError | null;
  /** Commands that were started and did not end yet, by item id. */
  readonly commands: Set<string>;
  /** Of versions that give no client ids: item ids of user messages, and the host's turns whose messages they are. */
  readonly messages: Map<string, string>;
  /** Messages that Codex has accepted for this turn, by the host's turns, in order. */
  readonly given: string[];
}

export class TurnBook implements Scope {
  readonly #entries = new Map<string, Entry>();
  #lastTotal: number | undefined;

  /** Writes down that Codex's turn `native` is the host's `turn`. */
  adopt(native: string, turn: string, announced: boolean): void {
    if (this.#entries.has(native)) return;
    this.#entries.set(native, {
      turn,
      announced,
      begun: false,
      ended: false,
      usage: null,
      error: null,
      commands: new Set(),
      messages: new Map(),
      given: [],
    });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MOST_TURNS && oldest !== undefined) this.#entries.delete(oldest);
  }

  turn(native: string): string | undefined {
    return this.#entries.get(native)?.turn;
  }

  native(turn: string): string | undefined {
    for (const [native, entry] of this.#entries) if (entry.turn === turn) return native;
    return undefined;
  }

  usage(native: string): Usage | null {
    return this.#entries.get(native)?.usage ?? null;
  }

  lastError(native: string): Codex.TurnError | null {
    return this.#entries.get(native)?.error ?? null;
  }

  /** True the first time only: the start of a turn is said once, whether the answer or the notification tells it. */
  announce(native: string): boolean {
    const entry = this.#entries.get(native);
    if (entry === undefined || entry.announced) return false;
    entry.announced = true;
    return true;
  }

  /** Writes down that Codex has said something about the turn. */
  begin(native: string): void {
    const entry = this.#entries.get(native);
    if (entry !== undefined) entry.begun = true;
  }

  begun(native: string): boolean {
    return this.#entries.get(native)?.begun === true;
  }

  /** True the first time only, and only for our turns. */
  end(native: string): boolean {
    const entry = this.#entries.get(native);
    if (entry === undefined || entry.ended) return false;
    entry.ended = true;
    return true;
  }

  ended(native: string): boolean {
    return this.#entries.get(native)?.ended === true;
  }

  failed(native: string, error: Codex.TurnError): void {
    const entry = this.#entries.get(native);
    if (entry !== undefined) entry.error = error;
  }

  /** Counts a report of used tokens. False for a repeat: Codex sends the last numbers again when a thread is resumed. */
  count(native: string, report: Codex.ThreadTokenUsage): boolean {
    const repeated = report.total.totalTokens === this.#lastTotal;
    this.#lastTotal = report.total.totalTokens;
    const entry = this.#entries.get(native);
    if (repeated || entry === undefined) return false;
    entry.usage = addUsage(entry.usage, usageOf(report.last));
    return true;
  }

  /** Writes down that Codex has accepted the message of `turn` for its turn `native`. */
  gave(native: string, turn: string): void {
    this.#entries.get(native)?.given.push(turn);
  }

  /** The fact with its message's turn named, where Codex did not: there messages come in the order in which they were given. */
  named(fact: Fact): Fact {
    if (fact.type !== 'item.started' && fact.type !== 'item.completed') return fact;
    const { item } = fact;
    const native = item.kind === 'userMessage' && item.turn === undefined ? this.native(fact.turn) : undefined;
    const turn = native === undefined ? undefined : this.#entries.get(native)?.messages.get(item.id);
    return turn === undefined || item.kind !== 'userMessage' ? fact : { ...fact, item: { ...item, turn } };
  }

  #message(entry: Entry, id: string): void {
    if (entry.messages.has(id)) return;
    const turn = entry.messages.size === 0 ? entry.turn : entry.given.shift();
    if (turn !== undefined) entry.messages.set(id, turn);
  }

  item(native: string, item: Codex.ThreadItem, done: boolean): void {
    const entry = this.#entries.get(native);
    // Null means that another client wrote it; the versions without client ids leave the field out.
    if (entry !== undefined && item.type === 'userMessage' && item.clientId === undefined) this.#message(entry, item.id);
    if (item.type !== 'commandExecution') return;
    const commands = this.#entries.get(native)?.commands;
    if (done) commands?.delete(item.id);
    else commands?.add(item.id);
  }

  /** Item ids of commands of this turn that are still running. */
  runningCommands(native: string): ReadonlySet<string> {
    return this.#entries.get(native)?.commands ?? new Set();
  }
}
