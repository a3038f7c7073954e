/** A gateway between a terminal interface and a Codex that a test plays both. */

import { Gateway } from '../../src/codex/copresence/gateway.js';
import type { TerminalGrant } from '../../src/contract/terminal.js';
import { silentLogger } from '../../src/ports/logger.js';
import type { Said, Seat, Taken } from '../../src/ports/terminal.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { ManualTransport } from '../../src/testing/manual-transport.js';

export interface GatewayOptions {
  readonly allow?: readonly TerminalGrant[];
  readonly started?: object;
  readonly seat?: Partial<Seat>;
  readonly version?: string;
}

export function gatewayByHand({ allow = [], started, seat, version = '0.169.0' }: GatewayOptions = {}) {
  const transport = new ManualTransport();
  const said: Said[] = [];
  const acted: unknown[] = [];
  const answered: unknown[] = [];
  let released = 0;
  const taken = (turn: string, more: Partial<Taken> = {}): Taken => ({
    turn,
    beside: undefined,
    begun: Promise.resolve(`ref-${turn}`),
    ...more,
  });
  const gateway = new Gateway({
    ...{ transport, allow, version, started, thread: 'T', clock: new ManualClock(), logger: silentLogger },
    seat: {
      say: (what) => Promise.resolve(taken(`trn_${said.push(what)}`)),
      interrupt: () => Promise.resolve(true),
      answer: (ref, answer) => Promise.resolve(answered.push([ref, answer]) > 0),
      rename: () => Promise.resolve(),
      acted: (act) => void acted.push(act),
      ...seat,
    },
    release: () => {
      released += 1;
    },
  });
  const frames = gateway.frames[Symbol.asyncIterator]();
  return {
    ...{ gateway, transport, said, acted, answered, taken },
    released: () => released,
    ask: (id: string | number, method: string, params: object = {}) => gateway.send(JSON.stringify({ id, method, params })),
    /** The next message that the interface gets. */
    next: async () => {
      const { value, done } = await frames.next();
      return done === true ? undefined : (JSON.parse(String(value)) as Record<string, unknown>);
    },
  };
}
