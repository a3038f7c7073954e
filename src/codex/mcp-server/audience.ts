/** Who hears of a conversation: the session that has it open, or nobody; then what is worth knowing waits for the next one. */

import type { Fact } from '../../ports/agent.js';
import type { McpThread } from './thread.js';

export class Audience {
  #thread: McpThread | undefined;
  /** What was told while nobody listened. */
  #missed: Fact[] = [];
  /** The last turn that has ended, and how. */
  #ended: { readonly turn: string; readonly end: Fact } | undefined;

  get present(): boolean {
    return this.#thread !== undefined;
  }

  tell(fact: Fact): void {
    if (this.#thread !== undefined) this.#thread.facts.push(fact);
    // Deltas are in the items, and what is asked is asked again.
    else if (fact.type !== 'item.delta' && fact.type !== 'ask' && fact.type !== 'ask.closed') this.#missed.push(fact);
  }

  turnEnded(turn: string, end: Fact): void {
    this.#ended = { turn, end };
  }

  /** One at a time: a session that has it open loses it to the next. */
  welcome(thread: McpThread, unsettled: string | undefined, running: string | undefined): void {
    this.#thread?.close();
    const missed = this.#missed;
    this.#missed = [];
    this.#thread = thread;
    if (unsettled === undefined) return;
    const ended = this.#ended?.turn === unsettled ? this.#ended.end : undefined;
    thread.unsettled = running === unsettled ? 'running' : ended === undefined ? 'unknown' : 'ended';
    if (thread.unsettled === 'unknown') return;
    for (const fact of missed) thread.facts.push(fact);
    if (ended !== undefined && !missed.includes(ended)) thread.facts.push(ended);
  }

  /** False when it was another's by then. */
  leaves(thread: McpThread): boolean {
    if (this.#thread !== thread) return false;
    this.#thread = undefined;
    return true;
  }

  end(ended: Extract<Fact, { type: 'ended' }>): void {
    this.#thread?.end(ended);
    this.#thread = undefined;
  }
}
