/**
 * The hub: tasks between agents, never lost and never done twice. What is durable happens in each task's own stream; this puts the desks
 * together, checks rights, and sees to what one task's end means for others.
 */

import { setMaxListeners } from 'node:events';
import type { Clock } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import { demand } from '../contract/rights.js';
import type {
  AdmitOutsideAgent,
  AdmittedAgent,
  ChangeTask,
  FailTask,
  Leased,
  LeaseTask,
  Node,
  OutsideAgent,
  Presence,
  ReplyTask,
  ReportProgress,
  SendTask,
  Task,
} from '../contract/task.js';
import type { TaskEvent } from '../contract/task-events.js';
import {
  decideApprove,
  decideCancel,
  decideFailure,
  decideHandBack,
  decideHold,
  decideProgress,
  decideReply,
  type Voice,
} from '../domain/tasks/decide.js';
import { hasEnded, type TaskState, taskView } from '../domain/tasks/state.js';
import type { Host, Page, Principal } from '../host/face.js';
import type { Log, LogRecord } from '../ports/log.js';
import type { Logger } from '../ports/logger.js';
import type { OutsideDirectory } from '../ports/outside-agents.js';
import type { Snapshots } from '../ports/snapshots.js';
import type { WebhookStore } from '../ports/webhook-store.js';
import { Dispatch } from './dispatch.js';
import { Ends } from './ends.js';
import type { Hub, Peer, Schedules, Speaking, TaskQuery, Webhooks } from './face.js';
import { FirstLook } from './first-look.js';
import { hubSchedules } from './hub-schedules.js';
import { Members } from './members.js';
import { type NodeParts, nodeAgent, nodeOf } from './node-view.js';
import { OutsideDesk } from './outside-desk.js';
import { principalIn } from './outside-principal.js';
import { Presences } from './presence.js';
import { recoverTasks } from './recover-tasks.js';
import { SendDesk } from './send-desk.js';
import { Shelf } from './shelf.js';
import { Tally } from './tally.js';
import { TaskEvents } from './task-events.js';
import { listTasks, maySee } from './task-list.js';
import type { TaskStore, TaskWriter } from './task-writer.js';
import { Waiters } from './waiters.js';
import { createWebhooks } from './webhooks/webhooks.js';

export interface HubParts {
  readonly host: Host;
  readonly log: Log;
  /** Of tasks, apart from those of sessions. */
  readonly snapshots: Snapshots;
  readonly outside: OutsideDirectory;
  readonly webhookStore: WebhookStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What was seen in the log already. */
  readonly look?: FirstLook;
  /** What this host is called among others. */
  readonly node: NodeParts['node'];
}

/** Makes the hub of a host and picks up the tasks that are open, in the background. Dispose it before the host. */
export function createHub(parts: HubParts): Hub {
  return new LocalHub(parts);
}

const LEASE_SECONDS = 60;
/** An agent that asks again as soon as it is answered is there all the time. */
const BETWEEN_ASKING_SECONDS = 15;

class LocalHub implements Hub {
  readonly #parts: HubParts;
  readonly #shelf: Shelf;
  readonly #dispatch: Dispatch;
  readonly #ends: Ends;
  readonly #members: Members;
  readonly #presences: Presences;
  readonly #sending: SendDesk;
  readonly #outside: OutsideDesk;
  readonly #events: TaskEvents;
  readonly #waiters = new Waiters();
  readonly #tally = new Tally();
  readonly #stop = new AbortController();
  readonly schedules: Schedules;
  readonly webhooks: Webhooks;
  readonly #recovered: Promise<void>;
  #disposed: Promise<void> | undefined;

