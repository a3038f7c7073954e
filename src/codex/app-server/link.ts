/** What a thread needs of the connection that serves it, so that it can be driven by a scripted one. */

import type { ClientRequests } from '../generated/methods.js';
import type { IncomingRequest } from '../wire/peer.js';

export type ClientMethod = keyof ClientRequests;

/** Something that Codex sent about a thread, in the order of the wire. */
export type Frame =
  | { readonly kind: 'notification'; readonly method: string; readonly params: unknown }
  | { readonly kind: 'request'; readonly method: string; readonly params: unknown; readonly request: IncomingRequest };

export interface Link {
  /** Codex's version, like `0.169.0`. */
  readonly version: string;
  /** When the process that serves us was started, in milliseconds since 1970. */
  readonly born: number;
  readonly home: string;
  /**
   * Asks Codex. `onResult` runs synchronously before anything that came behind the answer is looked at. Rejects with
   * `runtime-failed` (Codex's own message, `details.rpcCode`), `timeout`, or `unavailable` when the connection is gone.
   */
  request<M extends ClientMethod>(
    method: M,
    params: ClientRequests[M]['params'],
    onResult?: (result: ClientRequests[M]['result']) => void,
  ): Promise<ClientRequests[M]['result']>;
}

/** Who takes the frames of one thread. */
export interface Receiver {
  receive(frame: Frame): void;
}
