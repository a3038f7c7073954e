/**
 * What the person at a terminal says to the agent. None of it goes to Codex: it is said to the seat, and the host's own line brings it to
 * Codex. The interface is answered as Codex would answer, and finds its message again under the id that it gave it.
 */

import { SpoolError } from '../../base/errors.js';
import type { Seat, Taken } from '../../ports/terminal.js';
import { stringField } from '../translate/unknown.js';
import { type Asked, type Line, newTurn } from './line.js';
import type { Settings } from './settings.js';
import { inputOf, reviewTargetOf, wordsOf } from './typed.js';

export interface SpokenParts {
  readonly seat: Seat;
  readonly line: Line;
  readonly settings: Settings;
  readonly thread: string;
}

/** Something that the person said, as the interface asks for it. */
export interface Speech extends Asked {
  readonly params: unknown;
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

  async start(request: Speech): Promise<void> {
    const { settings, seat, line } = this.#parts;
    const { held, impossible, ...changes } = settings.changes(request.params);
    if (impossible.length > 0) {
      seat.acted({ method: 'turn/start', allowed: false, detail: impossible.join(', ') });
      line.refuse(request, cannotBe(impossible));
      return;
    }
    this.#tellHeld(held);
    await this.#answered(request, async () => {
      const input = this.#inputIn(request.params);
      const before = this.#sentAgain(wordsOf(input));
      const taken = before ?? (await seat.say({ input, ...changes }));
      this.#name(taken.turn, request.params);
      return { turn: newTurn(before === undefined ? (taken.beside ?? (await taken.begun)) : await taken.begun) };
    });
  }

  async steer(request: Speech): Promise<void> {
    await this.#answered(request, async () => {
      const input = this.#inputIn(request.params);
      const taken = await this.#parts.seat.say({ input });
      this.#name(taken.turn, request.params);
      if (taken.beside !== undefined) this.#pending.push({ taken, words: wordsOf(input), shownIn: undefined });
      return { turnId: taken.beside ?? stringField(request.params, 'expectedTurnId') ?? '' };
    });
  }

  async compact(request: Speech): Promise<void> {
    await this.#answered(request, async () => {
      await this.#parts.seat.say({ input: [], action: { type: 'compact' } });
      return {};
    });
  }

  async review(request: Speech): Promise<void> {
    await this.#answered(request, async () => {
      const target = reviewTargetOf(request.params);
      if (target === undefined) throw new SpoolError('unsupported', 'this cannot be reviewed from here');
      const taken = await this.#parts.seat.say({ input: [], action: { type: 'review', target } });
      return { turn: newTurn(taken.beside ?? (await taken.begun)), reviewThreadId: this.#parts.thread };
    });
  }

  async rename(request: Speech): Promise<void> {
    await this.#answered(request, async () => {
      await this.#parts.seat.rename(stringField(request.params, 'name') ?? '');
      return {};
    });
  }

  /** The model and the effort count from the next turn on, which says them again; the rest is not the terminal's to change. */
  change(request: Speech): void {
    const { line, settings } = this.#parts;
    const { held, impossible } = settings.changes(request.params);
    if (held.length + impossible.length === 0) return line.reply(request.id, {});
    this.#parts.seat.acted({ method: 'thread/settings/update', allowed: false, detail: [...held, ...impossible].join(', ') });
    line.refuse(request, held.length > 0 ? notYours(held) : cannotBe(impossible));
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
  #tellHeld(held: readonly string[]): void {
    const told = held.join(', ');
    if (told === this.#warned) return;
    this.#warned = told;
    if (told === '') return;
    const { seat, line } = this.#parts;
    seat.acted({ method: 'turn/start', allowed: false, detail: told });
    line.tell(notYours(held));
  }

  async #answered(request: Speech, act: () => Promise<unknown>): Promise<void> {
    const { line } = this.#parts;
    try {
      line.reply(request.id, await act());
    } catch (error) {
      line.refuse(request, SpoolError.from(error).message);
    }
  }
}

function notYours(held: readonly string[]): string {
  return `not from this terminal: ${held.join(' and ')} is set for the session, by its agent's configuration`;
}

function cannotBe(impossible: readonly string[]): string {
  return `not from this terminal: turns of a session know no ${impossible.join(' and no ')}`;
}
