/** Calls that are made again until somebody answers: through restarts of the host, and times when there is none. */

import { type Backoff, delayOf } from '../base/backoff.js';
import { SpoolError } from '../base/errors.js';
import { isPassing } from './answer-error.js';
import { pause } from './follow.js';

export interface PersistOptions {
  /** Ends the trying; the call that runs is cut off. */
  readonly signal?: AbortSignal | undefined;
  /** Called before the wait that follows a failed call. */
  readonly onError?: ((error: SpoolError) => void) | undefined;
  readonly backoff?: Backoff | undefined;
  /** After so long a call counts as failed: a connection may die without a word. */
  readonly limitMs?: number | undefined;
}

const BACKOFF: Backoff = { firstMs: 100, maxMs: 5_000 };
const LIMIT_MS = 30_000;

/** What `call` resolves with at last. It must do no harm when it is repeated. Rejects with what waiting cannot mend, and `cancelled`. */
export async function persist<T>(call: (signal: AbortSignal) => Promise<T>, options: PersistOptions = {}): Promise<T> {
  const { signal, onError, backoff = BACKOFF, limitMs = LIMIT_MS } = options;
  for (let attempt = 0; ; attempt++) {
    using limit = new Limit(limitMs, signal);
    try {
      return await call(limit.signal);
    } catch (thrown) {
      const error = SpoolError.from(thrown);
      if (isAborted(signal) || !isPassing(error)) throw error;
      onError?.(error);
    }
    await pause(delayOf(backoff, attempt), signal);
    if (isAborted(signal)) throw new SpoolError('cancelled', 'the call was cancelled');
  }
}

/** Asked anew each time: the compiler takes a signal's state for settled once it was looked at. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/** Aborts with the caller, or after a while. Made by hand: what AbortSignal.any makes of a timeout may be collected before it is due. */
class Limit implements Disposable {
  readonly #abort = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor(ms: number, outer: AbortSignal | undefined) {
    this.#outer = outer;
    this.#timer = setTimeout(() => this.#abort.abort(new DOMException('it took too long', 'TimeoutError')), ms);
    outer?.addEventListener('abort', this.#cut);
    if (isAborted(outer)) this.#cut();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  readonly #cut = (): void => this.#abort.abort(this.#outer?.reason);

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#cut);
  }
}
