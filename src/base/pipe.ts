/**
 * A pipe from one producer to one consumer: `push` never waits, the consumer is an async iterator. What waits is counted,
 * so that a producer that can be paused (a socket) knows when to pause. Ends once, with or without an error.
 */

export class Pipe<T> implements AsyncIterable<T>, AsyncIterator<T, undefined> {
  #waiting: T[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  #error: unknown;
  readonly #onDrained: (() => void) | undefined;

  /** `onDrained` is called whenever the consumer has taken the last waiting value. */
  constructor(options: { onDrained?: () => void } = {}) {
    this.#onDrained = options.onDrained;
  }

  /** How many values wait to be taken. */
  get size(): number {
    return this.#waiting.length;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Hands a value to the consumer; dropped without a word after the end. */
  push(value: T): void {
    if (this.#ended) return;
    this.#waiting.push(value);
    this.#wake?.();
  }

  /** Ends the pipe: what waits is still delivered, then the iterator is done, or throws `error` when one is given. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#wake?.();
  }

  /** All that waits right now, at once, without waiting. */
  takeAll(): T[] {
    const all = this.#waiting;
    this.#waiting = [];
    if (all.length > 0) this.#onDrained?.();
    return all;
  }

  /** Resolves true when there is something to take, false when the pipe has ended and is empty; rejects with the end's error. */
  async ready(): Promise<boolean> {
    while (this.#waiting.length === 0) {
      if (this.#ended) {
        if (this.#error !== undefined) throw this.#error;
        return false;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    return true;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (!(await this.ready())) return { done: true, value: undefined };
    const value = this.#waiting.shift() as T;
    if (this.#waiting.length === 0) this.#onDrained?.();
    return { done: false, value };
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.end();
    this.#waiting = [];
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
