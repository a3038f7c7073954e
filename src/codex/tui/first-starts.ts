/**
 * Two processes that are the first ones in a home make its databases at the same time, and one of them takes them for damaged. So they start
 * one after the other there until one has done well.
 */

export class FirstStarts {
  readonly #proven = new Set<string>();
  readonly #last = new Map<string, Promise<void>>();

  /** Resolves when a process may be started; to be called back when it has begun its work, or did not. */
  async enter(key: string): Promise<(well: boolean) => void> {
    const before = this.#last.get(key);
    if (this.#proven.has(key)) return () => undefined;
    let leave = (): void => undefined;
    const own = new Promise<void>((resolve) => {
      leave = resolve;
    });
    this.#last.set(key, own);
    await before;
    if (this.#proven.has(key)) leave();
    return (well) => {
      if (well) this.#proven.add(key);
      leave();
    };
  }
}
