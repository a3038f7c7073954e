/**
 * A tap sees every message of a connection, both ways, as it is: secrets too. It is for recordings that somebody asked for, never
 * on by itself.
 */

import type { Transport } from './transport.js';

/** `sent` is what we sent, `received` what came. Called before the message goes on its way. Must not throw. */
export type Tap = (direction: 'sent' | 'received', text: string) => void;

/** The same transport, with a tap on it. */
export function tapped(transport: Transport, tap: Tap): Transport {
  return {
    send(text) {
      tap('sent', text);
      transport.send(text);
    },
    receive(listener) {
      transport.receive((text) => {
        tap('received', text);
        listener(text);
      });
    },
    close: () => transport.close(),
    closed: transport.closed,
  };
}
