/**
 * Dispatch: gives each task to its agent as soon as the agent is free, minds its time, and brings home what an agent from elsewhere does not.
 * It remembers nothing that the tasks themselves do not say: after a restart it is put together from those that are open.
 */

import { type Backoff, delayOf } from '../base/backoff.js';
import { type Clock, isoTime } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import { decideExpiry, decideLease, decideLost, nextExpiry } from '../domain/tasks/decide.js';
import { HUB, isBegun, isCalledOff, type TaskState } from '../domain/tasks/state.js';
import type { Host } from '../host/face.js';
import type { Logger } from '../ports/logger.js';
import { Mailbox } from './mailbox.js';
import type { Member, Members } from './members.js';
import { grantFor } from './rights.js';
import type { Shelf } from './shelf.js';
import { TaskRun } from './task-run.js';
import type { TaskWriter } from './task-writer.js';

export interface DispatchParts {
  readonly host: Host;
  readonly members: Members;
  readonly shelf: Shelf;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** An agent from elsewhere that asks for work. */
interface Poller {
  readonly seconds: number;
  readonly give: (writer: TaskWriter) => void;
}

/** Node's timers take no more than this. */
const LONGEST_MS = 2 ** 31 - 1;
/** Before an attempt that follows one which came to nothing. */
const RETRY: Backoff = { firstMs: 250, maxMs: 30_000 };

export class Dispatch implements AsyncDisposable {
  readonly #parts: DispatchParts;
  readonly #stop = new AbortController();
  readonly #boxes = new Map<string, Mailbox>();
  readonly #runs = new Map<string, { readonly run: TaskRun; readonly done: Promise<void> }>();
  readonly #timers = new Map<string, { readonly at: string; readonly timer: Disposable }>();
  readonly #pollers = new Map<string, Set<Poller>>();
  readonly #turns = new Map<string, string>();
  /** Tasks that are to be begun again in a while. */
  readonly #later = new Map<string, Disposable>();
  readonly #startedAt: number;
  /** Tasks whose turns were told to stop. */
  readonly #stopped = new WeakSet<TaskWriter>();

  constructor(parts: DispatchParts) {
    this.#parts = parts;
    this.#startedAt = parts.clock.now();
  }

  box(alias: string): Mailbox {
    const there = this.#boxes.get(alias);
    if (there !== undefined) return there;
    const box = new Mailbox(alias);
    this.#boxes.set(alias, box);
    return box;
  }

  /** The task that runs as this turn. */
  taskOf(session: string, turn: string): string | undefined {
    return this.#turns.get(`${session} ${turn}`);
  }

  /** What its agent has said so far, for a task that ends before its turn does. */
  textOf(id: string): string | undefined {
    return this.#runs.get(id)?.run.text;
  }

  /** Whether a task that is sent now may begin in the same record; its place is then taken. */
  mayBegin(member: Member, id: string): boolean {
    const box = this.box(member.alias);
    if (member.kind !== 'local' || this.#stop.signal.aborted || !box.isFree(this.#parts.members.atOnce(member))) return false;
    box.works(id);
    return true;
  }

  /** The place of a task that did not begin after all. */
  release(alias: string, id: string): void {
    if (this.box(alias).done(id)) this.pump(alias);
  }

  /** Looks at a task: a new one, one that was woken, or one that has changed. */
  look(writer: TaskWriter): void {
    const { state } = writer;
    const box = this.box(state.to);
    this.#watch(writer);
    const queued = state.status === 'queued';
    if (!queued) box.drop(state.id);
    const works = isBegun(state);
    if (works) box.works(state.id);
    if (works && state.lessee === HUB) this.#run(writer);
    else if (!works && !this.#runs.has(state.id)) this.#leave(box, state.id);
    this.#callOff(writer);
    if (queued) this.#queue(box, state);
    else this.#hurry(state.id);
  }

  #queue(box: Mailbox, { id, attempt, createdAt }: TaskState): void {
    const put = (): void => {
      this.#later.delete(id);
      if (this.#parts.shelf.peek(id)?.state.status !== 'queued') return;
      box.put(id, createdAt);
      this.pump(box.alias);
    };
    if (attempt === 0) put();
    else if (!this.#later.has(id)) this.#later.set(id, this.#parts.clock.after(delayOf(RETRY, attempt - 1), put));
  }

  /** It waits for nothing any more. */
  #hurry(id: string): void {
    this.#later.get(id)?.[Symbol.dispose]();
    this.#later.delete(id);
  }

  #leave(box: Mailbox, id: string): void {
    if (box.done(id)) this.pump(box.alias);
  }

  /** Begins what can be begun. */
  pump(alias: string): void {
    const box = this.#boxes.get(alias);
    if (box === undefined || box.queued === 0 || this.#stop.signal.aborted) return;
    const { members, shelf } = this.#parts;
    const member = members.get(alias);
    // One that is gone keeps its tasks: it may come back.
    if (member === undefined || member.kind === 'person') return;
    const atOnce = members.atOnce(member);
    for (;;) {
      const poller = member.kind === 'outside' ? first(this.#pollers.get(alias)) : undefined;
      if (member.kind === 'outside' && poller === undefined) return;
      const id = box.take(atOnce);
      const writer = id === undefined ? undefined : shelf.peek(id);
      if (id === undefined) return;
      if (writer === undefined) box.done(id);
      else void this.#lease(writer, poller === undefined ? undefined : this.#claim(alias, poller));
    }
  }

  #claim(alias: string, poller: Poller): Poller {
    this.#pollers.get(alias)?.delete(poller);
    return poller;
  }

  async #lease(writer: TaskWriter, poller: Poller | undefined): Promise<void> {
    const { to, id } = writer.state;
    try {
      await writer.change((state, at) => decideLease(state, poller === undefined ? HUB : to, at, poller?.seconds));
      poller?.give(writer);
    } catch (error) {
      // It was held or called off in this very moment, or cannot be written down now.
      this.box(to).done(id);
      if (poller !== undefined) this.#poll(to, poller);
      if (SpoolError.from(error).code !== 'conflict') this.#parts.logger.error({ task: id, err: error }, 'a task could not be begun');
      this.pump(to);
    }
  }

  #poll(alias: string, poller: Poller): void {
    const pollers = this.#pollers.get(alias) ?? new Set();
    this.#pollers.set(alias, pollers.add(poller));
  }

