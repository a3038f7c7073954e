/** The servers that run, by their configuration: started with the first conversation, stopped some time after the last. */

import type { Clock } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import type { Link } from './link.js';
import type { ServerSettings } from './settings.js';

/** A server takes some 500 MB; to start one takes seconds. */
const REST_MS = 60_000;

export class Pool {
  readonly #start: (settings: ServerSettings) => Promise<Link>;
  readonly #clock: Clock;
  readonly #links = new Map<string, Promise<Link>>();
  readonly #standing = new Map<string, Link>();
  /** How many are opening something in a server. */
  readonly #used = new Map<string, number>();
  readonly #rests = new Map<string, Disposable>();
  #closed = false;

  constructor(start: (settings: ServerSettings) => Promise<Link>, clock: Clock) {
    this.#start = start;
    this.#clock = clock;
  }

  get links(): readonly Link[] {
    return [...this.#standing.values()].filter((link) => !link.over);
  }

  /** Does something with the server of this configuration, which stays meanwhile. */
  async use<T>(settings: ServerSettings, work: (link: Link) => Promise<T>): Promise<T> {
    const { key } = settings;
    this.#used.set(key, (this.#used.get(key) ?? 0) + 1);
    try {
      return await work(await this.#get(settings));
    } finally {
      this.#used.set(key, (this.#used.get(key) ?? 1) - 1);
      this.rest();
    }
  }

  async #get(settings: ServerSettings): Promise<Link> {
    const { key } = settings;
    for (;;) {
      if (this.#closed) throw new SpoolError('unavailable', 'this runtime was closed');
      const there = this.#links.get(key);
      const starting = there ?? this.#begin(settings);
      const link = await starting;
      if (!link.over) return link;
      // One that ends holds its port and its files until it has.
      await link.close();
      if (this.#links.get(key) === starting) {
        this.#links.delete(key);
        this.#standing.delete(key);
      }
    }
  }

  #begin(settings: ServerSettings): Promise<Link> {
    const { key } = settings;
    const starting = this.#start(settings).then((link) => {
      this.#standing.set(key, link);
      return link;
    });
    this.#links.set(key, starting);
    // An attempt that failed is none.
    starting.catch(() => this.#links.delete(key));
    return starting;
  }

  /** Looks which servers nobody needs any more. */
  rest(): void {
    for (const [key, link] of this.#standing) {
      const idle = !this.#closed && !link.over && !link.needed && (this.#used.get(key) ?? 0) === 0;
      if (!idle) {
        this.#rests.get(key)?.[Symbol.dispose]();
        this.#rests.delete(key);
      } else if (!this.#rests.has(key)) {
        this.#rests.set(
          key,
          this.#clock.after(REST_MS, () => void this.#stop(key, link)),
        );
      }
    }
  }

  async #stop(key: string, link: Link): Promise<void> {
    this.#rests.delete(key);
    if (link.needed || (this.#used.get(key) ?? 0) > 0) return;
    await link.close();
    if (this.#standing.get(key) !== link) return;
    this.#standing.delete(key);
    this.#links.delete(key);
  }

  /** Stops all of them, also those that are just starting. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#rests.values()) timer[Symbol.dispose]();
    this.#rests.clear();
    const links = await Promise.allSettled(this.#links.values());
    await Promise.all(links.map((link) => (link.status === 'fulfilled' ? link.value.close() : undefined)));
  }
}
