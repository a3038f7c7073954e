/**
 * The pipe to `codex mcp-server`, as the MCP client wants it. The client's own one starts the process in our group, with variables of ours,
 * and hands notifications on some ticks after the answers that came behind them; here the events of Codex are heard at once and in their
 * order. A line that is no message is told as such and harms nothing.
 */

import { isJSONRPCNotification, type JSONRPCMessage, parseJSONRPCMessage, type Transport } from '@modelcontextprotocol/client';
import { messageOf } from '../../base/errors.js';
import { type Fields, fieldsOf } from '../rollout/entry.js';
import type { Transport as Texts } from '../wire/transport.js';

export interface PipeEars {
  /** What stands in a `codex/event`. */
  onEvent(params: Fields): void;
  /** A line that is no message. */
  onStray(line: string): void;
}

/** The notification in which Codex tells what happens. */
const EVENT = 'codex/event';

export class MessagePipe implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport['onmessage'];
  readonly #texts: Texts;
  readonly #ears: PipeEars;
  /** Ids of the calls that were sent, by the object with their arguments: the client does not tell them. */
  readonly #sent = new WeakMap<object, number>();

  constructor(texts: Texts, ears: PipeEars) {
    this.#texts = texts;
    this.#ears = ears;
  }

  start(): Promise<void> {
    this.#texts.receive((text) => this.#receive(text));
    void this.#texts.closed.then(() => this.onclose?.());
    return Promise.resolve();
  }

  send(message: JSONRPCMessage): Promise<void> {
    if ('method' in message && 'id' in message && typeof message.id === 'number') {
      const args = message.params?.['arguments'];
      if (typeof args === 'object' && args !== null) this.#sent.set(args, message.id);
    }
    this.#texts.send(JSON.stringify(message));
    return Promise.resolve();
  }

  /** The id with which a call of a tool went out; undefined when it has not. */
  sentAs(args: object): number | undefined {
    return this.#sent.get(args);
  }

  async close(): Promise<void> {
    await this.#texts.close();
  }

  #receive(text: string): void {
    const message = messageIn(text);
    if (message === undefined) return this.#ears.onStray(text);
    const event = isJSONRPCNotification(message) && message.method === EVENT ? fieldsOf(message.params) : undefined;
    if (event !== undefined) return this.#ears.onEvent(event);
    try {
      this.onmessage?.(message);
    } catch (error) {
      this.onerror?.(new Error(messageOf(error)));
    }
  }
}

function messageIn(text: string): JSONRPCMessage | undefined {
  try {
    return parseJSONRPCMessage(JSON.parse(text));
  } catch {
    // Something that the process has printed besides.
    return undefined;
  }
}
