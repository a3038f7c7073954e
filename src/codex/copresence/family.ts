/** The conversations that one terminal may see: its own, and those of the sub-agents that were started from it. */

import { stringField } from '../translate/unknown.js';

/** Sub-agents that are remembered; a person looks at a few. */
const MOST = 1_000;

export class Family {
  readonly own: string;
  readonly #members: Set<string>;

  constructor(own: string) {
    this.own = own;
    this.#members = new Set([own]);
  }

  has(thread: string | undefined): boolean {
    return thread !== undefined && this.#members.has(thread);
  }

  /** Whether a thread, as Codex describes it, belongs here; a child of a member becomes one. */
  takes(thread: unknown): boolean {
    const id = stringField(thread, 'id');
    if (id === undefined) return false;
    if (this.#members.has(id)) return true;
    if (!this.has(stringField(thread, 'parentThreadId')) || this.#members.size >= MOST) return false;
    this.#members.add(id);
    return true;
  }
}
