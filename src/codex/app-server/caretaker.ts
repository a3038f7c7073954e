/**
 * Looks after the Codex processes that run: it stops those that nobody has used for long, that have grown too large or are not of the
 * version that is installed, as soon as nothing runs in them, and replaces those that no longer answer. A process too many does less
 * harm than a turn too few: one of which it is not known that it rests is left alone.
 */

import { type Census, takeCensus } from '../../base/census.js';
import type { Clock } from '../../base/clock.js';
import { processTable } from '../../base/process.js';
import type { Logger } from '../../ports/logger.js';

export interface Care {
  /** A process that nobody has used for so long is stopped. */
  readonly idleMs: number;
  /** One that has more resident memory than this, with all that it started, is stopped as soon as it rests. */
  readonly maxMemoryBytes: number;
  /**
   * One that has become more processes than this for each conversation that is open, and as many beside, is stopped as soon as it
   * rests: they are left over from conversations that nobody has open any more.
   */
  readonly maxProcesses: number;
  /** How often all are looked at. */
  readonly everyMs: number;
  /** How long a process may be silent after it was asked for a sign of life. */
  readonly answerMs: number;
}

export const CARE: Care = {
  idleMs: 15 * 60_000,
  maxMemoryBytes: 1.5 * 1024 ** 3,
  maxProcesses: 16,
  everyMs: 30_000,
  answerMs: 30_000,
};

/** A process that is looked after, as its connection shows it. */
export interface Charge {
  readonly home: string;
  readonly child: { readonly pid: number; readonly version: string };
  /** Conversations that are open in it. */
  readonly threads: number;
  /** How many messages have come from it. */
  readonly heard: number;
  /** When somebody last used it, in milliseconds since 1970. */
  readonly lastUsed: number;
  readonly over: boolean;
  /** Whether nothing runs in it, as far as is known without asking it. */
  readonly rests: boolean;
  /** How many commands run on in it although their turns have ended. */
  commandsLeft(): Promise<number>;
  /** Stops it if nothing runs in it; whether it did. */
  retire(why: string): Promise<boolean>;
  /** Whether it gives a sign of life within that time. */
  answers(withinMs: number): Promise<boolean>;
  kill(message: string): Promise<void>;
  /** Warns whoever has a conversation open in it, once; whether it is news. */
  announce(notice: string): boolean;
}

export interface CaretakerParts {
  readonly care: Care;
  readonly charges: () => readonly Charge[];
  /** The version of the Codex that is installed now. May reject: then the one that runs is as good as any. */
  readonly installed: () => Promise<string>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Counts processes; a test has its own numbers. */
  readonly count?: (pids: readonly number[]) => Promise<ReadonlyMap<number, Census>>;
}

/** What is known of one of them. */
interface Known {
  /** Messages that had come from it at the last look. */
  heard: number;
  /** Why it is too large to stay. */
  tooLarge: string | undefined;
  /** The version that is installed, where it is another one. */
  installed: string | undefined;
  replacing: Promise<void> | undefined;
  asking: Promise<void> | undefined;
}

/** So old may a count be that somebody asks for. */
const COUNT_MS = 5_000;

export class Caretaker implements AsyncDisposable {
  readonly #parts: CaretakerParts;
  readonly #known = new WeakMap<Charge, Known>();
  #counted: { readonly at: number; readonly count: Promise<ReadonlyMap<number, Census>> } | undefined;
  #timer: Disposable | undefined;
  #sweeping: Promise<void> | undefined;
  /** Something new came during a sweep. */
  #again = false;
  #closed = false;

  constructor(parts: CaretakerParts) {
    this.#parts = parts;
  }

