/**
 * The desk of terminals: a place at a session for the runtime's own interface. While there is one, the session stays awake and its
 * conversation open; when it is given up, everything that runs goes on.
 */

import type { Clock } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import { newId } from '../base/ids.js';
import { demand } from '../contract/rights.js';
import type { OpenTerminal, TerminalCommand } from '../contract/terminal.js';
import type { Runtime } from '../contract/words.js';
import type { Agent } from '../ports/agent.js';
import type { Logger } from '../ports/logger.js';
import type { Attachment } from '../ports/terminal.js';
import type { AwakeSession } from './awake.js';
import { demandFeature } from './capability-check.js';
import type { Principal, TerminalPlace } from './face.js';
import { type Asked, TerminalSeat } from './terminal-seat.js';

export interface TerminalDeskParts {
  /** Throws where the runtime may begin nothing new. */
  readonly begin: (runtime: Runtime) => Agent;
  readonly homeOf: (agent: string) => string;
  /** Keeps the session awake. */
  readonly hold: (session: string) => Disposable;
  readonly host: Asked;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class TerminalDesk implements AsyncDisposable {
  readonly #parts: TerminalDeskParts;
  readonly #places = new Set<TerminalPlace>();

  constructor(parts: TerminalDeskParts) {
    this.#parts = parts;
  }

  async open({ session, worker }: AwakeSession, { allow = [] }: OpenTerminal, by: Principal): Promise<TerminalPlace> {
    demand(by, 'operate');
    if (allow.length > 0) demand(by, 'own');
    const { id, runtime, agent: alias, archived } = session.state;
    const { begin, homeOf, hold, host, clock, logger } = this.#parts;
    const agent = begin(runtime);
    demandFeature(agent.capabilities, 'terminal', true);
    const join = agent.join?.bind(agent);
    if (join === undefined) throw onItsOwn(id, runtime);
    if (archived) throw new SpoolError('conflict', `session ${id} is archived`);
    const held = hold(id);
    try {
      const { id: threadId, version } = await worker.conversation();
      const seat = new TerminalSeat({ terminal: newId('ter', clock.now()), session, host, by, clock, logger });
      const place = new Place({
        ...{ id: seat.terminal, session: id, runtime, version, threadId, allow, seat, held },
        join: async (signal) => {
          // It may have been opened anew since, and by now be another one.
          const { id: thread } = await worker.conversation();
          if (thread !== threadId) throw new SpoolError('conflict', 'another conversation has taken the place of this one');
          return await join({ home: homeOf(alias), thread, allow }, seat, signal);
        },
        leave: () => this.#places.delete(place),
      });
      this.#places.add(place);
      return place;
    } catch (error) {
      held[Symbol.dispose]();
      throw error;
    }
  }

  /** For runtimes whose interface has the conversation to itself: who is given the command is recorded, not what is said there. */
  async command({ session, worker }: AwakeSession, by: Principal): Promise<TerminalCommand> {
    demand(by, 'own');
    const { id, runtime } = session.state;
    const { begin, host, clock, logger } = this.#parts;
    demandFeature(begin(runtime).capabilities, 'terminal', true);
    const thread = await worker.conversation();
    if (thread.terminal === undefined) {
      throw new SpoolError('unsupported', `the runtime ${runtime} lets a terminal join instead`, {
        hint: `POST /v1/sessions/${id}/terminal`,
      });
    }
    const command = await thread.terminal();
    using seat = new TerminalSeat({ terminal: newId('ter', clock.now()), session, host, by, clock, logger });
    seat.acted({ method: 'terminal', allowed: true, detail: 'may go on with the conversation in a terminal of their own' });
    return command;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#places].map((place) => place[Symbol.asyncDispose]()));
  }
}

function onItsOwn(id: string, runtime: Runtime): SpoolError {
  return new SpoolError('unsupported', `a terminal of the runtime ${runtime} cannot join: it has the conversation to itself`, {
    hint: `GET /v1/sessions/${id}/terminal/command tells the command`,
  });
}

interface PlaceParts extends Pick<TerminalPlace, 'id' | 'session' | 'runtime' | 'version' | 'threadId'> {
  readonly allow: readonly NonNullable<OpenTerminal['allow']>[number][];
  readonly seat: TerminalSeat;
  readonly held: Disposable;
  readonly join: (signal: AbortSignal | undefined) => Promise<Attachment>;
  readonly leave: () => void;
}

class Place implements TerminalPlace {
  readonly id: string;
  readonly session: string;
  readonly runtime: Runtime;
  readonly version: string;
  readonly threadId: string;
  readonly #parts: PlaceParts;
  #taken = false;
  #attachment: Attachment | undefined;
  #disposed: Promise<void> | undefined;

  constructor(parts: PlaceParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.session = parts.session;
    this.runtime = parts.runtime;
    this.version = parts.version;
    this.threadId = parts.threadId;
  }

  async attach(signal?: AbortSignal): Promise<Pick<Attachment, 'send' | 'frames'>> {
    const { seat, allow, join } = this.#parts;
    if (this.#taken || this.#disposed !== undefined) throw new SpoolError('conflict', 'somebody has sat down at this terminal already');
    this.#taken = true;
    const attachment = await join(signal);
    if (this.#isGone()) {
      await attachment[Symbol.asyncDispose]();
      throw new SpoolError('cancelled', 'the terminal was given up');
    }
    this.#attachment = attachment;
    await seat.attached([...allow]);
    return attachment;
  }

  #isGone(): boolean {
    return this.#disposed !== undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    const { seat, held, leave } = this.#parts;
    try {
      await this.#attachment?.[Symbol.asyncDispose]();
      seat[Symbol.dispose]();
      if (this.#attachment !== undefined) await seat.detached();
    } finally {
      held[Symbol.dispose]();
      leave();
    }
  }
}
