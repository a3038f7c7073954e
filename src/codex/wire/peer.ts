/**
 * One end of a conversation of requests, answers and notifications over a transport. It knows no method of Codex; client.ts does.
 *
 * It ends once, with the transport: the first reason stands, and every request that waits fails with it. Everything that comes in
 * is handled in the order in which it came, in the same tick, so no handler may wait.
 */

import { type Backoff, delayOf } from '../../base/backoff.js';
import type { Clock } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import { type Call, CallQueue } from './call-queue.js';
import { type Message, type RequestId, type RpcError, readMessage } from './message.js';
import type { Transport, TransportEnd } from './transport.js';

export interface PeerOptions {
  readonly clock: Clock;
  /** How long a request may take, waiting for its turn included, in milliseconds; 60 s when absent. */
  readonly timeoutMs?: number;
  /** Requests without an answer at one time; 64 when absent. An app-server drops requests silently when it gets far more. */
  readonly maxInFlight?: number;
  /** Gets every notification. */
  readonly onNotification: (method: string, params: unknown, emittedAtMs: number | undefined) => void;
  /** Gets every request of the other side; it waits until the request is answered. */
  readonly onRequest: (request: IncomingRequest) => void;
  /** Gets the first 200 characters of what was no message. */
  readonly onNoise?: (start: string) => void;
  /** Gets what a handler threw; the conversation goes on. */
  readonly onFault?: (error: unknown, method: string) => void;
}

/** A request of the other side. The first answer counts; later ones, and answers after the end, are ignored. */
export interface IncomingRequest {
  readonly id: RequestId;
  readonly method: string;
  readonly params: unknown;
  result(value: unknown): void;
  error(error: RpcError): void;
}

export interface RequestOptions<R = unknown> {
  /** In milliseconds, instead of the peer's. */
  readonly timeoutMs?: number;
  /** Cancels the wait, not the work: the other side is not told. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called with the result before the next message is looked at. The promise resolves later, when the notifications that came right
   * behind the answer are already handled: who has to be ready for them gets ready here.
   */
  readonly onResult?: (result: R) => void;
}

const OVERLOADED = -32001;
const INTERNAL = -32603;
const OVERLOAD_TRIES = 6;
const OVERLOAD_BACKOFF: Backoff = { firstMs: 50, maxMs: 2_000 };
const NOISE_LENGTH = 200;

export class Peer {
  /** Resolves when the conversation is over, with the reason. */
  readonly ended: Promise<TransportEnd>;
  readonly #transport: Transport;
  readonly #options: PeerOptions;
  readonly #calls: CallQueue;
  #end: TransportEnd | undefined;
  #noise = 0;

  constructor(transport: Transport, options: PeerOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#calls = new CallQueue({
      clock: options.clock,
      maxInFlight: options.maxInFlight ?? 64,
      send: (call) => transport.send(encode({ id: call.id, method: call.method, params: call.params })),
    });
    this.ended = transport.closed.then((end) => this.#finish(end));
    transport.receive((text) => this.#take(text));
  }

  /** How many texts came that were no message. */
  get noise(): number {
    return this.#noise;
  }

  /** The reason of the end, once there is one. */
  get end(): TransportEnd | undefined {
    return this.#end;
  }

  /**
   * Asks. Rejects with `runtime-failed` (details: method, rpcCode, data) when the other side answers with an error, `overloaded`
   * when it stays too busy, `timeout`, `cancelled`, `too-large`, or `unavailable` when the conversation ended first.
   */
  request(method: string, params: unknown, options: RequestOptions = {}): Promise<unknown> {
    if (this.#end !== undefined) return Promise.reject(endedError(method, this.#end));
    return this.#calls.add({
      method,
      params,
      timeoutMs: options.timeoutMs ?? this.#options.timeoutMs ?? 60_000,
      signal: options.signal,
      onResult: options.onResult,
    });
  }

  /** Tells. Dropped without a word after the end. Throws `too-large`. */
  notify(method: string, params?: unknown): void {
    if (this.#end === undefined) this.#transport.send(encode({ method, params }));
  }

  /** Ends the conversation and closes the transport. Twice is fine. */
  async close(): Promise<void> {
    this.#finish({ how: 'closed', message: 'we closed the connection' });
    await this.#transport.close();
  }

  #take(text: string): void {
    if (this.#end !== undefined) return;
    const message = readMessage(text);
    if (message === undefined) {
      this.#noise += 1;
      this.#guard('noise', () => this.#options.onNoise?.(text.slice(0, NOISE_LENGTH)));
      return;
    }
    if (message.kind === 'request') this.#takeRequest(message);
    else if (message.kind === 'error') this.#takeError(message.id, message.error);
    else if (message.kind === 'result') this.#calls.take(message.id)?.succeed(message.result);
    else this.#guard(message.method, () => this.#options.onNotification(message.method, message.params, message.emittedAtMs));
  }

  #takeRequest(message: Message & { kind: 'request' }): void {
    let open = true;
    const answer = (body: { result: unknown } | { error: RpcError }): void => {
      if (!open || this.#end !== undefined) return;
      open = false;
      this.#transport.send(encode({ id: message.id, ...body }));
    };
    const request: IncomingRequest = {
      id: message.id,
      method: message.method,
      params: message.params,
      // `undefined` would vanish from the JSON, and with it the answer.
      result: (value) => answer({ result: value ?? null }),
      error: (error) => answer({ error }),
    };
    // A request that is never answered makes a turn wait for ever.
    const handled = this.#guard(message.method, () => this.#options.onRequest(request));
    if (!handled) request.error({ code: INTERNAL, message: 'the client failed to handle this request' });
  }

  #takeError(id: RequestId, error: RpcError): void {
    const call = this.#calls.peek(id);
    if (call === undefined) return;
    if (error.code === OVERLOADED && call.tries < OVERLOAD_TRIES) {
      this.#calls.again(call, delayOf(OVERLOAD_BACKOFF, call.tries - 1));
      return;
    }
    this.#calls.take(id)?.fail(remoteError(call, error));
  }

  #finish(end: TransportEnd): TransportEnd {
    if (this.#end !== undefined) return this.#end;
    this.#end = end;
    this.#calls.failAll((call) => endedError(call.method, end));
    return end;
  }

  /** Runs a handler; false when it threw. */
  #guard(method: string, handle: () => void): boolean {
    try {
      handle();
      return true;
    } catch (error) {
      this.#options.onFault?.(error, method);
      return false;
    }
  }
}

function encode(message: object): string {
  return JSON.stringify(message);
}

function remoteError(call: Call, error: RpcError): SpoolError {
  const code = error.code === OVERLOADED ? 'overloaded' : 'runtime-failed';
  return new SpoolError(code, error.message, {
    details: { method: call.method, rpcCode: error.code, ...(error.data === undefined ? {} : { data: error.data }) },
  });
}

function endedError(method: string, end: TransportEnd): SpoolError {
  return new SpoolError('unavailable', `no answer to ${method}: ${end.message}`, { details: { method, ...end } });
}
