/** What waits for one alias, in the order in which it was sent, and what it works on. */

export class Mailbox {
  readonly alias: string;
  /** By the time of sending: a task that comes back after a failed attempt keeps its place. */
  readonly #queue: { readonly id: string; readonly order: string }[] = [];
  readonly #working = new Set<string>();

  constructor(alias: string) {
    this.alias = alias;
  }

  get queued(): number {
    return this.#queue.length;
  }

  get working(): number {
    return this.#working.size;
  }

  isFree(atOnce: number): boolean {
    return this.#queue.length === 0 && this.#working.size < atOnce;
  }

  put(id: string, order: string): void {
    if (this.#queue.some((one) => one.id === id)) return;
    let at = this.#queue.length;
    while (at > 0 && (this.#queue[at - 1]?.order ?? '') > order) at -= 1;
    this.#queue.splice(at, 0, { id, order });
  }

  /** It is not to be begun (any more). */
  drop(id: string): void {
    const at = this.#queue.findIndex((one) => one.id === id);
    if (at >= 0) this.#queue.splice(at, 1);
  }

  /** The next one, which it works on from now on; undefined when there is none, or no room. */
  take(atOnce: number): string | undefined {
    if (this.#working.size >= atOnce) return undefined;
    const next = this.#queue.shift();
    if (next !== undefined) this.#working.add(next.id);
    return next?.id;
  }

  works(id: string): void {
    this.#working.add(id);
  }

  /** True when there is room that was not there before. */
  done(id: string): boolean {
    return this.#working.delete(id);
  }
}
