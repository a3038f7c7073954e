/**
 * Who hands on the events of a conversation: `codex mcp-server` does it within the call of a tool, and not within each alike. A call stops at the
 * first end of a turn or error that it meets, whosever it is, and a turn that is aborted is no end to it. So
 *
 * - after an interrupt the call goes on listening beside the next one, and the two of them may hand on what happens in the wrong order;
 * - after an error nobody hands on the end of the failed turn, which is a moment behind it: the next call meets it, takes it for its own and
 *   stops before its turn has begun; or it comes in time to be put into the failed turn, and nobody answers it.
 */
export class Tellers {
  readonly #calls = new Set<number>();
  /** A call that ended with an error: the process goes on to know the conversation by it. */
  #spent: number | undefined;
  #late = false;
  #lost = false;

  get count(): number {
    return this.#calls.size;
  }

  /** The call by which the process knows a conversation whose next call would stop too early; undefined when it would not. */
  get cure(): number | undefined {
    return this.#late && this.#calls.size === 0 ? this.#spent : undefined;
  }

  has(call: number): boolean {
    return this.#calls.has(call);
  }

  began(call: number): void {
    this.#calls.add(call);
  }

  /** The call has handed on the end of a turn, or was answered. */
  stopped(call: number): void {
    this.#calls.delete(call);
  }

  /** The call has handed on an error; the end of the turn follows. */
  failed(call: number): void {
    this.#calls.delete(call);
    this.#spent = call;
    this.#late = true;
  }

  /** The call has stopped before its turn, which goes on without anybody listening. */
  loses(call: number): void {
    this.failed(call);
    this.#lost = true;
  }

  /** Whether a turn goes on to which nobody listens. */
  get lost(): boolean {
    return this.#lost;
  }

  /** The end of the failed turn has been handed on. */
  cured(): void {
    this.#late = false;
    this.#lost = false;
  }
}
