/**
 * Agents from elsewhere that ask for work and wait until there is some. Who asked first gets it first. Whoever has left is given nothing:
 * its connection may end in the very moment in which a task is leased for it, so each of them can be asked whether it is still there.
 */

import type { Clock } from '../base/clock.js';

export interface Asking {
  readonly alias: string;
  /** How long the agent may be silent about what it gets. */
  readonly seconds: number;
  /** How long it waits. */
  readonly waitMs: number;
  readonly clock: Clock;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined;
  /** Names the request, for a repeat of it. */
  readonly commandId?: string | undefined;
}

export class Poller<T> {
  readonly asking: Asking;
  /** Undefined when nothing came. */
  readonly answer: Promise<T | undefined>;
  #gone = false;
  #over = false;
  #answered: (task: T | undefined) => void = () => undefined;
  readonly #unwait: (poller: Poller<T>) => boolean;
  readonly #timer: Disposable | undefined;

  /** `unwait` takes it out of those that wait; false when it is none of them. */
  constructor(asking: Asking, unwait: (poller: Poller<T>) => boolean) {
    this.asking = asking;
    this.#unwait = unwait;
    this.answer = new Promise((resolve) => {
      this.#answered = resolve;
    });
    this.#timer = asking.waitMs <= 0 ? undefined : asking.clock.after(asking.waitMs, this.endWait);
    asking.signal?.addEventListener('abort', this.leave, { once: true });
  }

  /** What comes now must not be leased to it. */
  get gone(): boolean {
    return this.#gone || this.asking.signal?.aborted === true;
  }

  /** It has waited long enough. */
  get over(): boolean {
    return this.#over || this.gone;
  }

  readonly leave = (): void => {
    this.#gone = true;
    this.endWait();
  };

  /** One that is just being served is answered by whoever serves it. */
  readonly endWait = (): void => {
    this.#over = true;
    if (this.#unwait(this)) this.give(undefined);
  };

  give(task: T | undefined): void {
    this.#timer?.[Symbol.dispose]();
    this.asking.signal?.removeEventListener('abort', this.leave);
    this.#answered(task);
  }
}

export class Pollers<T> {
  readonly #waiting = new Map<string, Poller<T>[]>();
  /** Those for which something is being got right now. */
  readonly #served = new Set<Poller<T>>();

  wait(asking: Asking): Poller<T> {
    const list = this.#list(asking.alias);
    const poller = new Poller<T>(asking, (one) => {
      const at = list.indexOf(one);
      if (at >= 0) list.splice(at, 1);
      return at >= 0;
    });
    list.push(poller);
    if (poller.gone) poller.leave();
    return poller;
  }

  /** Whether somebody waits. */
  has(alias: string): boolean {
    return this.#list(alias).length > 0;
  }

  /** The one that asked first, to be served or put back. */
  take(alias: string): Poller<T> | undefined {
    const poller = this.#list(alias).shift();
    if (poller !== undefined) this.#served.add(poller);
    return poller;
  }

  serve(poller: Poller<T>, task: T | undefined): void {
    this.#served.delete(poller);
    poller.give(task);
  }

  /** It waits on, as the first one, if its time is not over. */
  putBack(poller: Poller<T>): void {
    this.#served.delete(poller);
    if (poller.over) poller.give(undefined);
    else this.#list(poller.asking.alias).unshift(poller);
  }

  /** Makes place for a repeat of the request with this name, whose connection may be gone without a word. */
  async replace(alias: string, commandId: string): Promise<void> {
    const same = this.#named(alias, commandId);
    for (const one of same) if (!this.#served.has(one)) one.leave();
    await Promise.all(same.map(({ answer }) => answer));
  }

  /** Whether one with this name waits, or is being served. */
  knows(alias: string, commandId: string): boolean {
    return this.#named(alias, commandId).length > 0;
  }

  #named(alias: string, commandId: string): Poller<T>[] {
    return [...this.#list(alias), ...this.#served].filter(({ asking }) => asking.alias === alias && asking.commandId === commandId);
  }

  /** Of this alias, or of all, nobody waits any more. */
  end(alias?: string): void {
    const all = [...this.#waiting.values()].flat();
    for (const one of [...all, ...this.#served]) if (alias === undefined || one.asking.alias === alias) one.leave();
  }

  #list(alias: string): Poller<T>[] {
    const there = this.#waiting.get(alias);
    if (there !== undefined) return there;
    const list: Poller<T>[] = [];
    this.#waiting.set(alias, list);
    return list;
  }
}
