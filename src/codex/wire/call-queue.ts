/**
 * Our requests that have no answer yet: a limited number of them is under way, the rest waits in order. Each settles once, by its
 * answer, its time, its signal, or the end of the conversation.
 */

import type { Clock } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import type { RequestId } from './message.js';

export interface NewCall {
  readonly method: string;
  readonly params: unknown;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onResult: ((result: unknown) => void) | undefined;
}

/** A request under way or waiting. `succeed` and `fail` settle it. */
export interface Call {
  readonly id: RequestId;
  readonly method: string;
  readonly params: unknown;
  /** How often it was sent. */
  readonly tries: number;
  succeed(result: unknown): void;
  fail(error: SpoolError): void;
}

interface Entry extends Call {
  tries: number;
}

export interface CallQueueOptions {
  readonly clock: Clock;
  readonly maxInFlight: number;
  /** Sends a call. What it throws fails that call only. */
  readonly send: (call: Call) => void;
}

export class CallQueue {
  readonly #options: CallQueueOptions;
  /** Calls that hold one of the places, in the order of their sending. */
  readonly #sent = new Map<RequestId, Entry>();
  /** Calls that wait for a place; a Map, since one that is cancelled leaves from the middle. */
  readonly #waiting = new Map<RequestId, Entry>();
  #lastId = 0;

  constructor(options: CallQueueOptions) {
    this.#options = options;
  }

  /** Sends the call, or keeps it until there is a place. */
  add(call: NewCall): Promise<unknown> {
    if (call.signal?.aborted) return Promise.reject(cancelled(call));
    return new Promise((resolve, reject) => {
      this.#lastId += 1;
      const id = this.#lastId;
      const release = this.#watch(id, call);
      const entry: Entry = {
        id,
        method: call.method,
        params: call.params,
        tries: 0,
        succeed: (result) => {
          release();
          // Called here, in the message's own tick, and not behind the promise: see RequestOptions.onResult.
          try {
            call.onResult?.(result);
            resolve(result);
          } catch (error) {
            reject(SpoolError.from(error));
          }
        },
        fail: (error) => {
          release();
          reject(error);
        },
      };
      this.#waiting.set(id, entry);
      this.#fill();
    });
  }

  /** The call under way with this id. An answer to any other id is late or a mistake. */
  peek(id: RequestId): Call | undefined {
    return this.#sent.get(id);
  }

  /** Takes the call out, for settling it, and sends the next one that waits. */
  take(id: RequestId): Call | undefined {
    const call = this.#sent.get(id);
    if (call !== undefined) {
      this.#remove(id);
      this.#fill();
    }
    return call;
  }

  /** Sends a call again after a while, unless it is settled by then. It keeps its place, so a busy server is not asked more meanwhile. */
  again(call: Call, afterMs: number): void {
    this.#options.clock.after(afterMs, () => {
      const entry = this.#sent.get(call.id);
      if (entry === undefined) return;
      this.#send(entry);
      this.#fill();
    });
  }

  /** Fails everything that is left. */
  failAll(error: (call: Call) => SpoolError): void {
    const all = [...this.#sent.values(), ...this.#waiting.values()];
    this.#sent.clear();
    this.#waiting.clear();
    for (const call of all) call.fail(error(call));
  }

  #fill(): void {
    for (const entry of this.#waiting.values()) {
      if (this.#sent.size >= this.#options.maxInFlight) return;
      this.#waiting.delete(entry.id);
      this.#sent.set(entry.id, entry);
      this.#send(entry);
    }
  }

  #send(entry: Entry): void {
    entry.tries += 1;
    try {
      this.#options.send(entry);
    } catch (error) {
      this.#remove(entry.id);
      entry.fail(SpoolError.from(error));
    }
  }

  #remove(id: RequestId): Entry | undefined {
    const entry = this.#sent.get(id) ?? this.#waiting.get(id);
    this.#sent.delete(id);
    this.#waiting.delete(id);
    return entry;
  }

  /** Fails the call when its time is over or its signal fires; the result stops the watch. */
  #watch(id: RequestId, call: NewCall): () => void {
    const giveUp = (error: SpoolError): void => {
      const entry = this.#remove(id);
      entry?.fail(error);
      this.#fill();
    };
    const timer = this.#options.clock.after(call.timeoutMs, () => giveUp(timedOut(call)));
    const onAbort = (): void => giveUp(cancelled(call));
    call.signal?.addEventListener('abort', onAbort, { once: true });
    return () => {
      timer[Symbol.dispose]();
      call.signal?.removeEventListener('abort', onAbort);
    };
  }
}

function timedOut(call: NewCall): SpoolError {
  return new SpoolError('timeout', `no answer to ${call.method} within ${call.timeoutMs} ms`, { details: { method: call.method } });
}

function cancelled(call: NewCall): SpoolError {
  return new SpoolError('cancelled', `${call.method} was cancelled`, { details: { method: call.method } });
}