  constructor(parts: HubParts) {
    const { host, clock, logger } = parts;
    const store: TaskStore = parts;
    const { look = new FirstLook(parts.log) } = parts;
    this.#parts = parts;
    // As many listen to it as wait for tasks, which is no leak.
    setMaxListeners(0, this.#stop.signal);
    this.#presences = new Presences(clock);
    this.#members = new Members(host, parts.outside, this.#presences);
    this.#shelf = new Shelf(store, (writer, before, state) => this.#moved(writer, before, state));
    this.#dispatch = new Dispatch({ host, members: this.#members, shelf: this.#shelf, clock, logger, hostSince: parts.node.startedAt });
    const [members, presences, shelf, dispatch] = [this.#members, this.#presences, this.#shelf, this.#dispatch];
    this.#ends = new Ends({ shelf, dispatch, logger, stopping: this.#stop.signal });
    this.#sending = new SendDesk({ host, members, shelf, dispatch, ends: this.#ends, store, clock });
    this.#outside = new OutsideDesk({ directory: parts.outside, members, presences, dispatch });
    this.#events = new TaskEvents(parts.log);
    const recovered = (): Promise<void> => this.#recovered;
    this.schedules = hubSchedules({ ...store, streams: look.take('sch'), members, sending: this.#sending, recovered });
    this.webhooks = createWebhooks({ log: parts.log, store: parts.webhookStore, streams: look.take('whk'), clock, logger });
    const [stopping, pick] = [this.#stop.signal, (writer: TaskWriter) => this.#pick(writer)];
    this.#recovered = recoverTasks({ ...store, streams: look.take('tsk'), stopping, shelf: this.#shelf, pick });
  }

  async #task(id: string, by: Principal): Promise<TaskWriter> {
    const writer = await this.#shelf.get(id);
    if (maySee(writer.state, by)) return writer;
    throw new SpoolError('not-found', `there is no task ${id}`, { hint: 'an agent sees the tasks that it has sent or has' });
  }

  async sendTask(command: SendTask, by: Principal, speaking?: Speaking): Promise<Task> {
    demand(by, 'work');
    await this.#recovered;
    return this.#sending.send(command, by, speaking);
  }

  async listTasks(query: TaskQuery, by: Principal): Promise<Page<Task>> {
    demand(by, 'tasks');
    await this.#recovered;
    return listTasks(this.#parts.snapshots, this.#shelf, query, by);
  }

  async task(id: string, by: Principal): Promise<Task> {
    demand(by, 'tasks');
    return taskView((await this.#task(id, by)).state);
  }

  async waitTask(id: string, { seconds, signal }: { seconds: number; signal?: AbortSignal | undefined }, by: Principal): Promise<Task> {
    demand(by, 'tasks');
    const writer = await this.#task(id, by);
    const { clock } = this.#parts;
    await this.#waiters.until(id, () => hasEnded(writer.state), {
      ms: seconds * 1000,
      clock,
      signals: [signal, this.#stop.signal, this.#outside.until(by)],
    });
    return taskView(writer.state);
  }

  async cancelTask(id: string, { reason, commandId }: ChangeTask, by: Principal): Promise<Task> {
    demand(by, 'work');
    const writer = await this.#task(id, by);
    const { from } = writer.state;
    if (by.role === 'agent' && from !== by.name) throw new SpoolError('forbidden', `${by.name} has not sent task ${id}: ${from} has`);
    const text = this.#dispatch.textOf(id);
    return taskView(await writer.change((state, at) => decideCancel(state, by.name, reason, text, at), commandId));
  }

  async holdTask(id: string, { reason, commandId }: ChangeTask, by: Principal): Promise<Task> {
    demand(by, 'operate');
    const writer = await this.#task(id, by);
    return taskView(await writer.change((state, at) => decideHold(state, by.name, reason, at), commandId));
  }

  async approveTask(id: string, { reason, commandId }: ChangeTask, by: Principal): Promise<Task> {
    demand(by, 'operate');
    const writer = await this.#task(id, by);
    return taskView(await writer.change((state, at) => decideApprove(state, by.name, reason, at), commandId));
  }

  async reportProgress(id: string, command: ReportProgress, by: Principal): Promise<Task> {
    const { text = '', final, effect, attempt, commandId } = command;
    if (final === true) return this.replyTask(id, { text, attempt, commandId }, by);
    return this.#say(id, { by, attempt, commandId }, (state, voice, at) =>
      decideProgress(state, { text, kind: 'report', effect }, voice, at),
    );
  }

  async replyTask(id: string, { text, final, attempt, commandId }: ReplyTask, by: Principal): Promise<Task> {
    return this.#say(id, { by, attempt, commandId }, (state, voice, at) =>
      final === false ? decideProgress(state, { text, kind: 'reply' }, voice, at) : decideReply(state, text, voice, at),
    );
  }

  async failTask(id: string, { message, retryable = false, handBack, attempt, commandId }: FailTask, by: Principal): Promise<Task> {
    return this.#say(id, { by, attempt, commandId }, (state, voice, at) =>
      handBack === true
        ? decideHandBack(state, message, voice, at)
        : decideFailure(state, { code: 'reported', message, retryable, effects: [] }, voice, at),
    );
  }

  async #say(
    id: string,
    { by, attempt, commandId }: { by: Principal; attempt: number | undefined; commandId: string | undefined },
    decide: (state: TaskState, voice: Voice, at: string) => ReturnType<typeof decideReply>,
  ): Promise<Task> {
    demand(by, 'work');
    const writer = await this.#task(id, by);
    const agent = by.role === 'agent';
    if (agent && writer.state.to !== by.name) throw new SpoolError('forbidden', `task ${id} is for ${writer.state.to}, not for ${by.name}`);
    // As long as it has a lease it need not be heard of any sooner.
    if (agent && this.#parts.outside.get(by.name) !== undefined) {
      this.#presences.heard(by.name, Math.max(LEASE_SECONDS, writer.state.leaseSeconds ?? 0));
    }
    return taskView(await writer.change((state, at) => decide(state, { by: by.name, agent, attempt }, at), commandId));
  }

  async leaseTask(
    { agent, waitSeconds = 0, leaseSeconds = LEASE_SECONDS, commandId }: LeaseTask,
    by: Principal,
    signal?: AbortSignal,
  ): Promise<Leased> {
    demand(by, 'work');
    await this.#recovered;
    const alias = this.#outside.lessee(agent, by);
    const { clock } = this.#parts;
    this.#presences.heard(alias, Math.max(LEASE_SECONDS, waitSeconds + BETWEEN_ASKING_SECONDS));
    const writer = await this.#dispatch.next({ alias, seconds: leaseSeconds, waitMs: waitSeconds * 1000, clock, signal, commandId });
    if (writer === undefined) return { task: null };
    this.#presences.heard(alias, Math.max(LEASE_SECONDS, leaseSeconds));
    return { task: taskView(writer.state) };
  }

  async taskOf(by: Principal, speaking?: Speaking, named?: string): Promise<string | undefined> {
    demand(by, 'tasks');
    await this.#recovered;
    return this.#sending.taskOf(by, speaking, named);
  }

  async peers(by: Principal, speaking?: Speaking, named?: string): Promise<readonly Peer[]> {
    demand(by, 'tasks');
    await this.#recovered;
    const parts = { members: this.#members, presences: this.#presences, dispatch: this.#dispatch };
    const others = this.#members.list().filter(({ kind, alias }) => kind !== 'person' && alias !== by.name);
    const refusals = await this.#sending.refusals(others, by, speaking, named);
    return others.map((member, n) => ({ agent: nodeAgent(member, parts), refusal: refusals[n] }));
  }

  async events(
    id: string,
    query: { after: number; limit: number },
    by: Principal,
  ): Promise<{ events: readonly TaskEvent[]; next: number | null }> {
    await this.head(id, by);
    return this.#events.page(id, query);
  }

  async head(id: string, by: Principal): Promise<number> {
    demand(by, 'tasks');
    return (await this.#task(id, by)).state.position;
  }

  async *follow(query: { task: string; after: number; signal: AbortSignal }, by: Principal): AsyncIterable<LogRecord> {
    await this.head(query.task, by);
    const dismissed = this.#outside.until(by);
    const signal = AbortSignal.any([query.signal, this.#stop.signal, ...(dismissed === undefined ? [] : [dismissed])]);
    yield* this.#parts.log.follow({ stream: query.task, after: query.after, signal });
  }

  readonly counts: Hub['counts'] = () => this.#tally.with(this.#shelf.list());

  async nodes(by: Principal): Promise<Page<Node>> {
    demand(by, 'tasks');
    await this.#recovered;
    const { members, presences, dispatch } = { members: this.#members, presences: this.#presences, dispatch: this.#dispatch };
    const { version, node } = { version: this.#parts.host.version, node: this.#parts.node };
    return { items: [nodeOf({ members, presences, dispatch, version, node })], next: null };
  }

  listOutsideAgents(by: Principal): Page<OutsideAgent> {
    return this.#outside.list(by);
  }

  admitOutsideAgent(command: AdmitOutsideAgent, by: Principal): Promise<AdmittedAgent> {
    return this.#outside.admit(command, by);
  }

  dismissOutsideAgent(alias: string, by: Principal): Promise<OutsideAgent> {
    return this.#outside.dismiss(alias, by);
  }

  async present(alias: string, command: Presence, by: Principal): Promise<OutsideAgent> {
    return this.#outside.present(alias, command, by);
  }

  readonly principalOf: Hub['principalOf'] = (token) => principalIn(this.#parts.outside, token);

  /** A task that was woken at the start. */
  #pick(writer: TaskWriter): void {
    this.#dispatch.look(writer);
    this.#ends.pick(writer);
  }

  #moved(writer: TaskWriter, before: TaskState, state: TaskState): void {
    this.#dispatch.look(writer);
    if (!hasEnded(state)) return;
    this.#waiters.wake(state.id);
    if (hasEnded(before)) return;
    this.#tally.ended(state);
    this.#ends.ended(state);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    this.#stop.abort();
    await this.schedules[Symbol.asyncDispose]();
    await this.webhooks[Symbol.asyncDispose]();
    await this.#recovered;
    await this.#dispatch[Symbol.asyncDispose]();
    await this.#ends.drain();
    await this.#shelf.drain();
  }
}
