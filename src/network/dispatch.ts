/**
 * Dispatch: gives each task to its agent as soon as the agent is free, minds its time, and brings home what an agent from elsewhere does not.
 * It remembers nothing that the tasks themselves do not say: after a restart it is put together from those that are open.
 */

import { setMaxListeners } from 'node:events';
import { type Backoff, delayOf } from '../base/backoff.js';
import { type Clock, isoTime } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import { decideExpiry, decideGone, decideHandBack, decideLease, decideLost, nextExpiry } from '../domain/tasks/decide.js';
import { HUB, isBegun, isCalledOff, type TaskState, triesOf } from '../domain/tasks/state.js';
import type { Host } from '../host/face.js';
import type { Logger } from '../ports/logger.js';
import { Mailbox } from './mailbox.js';
import type { Member, Members } from './members.js';
import { type Asking, type Poller, Pollers } from './pollers.js';
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
  /** When this host began, as ISO time. */
  readonly hostSince: string;
}

/** Node's timers take no more than this. */
const LONGEST_MS = 2 ** 31 - 1;
/** Before an attempt that follows one which came to nothing. */
const RETRY: Backoff = { firstMs: 250, maxMs: 30_000 };
/** Before what could not be written down is tried again. */
const UNWRITTEN_MS = 1000;

export class Dispatch implements AsyncDisposable {
  readonly #parts: DispatchParts;
  readonly #stop = new AbortController();
  readonly #boxes = new Map<string, Mailbox>();
  readonly #runs = new Map<string, { readonly run: TaskRun; readonly done: Promise<void> }>();
  readonly #timers = new Map<string, { readonly at: string; readonly timer: Disposable }>();
  readonly #pollers = new Pollers<TaskWriter>();
  readonly #leasing = new Set<Promise<void>>();
  readonly #turns = new Map<string, string>();
  /** Tasks that are to be begun again in a while. */
  readonly #later = new Map<string, Disposable>();
  /** Standing sessions that were found before, by who sends and how. */
  readonly #standing = new Map<string, string>();
  readonly #startedAt: number;
  /** Tasks whose turns were told to stop. */
  readonly #stopped = new WeakSet<TaskWriter>();

  constructor(parts: DispatchParts) {
    this.#parts = parts;
    // Each turn that is followed listens to it.
    setMaxListeners(0, this.#stop.signal);
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

  #queue(box: Mailbox, state: TaskState): void {
    const tries = triesOf(state);
    if (tries === 0) this.#put(box, state);
    else this.#putLater(box, state, delayOf(RETRY, tries - 1));
  }

  #put(box: Mailbox, { id, createdAt }: TaskState): void {
    this.#hurry(id);
    if (this.#stop.signal.aborted || this.#parts.shelf.peek(id)?.state.status !== 'queued') return;
    box.put(id, createdAt);
    this.pump(box.alias);
  }

  #putLater(box: Mailbox, state: TaskState, ms: number): void {
    if (this.#stop.signal.aborted || this.#later.has(state.id)) return;
    this.#later.set(
      state.id,
      this.#parts.clock.after(ms, () => this.#put(box, state)),
    );
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
      if (member.kind === 'outside' && !this.#pollers.has(alias)) return;
      const id = box.take(atOnce);
      if (id === undefined) return;
      const writer = shelf.peek(id);
      if (writer === undefined) box.done(id);
      else this.#give(writer, member.kind === 'outside' ? this.#pollers.take(alias) : undefined);
    }
  }

