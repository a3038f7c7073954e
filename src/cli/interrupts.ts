/** Ctrl-C and SIGTERM. Without anybody who cares the process ends with 130 or 143, at once. */

export class Interrupts implements Disposable {
  readonly #takers: ((times: number) => void)[] = [];
  #times = 0;
  readonly #onInt = (): void => this.#fire(130);
  readonly #onTerm = (): void => this.#fire(143);

  constructor() {
    process.on('SIGINT', this.#onInt);
    process.on('SIGTERM', this.#onTerm);
  }

  /** From now on `taker` is called instead, with 1, 2, ... until it is disposed. The last one to take is the one called. */
  take(taker: (times: number) => void): Disposable {
    this.#takers.push(taker);
    return {
      [Symbol.dispose]: () => {
        this.#takers.splice(this.#takers.indexOf(taker), 1);
      },
    };
  }

  /** For a key that a terminal in raw mode does not turn into a signal. */
  press(): void {
    this.#fire(130);
  }

  #fire(status: number): void {
    this.#times += 1;
    const taker = this.#takers.at(-1);
    if (taker === undefined) process.exit(status);
    taker(this.#times);
  }

  [Symbol.dispose](): void {
    process.off('SIGINT', this.#onInt);
    process.off('SIGTERM', this.#onTerm);
  }
}
