/** What a client knows of a session from the events it has read so far, and who waits for more. */

import type { Event } from '../src/contract/events.js';
import type { Until } from './moves.js';

const ENDS: ReadonlySet<string> = new Set(['turn.completed', 'turn.failed', 'turn.interrupted']);

export class Watch {
  /** Turns that have ended, and those that another one took in, with that one's id. */
  readonly #ended = new Set<string>();
  readonly #into = new Map<string, string>();
  readonly #marks = new Map<string, Set<Until>>();
  #waiting: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];

  take(event: Event): void {
    const { turn } = event;
    if (turn !== undefined) this.#turnEvent(turn, event);
    this.look();
  }

  /** Lets those go on for whom it holds now. */
  look(): void {
    const before = this.#waiting;
    this.#waiting = before.filter(({ holds }) => !holds());
    for (const one of before) if (!this.#waiting.includes(one)) one.resolve();
  }

  settled(turn: string): boolean {
    const into = this.#into.get(turn);
    return this.#ended.has(turn) || (into !== undefined && this.#ended.has(into));
  }

  /** Whether the turn may still wait in the queue, as far as this client knows. */
  waits(turn: string): boolean {
    return !this.settled(turn) && !this.#into.has(turn) && !this.#marked(turn, 'started');
  }

  /** Resolves when the turn, or the one that took it in, is as far. */
  async until(turn: string, until: Until): Promise<void> {
    if (until === 'nothing') return;
    await this.when(() => this.settled(turn) || this.#marked(turn, until) || this.#marked(this.#into.get(turn) ?? turn, until));
  }

  when(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ holds, resolve });
    });
  }

  #marked(turn: string, until: Until): boolean {
    return this.#marks.get(turn)?.has(until) === true;
  }

  #turnEvent(turn: string, event: Event): void {
    if (event.type === 'turn.steered') this.#into.set(turn, event.data.into);
    if (ENDS.has(event.type)) this.#ended.add(turn);
    const mark = markOf(event);
    if (mark !== undefined) this.#marks.set(turn, (this.#marks.get(turn) ?? new Set()).add(mark));
  }
}

function markOf(event: Event): Until | undefined {
  if (event.type === 'turn.started') return 'started';
  if (event.type === 'item.delta') return 'piece';
  return event.type === 'approval.asked' ? 'asked' : undefined;
}