  /** There is something to look after. */
  watch(): void {
    this.#again = true;
    if (this.#closed || this.#timer !== undefined || this.#sweeping !== undefined) return;
    this.#again = false;
    const { clock, care } = this.#parts;
    this.#timer = clock.after(care.everyMs, () => {
      this.#timer = undefined;
      this.#sweeping = this.#sweep().finally(() => {
        this.#sweeping = undefined;
        if (this.#again || this.#parts.charges().length > 0) this.watch();
      });
    });
  }

  /** How large each process has become, by its pid. */
  async census(): Promise<ReadonlyMap<number, Census>> {
    const { clock, charges, logger, count = (pids) => takeCensus(pids, processTable) } = this.#parts;
    const pids = charges().map(({ child }) => child.pid);
    const last = this.#counted;
    if (last !== undefined && clock.now() - last.at < COUNT_MS) {
      const known = await last.count;
      if (pids.every((pid) => known.has(pid))) return known;
    }
    const counting = count(pids).catch((err: unknown) => {
      logger.warn({ err }, 'the processes of this system could not be counted');
      return new Map<number, Census>();
    });
    this.#counted = { at: clock.now(), count: counting };
    return await counting;
  }

  /** Whether another version is installed by now. */
  outdated(charge: Charge): boolean {
    return this.#of(charge).installed !== undefined;
  }

  /** Before something new is begun in it: a process that is not of the installed version is stopped, if nothing runs in it. */
  async beforeUse(charge: Charge): Promise<void> {
    await this.#compare(charge);
    await this.#replaceOld(charge);
  }

  /** A turn has ended in it: time for what waited for that. */
  async atRest(charge: Charge): Promise<void> {
    if (this.#closed) return;
    const { tooLarge } = this.#of(charge);
    if (tooLarge !== undefined) await this.#guard(charge, () => charge.retire(tooLarge));
    await this.#replaceOld(charge);
  }

  /** It owes an answer. */
  async atSilence(charge: Charge): Promise<void> {
    const known = this.#of(charge);
    known.asking ??= this.#ask(charge).finally(() => {
      known.asking = undefined;
    });
    await known.asking;
  }

  async #sweep(): Promise<void> {
    await Promise.all(this.#parts.charges().map((charge) => this.#guard(charge, () => this.#look(charge))));
  }

  async #look(charge: Charge): Promise<void> {
    const { care, clock, logger } = this.#parts;
    const known = this.#of(charge);
    if (known.heard === charge.heard) await this.atSilence(charge);
    known.heard = charge.heard;
    await this.#compare(charge);
    known.tooLarge = sizeOf((await this.census()).get(charge.child.pid), charge.threads, care);
    await this.atRest(charge);
    if (clock.now() - charge.lastUsed < care.idleMs || !charge.rests) return;
    // A server that an agent was told to start is used although nobody speaks of it.
    const commands = await charge.commandsLeft();
    if (commands === 0) await charge.retire('nobody had used it for a while');
    else logger.debug({ home: charge.home, pid: charge.child.pid, commands }, 'an idle Codex process stays for the commands in it');
  }

  async #ask(charge: Charge): Promise<void> {
    const { answerMs } = this.#parts.care;
    if (charge.over || this.#closed || (await charge.answers(answerMs))) return;
    const message = `Codex did not answer for ${Math.round(answerMs / 1000)} s and was stopped`;
    await this.#guard(charge, () => charge.kill(message));
  }

  async #compare(charge: Charge): Promise<void> {
    const known = this.#of(charge);
    try {
      const installed = await this.#parts.installed();
      known.installed = installed === charge.child.version ? undefined : installed;
    } catch (err) {
      this.#parts.logger.debug({ err }, 'it cannot be told which Codex is installed');
      known.installed = undefined;
    }
  }

  async #replaceOld(charge: Charge): Promise<void> {
    const known = this.#of(charge);
    const { installed } = known;
    if (installed === undefined) return;
    known.replacing ??= this.#guard(charge, () => this.#replaceBy(charge, installed)).finally(() => {
      known.replacing = undefined;
    });
    await known.replacing;
  }

  async #replaceBy(charge: Charge, installed: string): Promise<void> {
    const { version } = charge.child;
    const resting = charge.rests && (await charge.commandsLeft()) === 0;
    if (resting && (await charge.retire(`Codex ${installed} is installed in place of ${version}`))) return;
    const news = `Codex ${version} is still running; ${installed} is installed and takes over when its turns have ended`;
    if (charge.announce(news)) this.#parts.logger.warn({ home: charge.home, pid: charge.child.pid }, news);
  }

  #of(charge: Charge): Known {
    const known = this.#known.get(charge);
    if (known !== undefined) return known;
    const fresh: Known = { heard: 0, tooLarge: undefined, installed: undefined, replacing: undefined, asking: undefined };
    this.#known.set(charge, fresh);
    return fresh;
  }

  /** What cannot be done now is looked at again later. */
  async #guard(charge: Charge, act: () => Promise<unknown>): Promise<void> {
    try {
      if (!charge.over) await act();
    } catch (err) {
      this.#parts.logger.warn({ home: charge.home, pid: charge.child.pid, err }, 'a Codex process could not be looked after');
    }
  }

  /** Begins nothing more. What is under way ends with the connections. */
  stop(): void {
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.#sweeping;
  }
}

function sizeOf(census: Census | undefined, threads: number, { maxMemoryBytes, maxProcesses }: Care): string | undefined {
  if (census === undefined) return undefined;
  const { memoryBytes, processes } = census;
  if (memoryBytes !== null && memoryBytes > maxMemoryBytes) return `it had grown to ${Math.round(memoryBytes / 1024 ** 2)} MiB`;
  const most = maxProcesses * (threads + 1);
  return processes > most
    ? `it had become ${processes} processes for ${threads} open ${threads === 1 ? 'conversation' : 'conversations'}`
    : undefined;
}
