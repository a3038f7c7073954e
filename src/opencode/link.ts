/**
 * A server with its stream of events, which is opened anew when it breaks, and its conversations. What helpers say (conversations that an
 * agent has opened for a part of its work) goes to the one that they work for.
 */

import { delayOf } from '../base/backoff.js';
import type { Clock } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import type { Fact } from '../contract/facts.js';
import type { Logger } from '../ports/logger.js';
import { Conversation } from './conversation.js';
import { type Surroundings, usageOf } from './items.js';
import type { Server } from './server.js';
import type { ServerSettings } from './settings.js';
import type { ServerEvent, SessionInfo } from './wire.js';

export interface LinkParts {
  readonly server: Server;
  readonly settings: ServerSettings;
  readonly clock: Clock;
  readonly logger: Logger;
}

type Ended = Extract<Fact, { type: 'ended' }>;

const RECONNECT = { firstMs: 50, maxMs: 1_000 };
const MOST_TRIES = 5;

export class Link {
  readonly server: Server;
  readonly settings: ServerSettings;
  readonly #parts: LinkParts;
  readonly #conversations = new Map<string, Conversation>();
  /** The conversation that a helper works for. */
  readonly #helpers = new Map<string, string>();
  readonly #stop = new AbortController();
  #destroyed: string | undefined;
  #closed: Promise<void> | undefined;

  private constructor(parts: LinkParts) {
    this.#parts = parts;
    this.server = parts.server;
    this.settings = parts.settings;
  }

  /** Resolves when nothing that happens from now on is missed. */
  static async open(parts: LinkParts): Promise<Link> {
    const link = new Link(parts);
    void parts.server.exited.then(({ code, signal }) => {
      const stderrTail = parts.server.stderrTail();
      const message = link.#destroyed ?? `the OpenCode server ended with ${signal ?? `status ${code}`}`;
      link.#finish({ type: 'ended', how: 'exited', message, exitCode: code, signal, stderrTail });
    });
    await new Promise<void>((resolve, reject) => {
      link.#listen(resolve).catch(reject);
      void parts.server.exited.then(() =>
        reject(new SpoolError('runtime-failed', `the OpenCode server ended: ${parts.server.stderrTail()}`)),
      );
    });
    return link;
  }

  /** True when its server is gone, or about to be. */
  get over(): boolean {
    return this.server.exit !== undefined || this.#closed !== undefined || this.#destroyed !== undefined;
  }

  get conversations(): readonly Conversation[] {
    return [...this.#conversations.values()];
  }

  /** True while somebody listens to a conversation of it or a turn runs. */
  get needed(): boolean {
    return this.conversations.some(({ heard, turn }) => heard || turn !== undefined);
  }

  find(id: string): Conversation | undefined {
    return this.#conversations.get(id);
  }

  conversation(info: SessionInfo, around: Surroundings): Conversation {
    const known = this.#conversations.get(info.id);
    if (known !== undefined) return known;
    const { clock, logger, settings, server } = this.#parts;
    const used = info.tokens === undefined ? null : usageOf(info.tokens);
    const made = new Conversation({
      ...{ id: info.id, api: server.api, around, clock, logger, idleTimeoutMs: settings.idleTimeoutMs },
      usage: used === null || used.totalTokens === 0 ? null : used,
      giveUp: (why) => this.#destroy(why),
    });
    this.#conversations.set(info.id, made);
    return made;
  }

  /** Stops the server; its conversations end as closed. Twice is fine. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#finish({ type: 'ended', how: 'closed', message: 'the OpenCode server was closed', exitCode: null, signal: null, stderrTail: '' });
    await this.server.stop();
  }

  #destroy(why: string): void {
    this.#destroyed ??= why;
    this.server.stop().catch((err: unknown) => this.#parts.logger.warn({ err }, 'an OpenCode server could not be stopped'));
  }

  #finish(ended: Ended): void {
    this.#stop.abort();
    for (const conversation of this.conversations) conversation.finish(ended);
  }

  async #listen(opened: () => void): Promise<void> {
    const { clock, logger } = this.#parts;
    let before = false;
    for (let tries = 0; !this.#stop.signal.aborted; tries++) {
      try {
        for await (const event of this.server.api.events(this.#stop.signal)) {
          if (event !== 'open') {
            this.#route(event);
            continue;
          }
          tries = 0;
          if (before) this.#catchUp();
          before = true;
          opened();
        }
      } catch (err) {
        if (!this.#stop.signal.aborted) logger.debug({ err }, 'the events of an OpenCode server broke off');
      }
      if (this.#stop.signal.aborted) return;
      if (tries >= MOST_TRIES) {
        this.#destroy('the OpenCode server told nothing any more');
        if (!before) throw new SpoolError('runtime-failed', 'the OpenCode server does not tell what happens');
        return;
      }
      await new Promise<void>((resolve) => {
        clock.after(delayOf(RECONNECT, tries), resolve);
      });
    }
  }

  /** What happened while nothing was heard. */
  #catchUp(): void {
    for (const conversation of this.conversations) {
      conversation.catchUp(false).catch((err: unknown) => {
        this.#parts.logger.warn({ err, conversation: conversation.id }, 'a turn of OpenCode could not be read again');
      });
    }
  }

  #route(event: ServerEvent): void {
    if (event.type === 'session.created') {
      const { id, parentID } = event.properties.info;
      if (parentID !== undefined) this.#helpers.set(id, this.#helpers.get(parentID) ?? parentID);
    }
    const session = event.type === 'unknown' ? event.session : event.properties.sessionID;
    if (session === undefined) {
      // Nobody in particular is meant, so everybody is.
      for (const conversation of this.conversations) conversation.receive(event);
      return;
    }
    const master = this.#helpers.get(session);
    if (master === undefined) this.#conversations.get(session)?.receive(event);
    else this.#conversations.get(master)?.receiveOfHelper(event);
  }
}
