/**
 * The face of the hub: tasks between agents, and those who give and take them. Every call names who speaks; every error is a SpoolError.
 * Implemented in hub.ts.
 */

import type { ChangeSchedule, CreateSchedule, Schedule } from '../contract/schedule.js';
import type {
  AdmitOutsideAgent,
  AdmittedAgent,
  ChangeTask,
  FailTask,
  Leased,
  LeaseTask,
  Node,
  NodeAgent,
  OutsideAgent,
  Presence,
  ReplyTask,
  ReportProgress,
  SendTask,
  Task,
  TaskStatus,
} from '../contract/task.js';
import type { TaskEvent } from '../contract/task-events.js';
import type { CreatedWebhook, CreateWebhook, DeadLetter, Redeliver, Webhook } from '../contract/webhook.js';
import type { Page, Principal } from '../host/face.js';
import type { LogRecord } from '../ports/log.js';

/** In which conversation an agent of this host speaks; it tells which task it works on. */
export interface Speaking {
  readonly session: string | undefined;
  readonly turn: string | undefined;
}

/** Another agent, as one sees it that looks for help. */
export interface Peer {
  readonly agent: NodeAgent;
  /** Why it may not be sent a task; undefined where it may. */
  readonly refusal: string | undefined;
}

export interface TaskQuery {
  readonly to?: string | undefined;
  readonly status?: TaskStatus | 'open' | undefined;
  readonly root?: string | undefined;
  readonly context?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface Hub extends AsyncDisposable {
  /**
   * Sends a task; it is durable when this resolves. Rejects with `not-found` for an unknown alias, naming those like it, and with
   * `forbidden` where a rule does not let it pass: then the task is there, has failed, and stands in the error's details.
   */
  sendTask(command: SendTask, by: Principal, speaking?: Speaking): Promise<Task>;
  /** The newest first. An agent sees its own: those that it sent, has, or that follow from one of these. */
  listTasks(query: TaskQuery, by: Principal): Promise<Page<Task>>;
  task(id: string, by: Principal): Promise<Task>;
  /** The task once it has ended, or as it is after so long. Rejects with the signal's reason. */
  waitTask(id: string, query: { readonly seconds: number; readonly signal?: AbortSignal | undefined }, by: Principal): Promise<Task>;
  cancelTask(id: string, command: ChangeTask, by: Principal): Promise<Task>;
  /** Keeps a task from being begun. Rejects with `conflict` once it has. */
  holdTask(id: string, command: ChangeTask, by: Principal): Promise<Task>;
  /** Lets a held task go, or has one done again that may have been done in part. */
  approveTask(id: string, command: ChangeTask, by: Principal): Promise<Task>;
  reportProgress(id: string, command: ReportProgress, by: Principal): Promise<Task>;
  /** Closes the task. Rejects with `conflict` when it has ended, or is somebody else's by now. */
  replyTask(id: string, command: ReplyTask, by: Principal): Promise<Task>;
  failTask(id: string, command: FailTask, by: Principal): Promise<Task>;
  /** The next task for an agent from elsewhere. Asking for one is a sign of presence. */
  leaseTask(command: LeaseTask, by: Principal, signal?: AbortSignal): Promise<Leased>;
  /**
   * The task that the agent works on in this turn; where the turn is not known, the one that it names, or the only one that it has.
   * Rejects with `invalid-input` where it has several.
   */
  taskOf(by: Principal, speaking?: Speaking, named?: string): Promise<string | undefined>;
  /** The other agents, and which of them may be sent a task from here. */
  peers(by: Principal, speaking?: Speaking, named?: string): Promise<readonly Peer[]>;

  events(
    id: string,
    query: { readonly after: number; readonly limit: number },
    by: Principal,
  ): Promise<{ events: readonly TaskEvent[]; next: number | null }>;
  /** Position of a task's last event. Rejects with `not-found`. */
  head(id: string, by: Principal): Promise<number>;
  /** Records of one task behind `after`, then live, until `signal` is aborted. */
  follow(query: { readonly task: string; readonly after: number; readonly signal: AbortSignal }, by: Principal): AsyncIterable<LogRecord>;

  /** How many tasks are open, and how many have ended since the start, by status. */
  readonly counts: () => Readonly<Record<TaskStatus, number>>;
  nodes(by: Principal): Promise<Page<Node>>;
  listOutsideAgents(by: Principal): Page<OutsideAgent>;
  /** Rejects with `conflict` when the alias is taken. */
  admitOutsideAgent(command: AdmitOutsideAgent, by: Principal): Promise<AdmittedAgent>;
  /** Its token is worth nothing from then on; tasks for it stay. */
  dismissOutsideAgent(alias: string, by: Principal): Promise<OutsideAgent>;
  present(alias: string, command: Presence, by: Principal): Promise<OutsideAgent>;
  /** Who comes with this token; null when nobody does. */
  readonly principalOf: (token: string) => Principal | null;

  readonly schedules: Schedules;
  readonly webhooks: Webhooks;
}

/** Tasks that are sent by the clock. */
export interface Schedules extends AsyncDisposable {
  /** Rejects with `invalid-input` for an expression or a time zone that there is not, and for a time that has passed. */
  create(command: CreateSchedule, by: Principal): Promise<Schedule>;
  list(by: Principal): Promise<Page<Schedule>>;
  get(id: string, by: Principal): Promise<Schedule>;
  remove(id: string, by: Principal): Promise<Schedule>;
  pause(id: string, command: ChangeSchedule, by: Principal): Promise<Schedule>;
  resume(id: string, command: ChangeSchedule, by: Principal): Promise<Schedule>;
  run(id: string, command: ChangeSchedule, by: Principal): Promise<Task>;
}

/** Events that are posted to addresses. */
export interface Webhooks extends AsyncDisposable {
  create(command: CreateWebhook, by: Principal): Promise<CreatedWebhook>;
  list(by: Principal): Promise<Page<Webhook>>;
  get(id: string, by: Principal): Promise<Webhook>;
  remove(id: string, by: Principal): Promise<Webhook>;
  deadLetters(
    id: string,
    query: { readonly limit: number; readonly cursor?: string | undefined },
    by: Principal,
  ): Promise<Page<DeadLetter>>;
  redeliver(id: string, command: Redeliver, by: Principal): Promise<Webhook>;
}
