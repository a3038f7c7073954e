/**
 * One conversation, as long as somebody has it open or a turn runs in it. Turns run one after the other, each in a process of its own. What is
 * said while nobody has it open is kept for who opens it next.
 */

import { statSync } from 'node:fs';
import { SpoolError } from '../../base/errors.js';
import { Lane } from '../../base/lane.js';
import type { Fact, Opened, OpenThread, StartTurn, TurnRef } from '../../ports/agent.js';
import { findRollout } from '../rollout/find.js';
import { type Book, digestOf, type Entry, fileName, isOurs } from './book.js';
import { promptOf } from './command.js';
import { type Settled, settle } from './settle.js';
import { ExecThread } from './thread.js';
import { type RunEvents, type RunParts, TurnRun } from './turn-run.js';

interface Waiting {
  readonly turn: string;
  readonly reject: (error: SpoolError) => void;
}

export class Conversation implements AsyncDisposable {
  readonly id: string;
  readonly home: string;
  readonly #book: Book;
  readonly #lane = new Lane();
  readonly #waiting = new Set<Waiting>();
  #entry: Entry;
  #live: ExecThread | undefined;
  #run: TurnRun | undefined;
  #missed: Fact[] = [];

  constructor(home: string, id: string, book: Book) {
    this.home = home;
    this.id = id;
    this.#book = book;
    this.#entry = book.read(home, id) ?? { home, id, ...(isOurs(id) ? {} : { thread: id }) };
  }

  /** Nothing would be lost if it were forgotten. */
  get idle(): boolean {
    return this.#live === undefined && !this.#lane.busy && this.#missed.length === 0;
  }

  get open(): boolean {
    return this.#live !== undefined;
  }

  get pid(): number | undefined {
    return this.#run?.pid;
  }

  /** Takes the place of who has it open. */
  async attach(open: OpenThread, opened: Opened, parts: RunParts): Promise<ExecThread> {
    const settled = open.unsettled === undefined ? undefined : await this.#settle(open.unsettled.turn);
    this.#live?.close();
    const live = new ExecThread(this, { opened, version: parts.version, unsettled: settled?.state });
    live.start = (start) => this.#start(start, open, parts);
    this.#live = live;
    for (const fact of [...this.#missed.splice(0), ...(settled?.facts ?? [])]) live.push(fact);
    return live;
  }

  async #settle(turn: string): Promise<Settled | { readonly state: 'running'; readonly facts: readonly [] }> {
    if (this.#run?.turn === turn) return { state: 'running', facts: [] };
    if (this.#missed.some((fact) => ENDS.has(fact.type) && 'turn' in fact && fact.turn === turn)) return { state: 'ended', facts: [] };
    return await settle(turn, this.#entry);
  }

  /** Who has let go of it no longer waits for a turn to begin; the one that runs goes on. */
  detach(live: ExecThread): void {
    if (this.#live !== live) return;
    this.#live = undefined;
    for (const { reject } of this.#waiting) reject(new SpoolError('unavailable', 'the conversation was let go of before the turn began'));
    this.#waiting.clear();
  }

  #start(start: StartTurn, open: OpenThread, parts: RunParts): Promise<TurnRef> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { turn: start.turn, reject };
      this.#waiting.add(waiting);
      const play = async (): Promise<void> => {
        if (!this.#waiting.delete(waiting)) return;
        const { thread } = this.#entry;
        const run = new TurnRun(parts, { open, start, thread, name: fileName(this.home, this.id) }, this.#eventsOf(start));
        this.#run = run;
        run.begun.then(resolve, reject);
        await run.over;
        this.#run = undefined;
      };
      this.#lane.run(play).catch(reject);
    });
  }

  #eventsOf(start: StartTurn): RunEvents {
    return {
      given: () => {
        const { home } = this;
        const { thread } = this.#entry;
        const rollout = thread === undefined ? undefined : findRollout(home, thread);
        const from = rollout === undefined ? 0 : statSync(rollout).size;
        this.#write({ ...this.#entry, turn: { id: start.turn, from, said: digestOf(promptOf(start.input)) } });
      },
      thread: (id) => this.#named(id, start.turn),
      fact: (fact) => this.#tell(fact),
      killed: (ended) => {
        const { message } = ended;
        const live = this.#live;
        this.#live = undefined;
        if (live !== undefined) live.end({ type: 'ended', how: 'exited', ...ended });
        else this.#tell({ type: 'turn.failed', turn: start.turn, error: { code: 'runtime-exited', message, retryable: true } });
      },
    };
  }

  /** Written down before anything is told of the turn: a host that dies at any moment finds the conversation again. */
  #named(thread: string, turn: string): void {
    if (this.#entry.thread === thread) return;
    this.#write({ ...this.#entry, thread });
    // For people, who know the conversation by this id everywhere else.
    this.#tell({ type: 'raw', turn, method: 'thread.started', params: { thread_id: thread } });
  }

  #write(entry: Entry): void {
    this.#book.write(entry);
    this.#entry = entry;
  }

  #tell(fact: Fact): void {
    if (this.#live === undefined) this.#missed.push(fact);
    else this.#live.push(fact);
  }

  /** Resolves quietly when the turn neither runs nor waits. */
  interrupt(turn: string): void {
    for (const waiting of this.#waiting) {
      if (waiting.turn !== turn) continue;
      this.#waiting.delete(waiting);
      waiting.reject(new SpoolError('cancelled', 'the turn was interrupted before it began'));
      return;
    }
    if (this.#run?.turn === turn) void this.#run.stop();
  }

  /** Stops what runs. Twice is fine. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#live?.close();
    await this.#run?.stop();
    await this.#lane[Symbol.asyncDispose]();
  }
}

const ENDS: ReadonlySet<Fact['type']> = new Set<Fact['type']>(['turn.completed', 'turn.failed', 'turn.interrupted']);