  /** The next task for an agent from elsewhere; undefined when none came until `signal` was aborted. */
  async next(alias: string, seconds: number, signal: AbortSignal): Promise<TaskWriter | undefined> {
    const stopped = AbortSignal.any([signal, this.#stop.signal]);
    return await new Promise((resolve) => {
      const poller: Poller = { seconds, give: resolve };
      this.#poll(alias, poller);
      this.pump(alias);
      const end = (): void => {
        // One that was taken already is being given its task.
        if (this.#pollers.get(alias)?.delete(poller) === true) resolve(undefined);
      };
      if (stopped.aborted) end();
      else stopped.addEventListener('abort', end, { once: true });
    });
  }

  #run(writer: TaskWriter): void {
    const { id, to } = writer.state;
    if (this.#runs.has(id) || this.#stop.signal.aborted) return;
    const { members } = this.#parts;
    const run = new TaskRun(
      {
        ...this.#parts,
        member: (state) => {
          const member = members.find(state.to);
          if (member.kind !== 'local') throw new SpoolError('not-found', `${state.to} is no agent of this host any more`);
          return { member, grant: grantFor(member, state.ceiling, members) };
        },
        onTurn: (task, session, turn) => {
          this.#turns.set(`${session} ${turn}`, task);
          this.#callOff(writer);
        },
      },
      writer,
      this.#stop.signal,
    );
    const done = run.run().finally(() => {
      this.#runs.delete(id);
      this.#turns.delete(`${writer.state.session} ${writer.state.turn}`);
      if (this.#stop.signal.aborted) return;
      this.#leave(this.box(to), id);
      // An attempt that came to nothing may be followed by another at once.
      this.look(writer);
    });
    this.#runs.set(id, { run, done });
  }

  /** The turn of a task that was called off is stopped, also one of which an earlier host was told. Asking twice does no harm. */
  #callOff(writer: TaskWriter): void {
    const { id, session, turn, from } = writer.state;
    if (!isCalledOff(writer.state) || session === null || turn === null || this.#stopped.has(writer)) return;
    this.#stopped.add(writer);
    const { host, logger } = this.#parts;
    host.interrupt(session, { turn, commandId: `${id} stop ${turn}` }, { name: from, role: 'operator' }).then(
      // Written down as the session's own wish from now on.
      () => writer.save(writer.state.branches.length === 0),
      (error: unknown) => logger.warn({ task: id, err: error }, 'the turn of a task that was called off could not be stopped'),
    );
  }

  #watch(writer: TaskWriter): void {
    const { state } = writer;
    const before = this.#timers.get(state.id);
    const at = this.#dueAt(state);
    if (before?.at === at) return;
    before?.timer[Symbol.dispose]();
    this.#timers.delete(state.id);
    if (at === undefined || this.#stop.signal.aborted) return;
    const { clock } = this.#parts;
    const wait = Math.min(Math.max(0, Date.parse(at) - clock.now()), LONGEST_MS);
    this.#timers.set(state.id, { at, timer: clock.after(wait, () => void this.#ring(writer)) });
  }

  #dueAt(state: TaskState): string | undefined {
    const lease = this.#leaseEnd(state);
    const times = [nextExpiry(state), lease === undefined ? undefined : new Date(lease).toISOString()].filter((time) => time !== undefined);
    return times.sort()[0];
  }

  /** Signs of life were not heard while there was no host: whoever had a lease then has it once more from the start on. */
  #leaseEnd({ leaseUntil, leaseSeconds }: TaskState): number | undefined {
    if (leaseUntil === null || leaseSeconds === null) return undefined;
    return Math.max(Date.parse(leaseUntil), this.#startedAt + leaseSeconds * 1000);
  }

  async #ring(writer: TaskWriter): Promise<void> {
    const { id } = writer.state;
    this.#timers.delete(id);
    try {
      const text = this.textOf(id);
      await writer.change((state, at) => {
        const expired = decideExpiry(state, text, at);
        if (expired.length > 0) return expired;
        return (this.#leaseEnd(state) ?? Number.POSITIVE_INFINITY) <= Date.parse(at) ? decideLost(state, at) : [];
      });
    } catch (error) {
      this.#parts.logger.error({ task: id, err: error }, 'that the time of a task has run out could not be recorded');
      const timer = this.#parts.clock.after(1000, () => void this.#ring(writer));
      this.#timers.set(id, { at: isoTime(this.#parts.clock), timer });
      return;
    }
    this.#watch(writer);
  }

  /** Begins nothing more and lets go of what runs: turns go on in their sessions. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    for (const { timer } of this.#timers.values()) timer[Symbol.dispose]();
    this.#timers.clear();
    for (const timer of this.#later.values()) timer[Symbol.dispose]();
    await Promise.all([...this.#runs.values()].map(({ done }) => done));
  }
}

function first<T>(set: ReadonlySet<T> | undefined): T | undefined {
  for (const one of set ?? []) return one;
  return undefined;
}
