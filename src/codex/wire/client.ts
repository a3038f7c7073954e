/**
 * A conversation with an app-server in the words of its generated method tables: one `request` for all methods, one handler for
 * all notifications, one for all requests of the server.
 */

import type { Clock } from '../../base/clock.js';
import {
  type ClientNotifications,
  type ClientRequests,
  SERVER_NOTIFICATION_METHODS,
  SERVER_REQUEST_METHODS,
  type ServerNotifications,
  type ServerRequests,
} from '../generated/methods.js';
import type { RequestId, RpcError } from './message.js';
import { type IncomingRequest, Peer, type RequestOptions } from './peer.js';
import type { Transport, TransportEnd } from './transport.js';

/** A notification of the server, told apart by `method`. `emittedAtMs` is undefined with versions that do not send it. */
export type ServerNotification = {
  [M in keyof ServerNotifications]: {
    readonly method: M;
    readonly params: ServerNotifications[M];
    readonly emittedAtMs: number | undefined;
  };
}[keyof ServerNotifications];

/** A request of the server, told apart by `method`. It waits without a limit; the first answer counts. */
export type ServerRequest = {
  [M in keyof ServerRequests]: {
    readonly id: RequestId;
    readonly method: M;
    readonly params: ServerRequests[M]['params'];
    result(value: ServerRequests[M]['result']): void;
    error(error: RpcError): void;
  };
}[keyof ServerRequests];

export interface ClientOptions {
  readonly clock: Clock;
  /** How long a request may take, in milliseconds; 60 s when absent. */
  readonly timeoutMs?: number;
  /** Must not wait. So with all the others. */
  readonly onNotification: (notification: ServerNotification) => void;
  readonly onRequest: (request: ServerRequest) => void;
  /** Gets notifications and requests of a newer Codex; such a request is already refused. */
  readonly onUnknown?: (method: string, params: unknown) => void;
  /** Gets the first 200 characters of what was no message. */
  readonly onNoise?: (start: string) => void;
  /** Gets what a handler threw; the conversation goes on. */
  readonly onFault?: (error: unknown, method: string) => void;
}

const METHOD_NOT_FOUND = -32601;
const NOTIFICATIONS: ReadonlySet<string> = new Set(SERVER_NOTIFICATION_METHODS);
const REQUESTS: ReadonlySet<string> = new Set(SERVER_REQUEST_METHODS);

export class Client {
  readonly #peer: Peer;

  /** Listens from now on. The transport is the client's: `close` closes it. */
  constructor(transport: Transport, options: ClientOptions) {
    this.#peer = new Peer(transport, {
      clock: options.clock,
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
      ...(options.onNoise === undefined ? {} : { onNoise: options.onNoise }),
      ...(options.onFault === undefined ? {} : { onFault: options.onFault }),
      onNotification: (method, params, emittedAtMs) => {
        if (NOTIFICATIONS.has(method)) options.onNotification(asKnown<ServerNotification>({ method, params, emittedAtMs }));
        else options.onUnknown?.(method, params);
      },
      onRequest: (request) => {
        if (REQUESTS.has(request.method)) options.onRequest(asKnown<ServerRequest>(request));
        else refuse(request, options);
      },
    });
  }

  /** Resolves when the conversation is over, with the reason. */
  get ended(): Promise<TransportEnd> {
    return this.#peer.ended;
  }

  /** The reason of the end, once there is one. */
  get end(): TransportEnd | undefined {
    return this.#peer.end;
  }

  /** How many texts came that were no message. */
  get noise(): number {
    return this.#peer.noise;
  }

  /**
   * Asks the server. Rejects with `runtime-failed` when it answers with an error (the server's message; details: method, rpcCode,
   * data), `overloaded` when it stays too busy, `timeout`, `cancelled`, `too-large`, or `unavailable` when the conversation ended first.
   */
  request<M extends keyof ClientRequests>(
    method: M,
    params: ClientRequests[M]['params'],
    options: RequestOptions<ClientRequests[M]['result']> = {},
  ): Promise<ClientRequests[M]['result']> {
    const { onResult, ...rest } = options;
    const answer = this.#peer.request(method, params, {
      ...rest,
      ...(onResult === undefined ? {} : { onResult: (result) => onResult(asKnown<ClientRequests[M]['result']>(result)) }),
    });
    return answer.then((result) => asKnown<ClientRequests[M]['result']>(result));
  }

  /** Tells the server. Dropped without a word after the end. */
  notify<M extends keyof ClientNotifications>(method: M, params: ClientNotifications[M]): void {
    this.#peer.notify(method, params);
  }

  /** Ends the conversation and closes the transport. Twice is fine. */
  close(): Promise<void> {
    return this.#peer.close();
  }
}

function refuse(request: IncomingRequest, options: ClientOptions): void {
  request.error({ code: METHOD_NOT_FOUND, message: `this client does not know ${request.method}` });
  options.onUnknown?.(request.method, request.params);
}

/**
 * The one place where what came over the wire gets a type. It is not checked: the types are generated from the server's own, a newer
 * server may add fields and members, and whoever reads (translate/) takes what it cannot read as it is.
 */
function asKnown<T>(value: unknown): T {
  return value as T;
}
