/** The door for terminals: opens a place at a session, and an address for somebody to come to it. Nothing listens before the first one. */

import type { Clock } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import type { Host } from '../../host/face.js';
import type { Logger } from '../../ports/logger.js';
import type { OpensTerminal } from '../handlers.js';
import type { TerminalListener } from './terminal-listener.js';

export interface TerminalDoorParts {
  readonly host: Pick<Host, 'openTerminal'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a token waits for somebody to come with it; five minutes unless given. */
  readonly unusedMs?: number;
}

/** Whoever made it disposes it, before the host. */
export interface TerminalDoor extends AsyncDisposable {
  readonly open: OpensTerminal;
}

const UNUSED_MS = 5 * 60_000;

export function terminalDoor({ host, clock, logger, unusedMs = UNUSED_MS }: TerminalDoorParts): TerminalDoor {
  let running: Promise<TerminalListener> | undefined;
  let opening = 0;
  let closed = false;

  const start = async (): Promise<TerminalListener> => {
    const { TerminalListener: Listener } = await import('./terminal-listener.js');
    return await Listener.start({ clock, logger, unusedMs, onEmpty: () => void closeUnlessOpening() });
  };
  const closeUnlessOpening = async (): Promise<void> => {
    if (opening > 0) return;
    const listener = running;
    running = undefined;
    await (await listener)?.[Symbol.asyncDispose]();
  };
  return {
    async open(session, command, by) {
      if (closed) throw new SpoolError('unavailable', 'the host is stopping');
      opening += 1;
      try {
        const place = await host.openTerminal(session, command, by);
        try {
          running ??= start().catch((error: unknown) => {
            running = undefined;
            throw error;
          });
          const listener = await running;
          const { id, runtime, version, threadId } = place;
          return { id, session: place.session, runtime, version, threadId, url: listener.url, ...listener.expect(place) };
        } catch (error) {
          await place[Symbol.asyncDispose]();
          throw error;
        }
      } finally {
        opening -= 1;
      }
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      const listener = running;
      running = undefined;
      await (await listener?.catch(() => undefined))?.[Symbol.asyncDispose]();
    },
  };
}
