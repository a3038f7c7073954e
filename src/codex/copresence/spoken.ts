/**
 * What the person at a terminal says to the agent. None of it goes to Codex: it is said to the seat, and the host's own line brings it to
 * Codex. The interface is answered as Codex would answer, and finds its message again under the id that it gave it.
 */

import { SpoolError } from '../../base/errors.js';
import type { Seat, Taken } from '../../ports/terminal.js';
import { stringField } from '../translate/unknown.js';
import type { RequestId } from '../wire/message.js';
import type { TerminalLine } from './line.js';
import type { Settings } from './settings.js';
import { inputOf, reviewTargetOf, wordsOf } from './typed.js';

export interface SpokenParts {
  readonly seat: Seat;
  readonly line: TerminalLine;
  readonly settings: Settings;
  readonly thread: string;
}

/**
 * A message for the running turn that has not shown there yet. When that turn ends first, the host makes it a turn of its own; so does the
 * interface, which sends it again. It is the same message.
 */
interface Pending {
  readonly taken: Taken;
  readonly words: string;
  /** The turn in which it has shown, by Codex's id. */
  shownIn: string | undefined;
}

/** Messages whose own ids the terminal still has to hear. */
const MOST_NAMES = 200;

export class Spoken {
  readonly #parts: SpokenParts;
  /** The terminal's id of a message, by the host's. */
  readonly #names = new Map<string, string | null>();
  #pending: Pending[] = [];
  #warned = '';

  constructor(parts: SpokenParts) {
    this.#parts = parts;
  }

  async start(id: RequestId, params: unknown): Promise<void> {
    const { settings } = this.#parts;
    const { refused, ...changes } = settings.changes(params);
    this.#tellRefused('turn/start', refused);
    await this.#answered(id, async () => {
      const input = this.#inputIn(params);
      const before = this.#sentAgain(wordsOf(input));
      const taken = before ?? (await this.#parts.seat.say({ input, ...changes }));
      this.#name(taken.turn, params);
      return { turn: newTurn(before === undefined ? (taken.beside ?? (await taken.begun)) : await taken.begun) };
    });
  }

  async steer(id: RequestId, params: unknown): Promise<void> {
    await this.#answered(id, async () => {
      const input = this.#inputIn(params);
      const taken = await this.#parts.seat.say({ input });
      this.#name(taken.turn, params);
      if (taken.beside !== undefined) this.#pending.push({ taken, words: wordsOf(input), shownIn: undefined });
      return { turnId: taken.beside ?? stringField(params, 'expectedTurnId') ?? '' };
    });
  }

  async compact(id: RequestId): Promise<void> {
    await this.#answered(id, async () => {
      await this.#parts.seat.say({ input: [], action: { type: 'compact' } });
      return {};
    });
  }

  async review(id: RequestId, params: unknown): Promise<void> {
    await this.#answered(id, async () => {
      const target = reviewTargetOf(params);
      if (target === undefined) throw new SpoolError('unsupported', 'this cannot be reviewed from here');
      const taken = await this.#parts.seat.say({ input: [], action: { type: 'review', target } });
      return { turn: newTurn(taken.beside ?? (await taken.begun)), reviewThreadId: this.#parts.thread };
    });
  }

  async rename(id: RequestId, params: unknown): Promise<void> {
    await this.#answered(id, async () => {
      await this.#parts.seat.rename(stringField(params, 'name') ?? '');
      return {};
    });
  }

  /** The model and the effort count from the next turn on, which says them again; the rest is not the terminal's to change. */
  change(id: RequestId, params: unknown): void {
    const { line, settings } = this.#parts;
    const { refused } = settings.changes(params);
    if (refused.length === 0) return line.reply(id, {});
    this.#parts.seat.acted({ method: 'thread/settings/update', allowed: false, detail: refused.join(', ') });
    line.refuse(id, notYours(refused));
  }

  /** A message of the person, under the id that the terminal knows it by; undefined when it has none of ours. */
  nameOf(turn: string): string | null | undefined {
    return this.#names.get(turn);
  }

  /** A message was taken into a turn. */
  shown(turn: string, native: string): void {
    for (const one of this.#pending) if (one.taken.turn === turn) one.shownIn = native;
    this.#pending = this.#pending.filter(({ taken, shownIn }) => shownIn === undefined || shownIn !== taken.beside);
  }

  /** A turn has ended: what was its own message will not be sent again. */
  ended(native: string): void {
    this.#pending = this.#pending.filter(({ shownIn }) => shownIn !== native);
  }

  /** The interface puts what it sends again into one message. */
  #sentAgain(words: string): Taken | undefined {
    const [first] = this.#pending;
    const all = this.#pending.map((one) => one.words).join('\n');
    const same = all === words ? first : this.#pending.find((one) => one.words === words);
    this.#pending = [];
    return same?.taken;
  }

  #inputIn(params: unknown): NonNullable<ReturnType<typeof inputOf>> {
    const input = inputOf(params);
    if (input !== undefined) return input;
    throw new SpoolError('unsupported', 'there is nothing in this message that can be said from here');
  }

  #name(turn: string, params: unknown): void {
    this.#names.set(turn, stringField(params, 'clientUserMessageId') ?? null);
    const [oldest] = this.#names.keys();
    if (this.#names.size > MOST_NAMES && oldest !== undefined) this.#names.delete(oldest);
  }

  /** Older versions change settings with a turn and do not ask before. The turn has the session's. */
  #tellRefused(method: string, refused: readonly string[]): void {
    const told = refused.join(', ');
    if (told === this.#warned) return;
    this.#warned = told;
    if (told === '') return;
    const { seat, line, thread } = this.#parts;
    seat.acted({ method, allowed: false, detail: told });
    line.notify('warning', { threadId: thread, message: notYours(refused) });
  }

  async #answered(id: RequestId, act: () => Promise<unknown>): Promise<void> {
    const { line } = this.#parts;
    try {
      line.reply(id, await act());
    } catch (error) {
      line.refuse(id, SpoolError.from(error).message);
    }
  }
}

function notYours(refused: readonly string[]): string {
  return `not from this terminal: ${refused.join(' and ')} is set for the session, by its agent's configuration`;
}

/** As Codex answers `turn/start`: what happens in the turn is told behind it. */
function newTurn(id: string): object {
  const never = { error: null, startedAt: null, completedAt: null, durationMs: null };
  return { id, rootTurnId: id, items: [], itemsView: 'notLoaded', status: 'inProgress', ...never };
}
