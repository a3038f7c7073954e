/**
 * A log whose process can die at any append: just before it is written, or written and never answered. From then on nothing that the dead
 * one still does reaches anybody, as with a process that was killed; the store beneath is what the next one finds. It can also refuse appends for
 * a while, as a full disk does.
 */

import { SpoolError } from '../../src/base/errors.js';
import type { Log, NewRecord, StreamId } from '../../src/ports/log.js';
import type { Snapshots } from '../../src/ports/snapshots.js';

export interface Append {
  readonly stream: StreamId;
  readonly types: readonly string[];
}

/** Which append it is. */
export type Fits = (append: Append) => boolean;

/** The n-th append (from 1) that has an event of this type. */
export function nth(type: string, n = 1): Fits {
  let seen = 0;
  return ({ types }) => types.includes(type) && ++seen === n;
}

export class MortalLog implements Log {
  readonly #beneath: Log;
  readonly #deaths: { readonly at: Fits; readonly written: boolean }[] = [];
  readonly #holds: { readonly at: Fits; readonly held: () => void; readonly gone: Promise<void>; readonly written: boolean }[] = [];
  #full: Fits | undefined;
  #dead = false;
  #tellDeath: () => void = () => undefined;
  /** Resolves when it has died. */
  readonly death: Promise<void>;
  /** How many appends it refused. */
  refused = 0;
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(beneath: Log) {
    this.#beneath = beneath;
    this.death = new Promise((resolve) => {
      this.#tellDeath = resolve;
    });
  }

  /** Whether the process is gone. */
  get dead(): boolean {
    return this.#dead;
  }

  /** Dies at that append; `written`: only its answer is lost. */
  dieAt(at: Fits, written = false): void {
    this.#deaths.push({ at, written });
  }

  /** Dies now. */
  die(): void {
    this.#dead = true;
    this.#tellDeath();
  }

  /** Keeps that append waiting, or, when it is `written`, its answer; the result lets it go. */
  hold(at: Fits, written = false): { readonly held: Promise<void>; readonly release: () => void } {
    let [held, release] = [(): void => undefined, (): void => undefined];
    const gone = new Promise<void>((resolve) => {
      release = resolve;
    });
    const here = new Promise<void>((resolve) => {
      held = resolve;
    });
    this.#holds.push({ at, held, gone, written });
    return { held: here, release };
  }

  /** Refuses such appends until there is room again. */
  fill(fits: Fits): void {
    this.#full = fits;
  }

  /** Resolves when it has refused so many in all. */
  refusals(count: number): Promise<void> {
    if (this.refused >= count) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ count, resolve });
    });
  }

  free(): void {
    this.#full = undefined;
  }

  async append(stream: StreamId, record: NewRecord, expected: Parameters<Log['append']>[2]): ReturnType<Log['append']> {
    await this.#alive();
    const append = { stream, types: record.events.map(({ type }) => type) };
    if (this.#full?.(append) === true) {
      this.refused += 1;
      for (const one of this.#waiting.filter(({ count }) => count <= this.refused)) one.resolve();
      throw new SpoolError('storage-full', 'there is no room');
    }
    const hold = this.#holds.find(({ at }) => at(append));
    const early = hold?.written === true ? await this.#beneath.append(stream, record, expected) : undefined;
    hold?.held();
    await hold?.gone;
    if (early !== undefined) return early;
    const death = this.#deaths.find(({ at }) => at(append));
    if (death?.written === true) await this.#beneath.append(stream, record, expected);
    if (death !== undefined) this.die();
    await this.#alive();
    const receipt = await this.#beneath.append(stream, record, expected);
    await this.#alive();
    return receipt;
  }

  #alive(): Promise<void> {
    return this.#dead ? new Promise(() => undefined) : Promise.resolve();
  }

  read(query: Parameters<Log['read']>[0]): ReturnType<Log['read']> {
    return this.#beneath.read(query);
  }

  follow(query: Parameters<Log['follow']>[0]): ReturnType<Log['follow']> {
    return this.#beneath.follow(query);
  }

  head(stream?: StreamId): ReturnType<Log['head']> {
    return this.#beneath.head(stream);
  }

  find(stream: StreamId, commandId: string): ReturnType<Log['find']> {
    return this.#beneath.find(stream, commandId);
  }

  streams(): ReturnType<Log['streams']> {
    return this.#beneath.streams();
  }

  /** What is beneath is whoever's it was. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/** Snapshots that the same process writes. */
export function mortalSnapshots(beneath: Snapshots, log: MortalLog): Snapshots {
  return {
    load: (stream) => beneath.load(stream),
    save: (snapshot) => (log.dead ? Promise.resolve() : beneath.save(snapshot)),
    list: (query) => beneath.list(query),
    marks: () => beneath.marks(),
    remove: (stream) => (log.dead ? Promise.resolve() : beneath.remove(stream)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
