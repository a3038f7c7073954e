/** A transport whose other end a test plays by hand: what was sent is there to read, what is said is received in the same tick. */

import type { Transport, TransportEnd } from '../codex/wire/transport.js';

export class ManualTransport implements Transport {
  /** Every message that was sent, parsed. */
  readonly sent: unknown[] = [];
  readonly closed: Promise<TransportEnd>;
  #end: (end: TransportEnd) => void = () => undefined;
  #listener: (text: string) => void = () => undefined;
  readonly #onSend: (text: string) => void;

  /** `onSend` sees each message before it is kept; what it throws, `send` throws. */
  constructor(onSend: (text: string) => void = () => undefined) {
    this.#onSend = onSend;
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  send(text: string): void {
    this.#onSend(text);
    this.sent.push(JSON.parse(text));
  }

  receive(listener: (text: string) => void): void {
    this.#listener = listener;
  }

  close(): Promise<void> {
    this.#end({ how: 'closed', message: 'we closed the connection' });
    return Promise.resolve();
  }

  /** Says messages, one after the other in one tick. A text goes as it is. */
  say(...messages: (object | string)[]): void {
    for (const message of messages) this.#listener(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Ends it from the other side. */
  end(end: TransportEnd): void {
    this.#end(end);
  }
}
