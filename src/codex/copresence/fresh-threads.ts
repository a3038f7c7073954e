/**
 * What Codex said when it started a conversation in which nothing was said yet. Until its first turn there is no record of it that a second
 * client could resume, so this is what such a one is told instead.
 */

/** Terminals join few that are so young. */
const MOST = 200;

export class FreshThreads {
  readonly #started = new Map<string, unknown>();

  /** Keeps the answer to `thread/start`. */
  note(thread: string, started: unknown): void {
    this.#started.set(thread, started);
    const [oldest] = this.#started.keys();
    if (this.#started.size > MOST && oldest !== undefined) this.#started.delete(oldest);
  }

  get(thread: string): unknown {
    return this.#started.get(thread);
  }
}
