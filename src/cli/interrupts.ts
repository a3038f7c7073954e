/**
 * Why a command should end before it is done: Ctrl-C, SIGTERM, or the reader of its output has left. Without anybody who cares the
 * process ends at once, with 130, 143 or 0.
 */

/** Called with 1, 2, ... and the exit status that the first interrupt asks for. */
type Taker = (times: number, status: number) => void;

export class Interrupts implements Disposable {
  readonly #takers: { readonly call: Taker; readonly unread: 'stop' | 'go on' }[] = [];
  #times = 0;
  #status: number | undefined;
  readonly #onInt = (): void => this.#fire(130);
  readonly #onTerm = (): void => this.#fire(143);
  readonly #onHangUp = (): void => this.#fire(129);

  constructor() {
    process.on('SIGINT', this.#onInt);
    process.on('SIGTERM', this.#onTerm);
  }

  /** The exit status that the first interrupt asks for: 130, 143, or 0 when nobody reads any more. Undefined as long as none has come. */
  get status(): number | undefined {
    return this.#status;
  }

  /** From now on `call` is called instead. The last one to take is the one called. `unread` says whether work without a reader goes on. */
  take(call: Taker, unread: 'stop' | 'go on' = 'stop'): Disposable {
    const taker = { call, unread };
    this.#takers.push(taker);
    return {
      [Symbol.dispose]: () => {
        const at = this.#takers.indexOf(taker);
        if (at >= 0) this.#takers.splice(at, 1);
      },
    };
  }

  /**
   * For a command that has begun what it must put away: an interrupt that nobody else takes shows in `status` only, and aborts
   * `signal`. The second of these ends the process at once.
   */
  hold(): Disposable & { readonly signal: AbortSignal } {
    const begun = new AbortController();
    const taken = this.take((_, status) => {
      if (begun.signal.aborted) process.exit(status);
      begun.abort();
    });
    return { signal: begun.signal, [Symbol.dispose]: () => taken[Symbol.dispose]() };
  }

  /** From now on the end of the terminal is an interrupt too. It is none by itself, since `nohup` would then have no effect. */
  withHangUp(): Disposable {
    process.on('SIGHUP', this.#onHangUp);
    return { [Symbol.dispose]: () => void process.off('SIGHUP', this.#onHangUp) };
  }

  /** For a key that a terminal in raw mode does not turn into a signal. */
  press(): void {
    this.#fire(130);
  }

  /** The reader of the output has left. It often leaves by the same Ctrl-C, which then must not count twice. */
  readerLeft(): void {
    if (this.#status === undefined && this.#takers.at(-1)?.unread !== 'go on') this.#fire(0);
  }

  #fire(status: number): void {
    this.#times += 1;
    this.#status ??= status;
    const taker = this.#takers.at(-1);
    if (taker === undefined) process.exit(this.#status);
    taker.call(this.#times, this.#status);
  }

  [Symbol.dispose](): void {
    process.off('SIGINT', this.#onInt);
    process.off('SIGTERM', this.#onTerm);
  }
}
