/**
 * A stack of things to dispose: what was put on it last goes first. The way in which a program that is made of living parts is taken
 * down, also when making it failed half way. (Node 20 has no AsyncDisposableStack of its own.)
 */

export class Stack implements AsyncDisposable {
  #parts: (() => PromiseLike<void> | void)[] = [];

  /** Puts a disposable on the stack and hands it back. */
  use<T extends AsyncDisposable>(part: T): T {
    this.#parts.push(() => part[Symbol.asyncDispose]());
    return part;
  }

  /** Puts something else to do at the end on the stack. */
  defer(action: () => Promise<void> | void): void {
    this.#parts.push(action);
  }

  /** Disposes all, last first, each even when one before it threw; then throws the first error. Twice is fine. */
  async [Symbol.asyncDispose](): Promise<void> {
    const parts = this.#parts.reverse();
    this.#parts = [];
    const errors: unknown[] = [];
    for (const part of parts) {
      try {
        await part();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