  #give(writer: TaskWriter, poller: Poller<TaskWriter> | undefined): void {
    const leasing = this.#lease(writer, poller).finally(() => this.#leasing.delete(leasing));
    this.#leasing.add(leasing);
  }

  /** Never rejects. */
  async #lease(writer: TaskWriter, poller: Poller<TaskWriter> | undefined): Promise<void> {
    const box = this.box(writer.state.to);
    try {
      const given = poller === undefined ? await this.#begin(writer) : await this.#leaseTo(writer, poller);
      if (poller !== undefined) this.#pollers.serve(poller, given ? writer : undefined);
    } catch (error) {
      // It was held or called off in this very moment, or cannot be written down now.
      const { state } = writer;
      box.done(state.id);
      if (SpoolError.from(error).code !== 'conflict') {
        this.#parts.logger.error({ task: state.id, err: error }, 'a task could not be begun');
        this.#putLater(box, state, UNWRITTEN_MS);
      }
      if (poller !== undefined) this.#pollers.putBack(poller);
      this.pump(box.alias);
    }
  }

  async #begin(writer: TaskWriter): Promise<boolean> {
    await writer.change((state, at) => decideLease(state, HUB, at));
    return true;
  }

  /** False when nobody waits for it any more: then it is as if nobody had asked. */
  async #leaseTo(writer: TaskWriter, poller: Poller<TaskWriter>): Promise<boolean> {
    const { alias, seconds, commandId } = poller.asking;
    const attempt = writer.state.attempt + 1;
    const name = commandId === undefined ? undefined : leaseName(commandId, attempt);
    await writer.change((state, at) => (poller.gone ? [] : decideLease(state, alias, at, seconds)), name);
    if (!poller.gone) return true;
    if (writer.state.attempt < attempt) {
      this.box(alias).done(writer.state.id);
      this.#put(this.box(alias), writer.state);
      return false;
    }
    await writer.change((state, at) => {
      const has = isBegun(state) && state.lessee === alias && state.attempt === attempt;
      return has ? decideHandBack(state, `${alias} was gone when it came`, { by: alias, agent: true }, at) : [];
    });
    return false;
  }

  /** The next task for an agent from elsewhere; undefined when none came while it waited. */
  async next(asking: Asking): Promise<TaskWriter | undefined> {
    const { alias, commandId } = asking;
    if (commandId !== undefined) {
      do {
        await this.#pollers.replace(alias, commandId);
        const had = await this.#leasedFor(alias, commandId);
        if (had !== undefined) return had;
      } while (this.#pollers.knows(alias, commandId));
    }
    if (this.#stop.signal.aborted) return undefined;
    const poller = this.#pollers.wait(asking);
    this.pump(alias);
    if (asking.waitMs <= 0) poller.endWait();
    return await poller.answer;
  }

  /** What was leased for an earlier request with this name, of which the answer may have been lost. */
  async #leasedFor(alias: string, commandId: string): Promise<TaskWriter | undefined> {
    for (const writer of this.#leasesOf(alias)) {
      const { id, attempt } = writer.state;
      if ((await this.#parts.shelf.knows(id, leaseName(commandId, attempt))) && this.#leasesOf(alias).includes(writer)) return writer;
    }
    return undefined;
  }

  #leasesOf(alias: string): TaskWriter[] {
    return [...this.#parts.shelf.list()].filter(({ state }) => isBegun(state) && state.to === alias && state.lessee === alias);
  }

  /** An agent from elsewhere may come in no more: what it has is taken from it. */
  async dismiss(alias: string): Promise<void> {
    this.#pollers.end(alias);
    const leases = this.#leasesOf(alias).map((writer) =>
      writer.change((state, at) => (state.lessee === alias ? decideGone(state, `${alias} was dismissed`, at) : [])),
    );
    for (const one of await Promise.allSettled(leases)) {
      if (one.status === 'rejected') this.#parts.logger.error({ err: one.reason }, `a task of ${alias} stays leased until its lease ends`);
    }
  }

  #run(writer: TaskWriter): void {
    const { id, to } = writer.state;
    if (this.#runs.has(id) || this.#stop.signal.aborted) return;
    const { members } = this.#parts;
    const run = new TaskRun(
      {
        ...this.#parts,
        standing: this.#standing,
        unheard: ({ to }) => isUnheard(members, to),
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
    this.#pollers.end();
    await Promise.all(this.#leasing);
    await Promise.all([...this.#runs.values()].map(({ done }) => done));
  }
}

/** The command of a lease: a task may be leased again for the same request, after the first lease has come to nothing. */
function leaseName(commandId: string, attempt: number): string {
  return `lease ${attempt} ${commandId}`;
}

/** A runtime without a program of its own does nothing that could outlast the host. */
function isUnheard(members: Members, alias: string): boolean {
  const member = members.get(alias);
  const runtime = member?.kind === 'local' ? members.capabilities(member.agent.runtime) : undefined;
  return runtime !== undefined && runtime.program !== null && !runtime.outlivesHost;
}
