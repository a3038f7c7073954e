/** The terminal's side of the gateway: what can be said to it, in the words of the wire. */

import type { RequestId } from '../wire/message.js';

export interface TerminalLine {
  /** Answers a request of the terminal. */
  reply(id: RequestId, result: unknown): void;
  /** Refuses one, in words that are shown to the person. */
  refuse(id: RequestId, message: string): void;
  notify(method: string, params: unknown): void;
  /** Sends a text as it is. */
  raw(text: string): void;
}

/** As Codex refuses what makes no sense: the interface shows the message. */
export const INVALID_REQUEST = -32600;
