/** Requests whose answer may take a while: each ends early when its client leaves, and all of them when the server closes. */

export interface Wait extends Disposable {
  readonly signal: AbortSignal;
}

export class Waits {
  readonly #open = new Set<AbortController>();
  #closed = false;

  open(client: AbortSignal): Wait {
    const wait = new AbortController();
    const end = (): void => wait.abort();
    this.#open.add(wait);
    client.addEventListener('abort', end, { once: true });
    if (client.aborted || this.#closed) end();
    return {
      signal: wait.signal,
      [Symbol.dispose]: () => {
        client.removeEventListener('abort', end);
        this.#open.delete(wait);
      },
    };
  }

  /** They are answered with what there is; those that come later at once. */
  close(): void {
    this.#closed = true;
    for (const wait of this.#open) wait.abort();
  }
}
