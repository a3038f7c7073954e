/**
 * The sessions that are awake, each with its worker: the only map keyed by session id. A session is woken by whoever asks for it
 * and falls asleep when nothing has happened for a while and nothing is open; its followers read the log and notice nothing.
 */

import type { Clock } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import type { AgentInfo } from '../contract/host.js';
import { isSettled } from '../domain/state.js';
import type { Agent, ThreadSetup } from '../ports/agent.js';
import type { Logger } from '../ports/logger.js';
import { ExchangeArchive } from './exchange-archive.js';
import { type OnRecord, type Session, type SessionParts, wakeSession } from './session.js';
import { Timekeeper } from './timekeeper.js';
import { Worker } from './worker.js';

export interface AwakeSession {
  readonly session: Session;
  readonly worker: Worker;
  readonly timekeeper: Timekeeper;
}

export interface AwakeParts extends SessionParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The runtime of a session; throws `unsupported` when the host has none of that name. */
  readonly agentOf: (session: Session) => Agent;
  /** Why its runtime may begin nothing new just now. */
  readonly off: (session: Session) => SpoolError | undefined;
  readonly agentInfoOf: (session: Session) => AgentInfo;
  readonly prepare: (agent: AgentInfo) => Promise<ThreadSetup>;
  /** The folder of an agent's archive; undefined when it keeps none. */
  readonly archiveOf: (agent: string) => string | undefined;
  /** Looks at a session: at each waking, and after every append. */
  readonly onChange: (session: Session) => void;
  readonly sleepAfterMs: number;
}

interface Entry {
  awake: Promise<AwakeSession>;
  live: AwakeSession | undefined;
  timer: Disposable | undefined;
}

export class Awake implements AsyncDisposable {
  readonly #parts: AwakeParts;
  readonly #entries = new Map<string, Entry>();
  /** Sessions on their way to sleep: whoever wants one waits for the end of it, so that a stream never has two writers. */
  readonly #goingToSleep = new Map<string, Promise<void>>();
  /** How many want each session to stay awake. */
  readonly #holds = new Map<string, number>();
  readonly #archive: ExchangeArchive;
  readonly #onRecord: OnRecord = (before, events) => this.#archive.look(before, events);
  #closed = false;

  constructor(parts: AwakeParts) {
    this.#parts = parts;
    this.#archive = new ExchangeArchive({ folderOf: parts.archiveOf, logger: parts.logger });
  }

  /** The sessions that are awake and ready right now. */
  *list(): IterableIterator<AwakeSession> {
    for (const entry of this.#entries.values()) if (entry.live !== undefined) yield entry.live;
  }

  /** What conversations of these agents are given has changed: those that are open are opened anew before their next turns. */
  renew(concerned: (agent: string) => boolean): void {
    for (const { session, worker } of this.list()) if (concerned(session.state.agent)) worker.renew();
  }

  peek(id: string): AwakeSession | undefined {
    return this.#entries.get(id)?.live;
  }

  /** The session, woken if need be. Rejects with `not-found` when the log has no such session. */
  async get(id: string): Promise<AwakeSession> {
    if (this.#closed) throw new SpoolError('unavailable', 'the host is stopping');
    const there = this.#entries.get(id);
    if (there !== undefined) return there.awake;
    await this.#goingToSleep.get(id);
    return this.#entries.get(id)?.awake ?? this.#enter(id, () => this.#wake(id));
  }

  /** Keeps a session that is awake from falling asleep, until it is let go of. */
  hold(id: string): Disposable {
    this.#holds.set(id, (this.#holds.get(id) ?? 0) + 1);
    let held = true;
    return {
      [Symbol.dispose]: () => {
        const left = (this.#holds.get(id) ?? 1) - (held ? 1 : 0);
        held = false;
        if (left > 0) this.#holds.set(id, left);
        else this.#holds.delete(id);
      },
    };
  }

  /** A session that was just opened: its stream's first record is written. */
  add(session: Session): Promise<AwakeSession> {
    return this.#enter(session.state.id, () => Promise.resolve(session));
  }

  #enter(id: string, session: () => Promise<Session>): Promise<AwakeSession> {
    const entry: Entry = { awake: session().then((woken) => this.#ready(entry, woken)), live: undefined, timer: undefined };
    this.#entries.set(id, entry);
    entry.awake.catch(() => this.#entries.delete(id));
    return entry.awake;
  }

  async #wake(id: string): Promise<Session> {
    const session = await wakeSession(this.#parts, id, this.#onRecord);
    if (session === null)
      throw new SpoolError('not-found', `there is no session ${id}`, { hint: '"spool ls" lists the sessions of this host' });
    return session;
  }

  #ready(entry: Entry, session: Session): AwakeSession {
    const { clock, logger, agentOf, agentInfoOf, prepare } = this.#parts;
    const { rules, onChange, off } = this.#parts;
    const agent = agentOf(session);
    const worker = new Worker(session, { agent, off: () => off(session), info: () => agentInfoOf(session), prepare, clock, logger });
    const timekeeper = new Timekeeper({
      clock,
      limits: (turn) => rules.limitsOf(session.state, turn),
      listening: () => worker.listening,
      tell: (fact) => session.ingest(fact),
    });
    const live = { session, worker, timekeeper };
    entry.live = live;
    session.onRecord = this.#onRecord;
    session.onChange = () => {
      worker.pump();
      timekeeper.watch(session.state);
      onChange(session);
      this.#touch(entry, live);
    };
    session.onChange();
    return live;
  }

  #touch(entry: Entry, live: AwakeSession): void {
    // A running turn touches with every delta: while one is open there is no timer to move.
    if (this.#closed || !isSettled(live.session.state)) {
      entry.timer?.[Symbol.dispose]();
      entry.timer = undefined;
      return;
    }
    entry.timer?.[Symbol.dispose]();
    entry.timer = this.#parts.clock.after(this.#parts.sleepAfterMs, () => this.#sleepIfIdle(entry, live));
  }

  #sleepIfIdle(entry: Entry, live: AwakeSession): void {
    const { session } = live;
    if (this.#closed || session.busy || this.#holds.has(session.state.id) || !isSettled(session.state)) {
      this.#touch(entry, live);
      return;
    }
    const { id } = session.state;
    this.#entries.delete(id);
    const asleep = this.#putToSleep(live).finally(() => this.#goingToSleep.delete(id));
    this.#goingToSleep.set(id, asleep);
  }

  async #putToSleep({ session, worker, timekeeper }: AwakeSession): Promise<void> {
    timekeeper[Symbol.dispose]();
    try {
      await worker[Symbol.asyncDispose]();
      await session[Symbol.asyncDispose]();
    } catch (error) {
      this.#parts.logger.warn({ session: session.state.id, err: error }, 'the session did not fall asleep cleanly');
    }
  }

  /** Puts all to sleep: facts that came by then are recorded, running turns go on in their runtime. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const entry of entries) entry.timer?.[Symbol.dispose]();
    const woken = await Promise.allSettled(entries.map((entry) => entry.awake));
    await Promise.all(woken.map((result) => (result.status === 'fulfilled' ? this.#putToSleep(result.value) : undefined)));
    await Promise.all(this.#goingToSleep.values());
    await this.#archive[Symbol.asyncDispose]();
  }
}
