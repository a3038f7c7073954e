/**
 * What carries messages to an app-server and back: whole texts of one JSON message each, in order, both ways. The peer above it
 * knows nothing of pipes and sockets, and a scripted transport stands in for one in tests.
 */

/**
 * How a transport ended. `closed`: we closed it. `ended`: the other side closed it, or broke it off. `exited`: the process behind it
 * is gone. `failed`: it cannot go on, for instance because a message was over the limit.
 */
export interface TransportEnd {
  readonly how: 'closed' | 'ended' | 'exited' | 'failed';
  /** One sentence for people. */
  readonly message: string;
  /** Only for `exited`. */
  readonly exitCode?: number | null;
  /** Only for `exited`. */
  readonly signal?: string | null;
}

export interface Transport {
  /**
   * Sends one message; never waits. Throws `too-large` for a message that the other side would not take; nothing is sent then and
   * the transport goes on. After the end a message is dropped without a word: `closed` has told already.
   */
  send(text: string): void;
  /**
   * Names the one who gets the messages, once. The listener is called for one message at a time, in order; several calls may follow
   * each other in one tick. What came before is delivered at once. The listener must not throw.
   */
  receive(listener: (text: string) => void): void;
  /** Lets go of the connection and resolves when that is done. Does not stop a process behind it. Twice is fine. */
  close(): Promise<void>;
  /** Resolves once, when nothing more will be delivered: every message that came before the end was handed to the listener first. */
  readonly closed: Promise<TransportEnd>;
}
