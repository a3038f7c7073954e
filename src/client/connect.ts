/** The typed client of a host's HTTP API. Holds no connection of its own, so there is nothing to close. Runs in a browser. */

import type { Event } from '../contract/events.js';
import type { RouteBody, RouteQuery, RouteResult } from '../contract/routes.js';
import type { Schedule } from '../contract/schedule.js';
import type { Turn, TurnAccepted } from '../contract/session.js';
import type { Task } from '../contract/task.js';
import type { TaskEvent } from '../contract/task-events.js';
import type { Webhook } from '../contract/webhook.js';
import { type FollowOptions, follow, followTask } from './follow.js';
import type { CallOptions } from './paths.js';
import type { SessionHandle } from './query.js';
import { runTurn, type WaitOptions, waitForTurn, watchTurn } from './run-turn.js';
import { sessionHandle } from './session-handle.js';
import { waitForTask } from './wait-task.js';
import { type CallRoute, type ConnectOptions, Wire } from './wire.js';

/** Every method rejects with a SpoolError; `unavailable` when no host answers. */
export class Client {
  readonly #wire: Wire;

  constructor(options: ConnectOptions) {
    this.#wire = new Wire(options);
  }

  /** Where the host answers. */
  get url(): string {
    return this.#wire.url;
  }

  /** Any route of the API by its name in the route table. */
  call<R extends CallRoute>(route: R, options: CallOptions<R>): Promise<RouteResult<R>> {
    return this.#wire.call(route, options);
  }

  readonly sessions = {
    open: (body: RouteBody<'openSession'> = {}): Promise<RouteResult<'openSession'>> => this.#wire.call('openSession', { body }),
    list: (query?: RouteQuery<'listSessions'>): Promise<RouteResult<'listSessions'>> => this.#wire.call('listSessions', { query }),
    get: (id: string): Promise<RouteResult<'session'>> => this.#wire.call('session', { params: { id } }),
    archive: (id: string): Promise<RouteResult<'archiveSession'>> => this.#wire.call('archiveSession', { params: { id } }),
    update: (id: string, body: RouteBody<'updateSession'>): Promise<RouteResult<'updateSession'>> =>
      this.#wire.call('updateSession', { params: { id }, body }),
    fork: (id: string, body: RouteBody<'forkSession'> = {}): Promise<RouteResult<'forkSession'>> =>
      this.#wire.call('forkSession', { params: { id }, body }),
    compact: (id: string, body: RouteBody<'compactSession'> = {}): Promise<RouteResult<'compactSession'>> =>
      this.#wire.call('compactSession', { params: { id }, body }),
    /** A terminal that the runtime's own interface can connect to. */
    terminal: (id: string, body: RouteBody<'openTerminal'> = {}): Promise<RouteResult<'openTerminal'>> =>
      this.#wire.call('openTerminal', { params: { id }, body }),
    /** The command with which a person goes on with the conversation in a terminal of their own. */
    terminalCommand: (id: string): Promise<RouteResult<'terminalCommand'>> => this.#wire.call('terminalCommand', { params: { id } }),
    review: (id: string, body: RouteBody<'reviewSession'>): Promise<RouteResult<'reviewSession'>> =>
      this.#wire.call('reviewSession', { params: { id }, body }),
    files: (id: string, query?: RouteQuery<'listFiles'>): Promise<RouteResult<'listFiles'>> =>
      this.#wire.call('listFiles', { params: { id }, query }),
    /** The answer with the bytes of a file that a turn produced: `blob()`, `arrayBuffer()`, or its `body` as a stream. */
    file: (id: string, file: string): Promise<Response> => this.#wire.file(id, file),
    /** What the conversation carries of its tools' answers, and what was taken out of it. */
    results: (id: string): Promise<RouteResult<'listResults'>> => this.#wire.call('listResults', { params: { id } }),
    consume: (id: string, body: RouteBody<'consumeResults'>): Promise<RouteResult<'consumeResults'>> =>
      this.#wire.call('consumeResults', { params: { id }, body }),
    restore: (id: string, body: RouteBody<'restoreResults'>): Promise<RouteResult<'restoreResults'>> =>
      this.#wire.call('restoreResults', { params: { id }, body }),
    /** One page of events; `follow` is for those that come. */
    events: (id: string, query?: RouteQuery<'events'>): Promise<RouteResult<'events'>> =>
      this.#wire.call('events', { params: { id }, query }),
    /** One page of the conversation as chat messages. */
    messages: (id: string, query?: RouteQuery<'messages'>): Promise<RouteResult<'messages'>> =>
      this.#wire.call('messages', { params: { id }, query }),
  };

  readonly turns = {
    request: (session: string, body: RouteBody<'requestTurn'>): Promise<RouteResult<'requestTurn'>> =>
      this.#wire.call('requestTurn', { params: { id: session }, body }),
    list: (session: string, query?: RouteQuery<'listTurns'>): Promise<RouteResult<'listTurns'>> =>
      this.#wire.call('listTurns', { params: { id: session }, query }),
    get: (session: string, turn: string): Promise<Turn> => this.#wire.call('turn', { params: { id: session, turn } }),
    /** Takes back a turn that has not begun. Rejects with `conflict` once it has. */
    cancel: (session: string, turn: string): Promise<Turn> => this.#wire.call('cancelTurn', { params: { id: session, turn } }),
    /** Puts a queued turn right before another queued one, or at the end with null. */
    move: (session: string, turn: string, before: string | null): Promise<Turn> =>
      this.#wire.call('moveTurn', { params: { id: session, turn }, body: { before } }),
  };

  readonly approvals = {
    list: (query?: RouteQuery<'listApprovals'>): Promise<RouteResult<'listApprovals'>> => this.#wire.call('listApprovals', { query }),
    get: (id: string): Promise<RouteResult<'approval'>> => this.#wire.call('approval', { params: { id } }),
    /** Rejects with `conflict` when somebody has answered before; its details show who. */
    answer: (id: string, body: RouteBody<'answerApproval'>): Promise<RouteResult<'answerApproval'>> =>
      this.#wire.call('answerApproval', { params: { id }, body }),
  };

  readonly agents = {
    list: (): Promise<RouteResult<'listAgents'>> => this.#wire.call('listAgents', {}),
    get: (alias: string): Promise<RouteResult<'agent'>> => this.#wire.call('agent', { params: { alias } }),
    models: (alias: string): Promise<RouteResult<'models'>> => this.#wire.call('models', { params: { alias } }),
    /** What the model would be shown before the first message. */
    prompt: (alias: string, query?: RouteQuery<'prompt'>): Promise<RouteResult<'prompt'>> =>
      this.#wire.call('prompt', { params: { alias }, query }),
    create: (body: RouteBody<'createAgent'>): Promise<RouteResult<'createAgent'>> => this.#wire.call('createAgent', { body }),
    update: (alias: string, body: RouteBody<'updateAgent'>): Promise<RouteResult<'updateAgent'>> =>
      this.#wire.call('updateAgent', { params: { alias }, body }),
    remove: (alias: string): Promise<RouteResult<'removeAgent'>> => this.#wire.call('removeAgent', { params: { alias } }),
  };

  /** Work for agents, and of agents. */
  readonly tasks = {
    send: (body: RouteBody<'sendTask'>): Promise<Task> => this.#wire.call('sendTask', { body }),
    list: (query?: RouteQuery<'listTasks'>): Promise<RouteResult<'listTasks'>> => this.#wire.call('listTasks', { query }),
    get: (id: string): Promise<Task> => this.#wire.call('task', { params: { id } }),
    /** The task once it has ended, however long that takes. */
    wait: (id: string, options: WaitOptions = {}): Promise<Task> => waitForTask(this.#wire, id, options),
    cancel: (id: string, body: RouteBody<'cancelTask'> = {}): Promise<Task> => this.#wire.call('cancelTask', { params: { id }, body }),
    hold: (id: string, body: RouteBody<'holdTask'> = {}): Promise<Task> => this.#wire.call('holdTask', { params: { id }, body }),
    /** Lets a held task go, or has one done again that may have been done in part. */
    approve: (id: string, body: RouteBody<'approveTask'> = {}): Promise<Task> => this.#wire.call('approveTask', { params: { id }, body }),
    progress: (id: string, body: RouteBody<'reportProgress'>): Promise<Task> => this.#wire.call('reportProgress', { params: { id }, body }),
    reply: (id: string, body: RouteBody<'replyTask'>): Promise<Task> => this.#wire.call('replyTask', { params: { id }, body }),
    fail: (id: string, body: RouteBody<'failTask'>): Promise<Task> => this.#wire.call('failTask', { params: { id }, body }),
    /** The next task for an agent from elsewhere; null when none came in time. */
    lease: async (body: RouteBody<'leaseTask'> = {}, signal?: AbortSignal): Promise<Task | null> =>
      (await this.#wire.call('leaseTask', { body, signal })).task,
    events: (id: string, query?: RouteQuery<'taskEvents'>): Promise<RouteResult<'taskEvents'>> =>
      this.#wire.call('taskEvents', { params: { id }, query }),
    /** Events of a task: replay behind `after`, then live, through cuts and restarts. Ends when `signal` is aborted. */
    follow: (id: string, options?: FollowOptions): AsyncGenerator<TaskEvent, void> => followTask(this.#wire, id, options),
  };

  readonly outsideAgents = {
    list: (): Promise<RouteResult<'listOutsideAgents'>> => this.#wire.call('listOutsideAgents', {}),
    /** The answer has the token, this once. */
    admit: (body: RouteBody<'admitOutsideAgent'>): Promise<RouteResult<'admitOutsideAgent'>> =>
      this.#wire.call('admitOutsideAgent', { body }),
    dismiss: (alias: string): Promise<RouteResult<'dismissOutsideAgent'>> => this.#wire.call('dismissOutsideAgent', { params: { alias } }),
    present: (alias: string, body: RouteBody<'present'> = {}): Promise<RouteResult<'present'>> =>
      this.#wire.call('present', { params: { alias }, body }),
  };

  readonly schedules = {
    create: (body: RouteBody<'createSchedule'>): Promise<Schedule> => this.#wire.call('createSchedule', { body }),
    list: (): Promise<RouteResult<'listSchedules'>> => this.#wire.call('listSchedules', {}),
    get: (id: string): Promise<Schedule> => this.#wire.call('schedule', { params: { id } }),
    remove: (id: string): Promise<Schedule> => this.#wire.call('removeSchedule', { params: { id } }),
    pause: (id: string): Promise<Schedule> => this.#wire.call('pauseSchedule', { params: { id }, body: {} }),
    resume: (id: string): Promise<Schedule> => this.#wire.call('resumeSchedule', { params: { id }, body: {} }),
    /** Sends its task now, besides its times. */
    run: (id: string, body: RouteBody<'runSchedule'> = {}): Promise<Task> => this.#wire.call('runSchedule', { params: { id }, body }),
  };

  readonly webhooks = {
    /** The answer has the secret, this once. */
    create: (body: RouteBody<'createWebhook'>): Promise<RouteResult<'createWebhook'>> => this.#wire.call('createWebhook', { body }),
    list: (): Promise<RouteResult<'listWebhooks'>> => this.#wire.call('listWebhooks', {}),
    get: (id: string): Promise<Webhook> => this.#wire.call('webhook', { params: { id } }),
    remove: (id: string): Promise<Webhook> => this.#wire.call('removeWebhook', { params: { id } }),
    deadLetters: (id: string, query?: RouteQuery<'deadLetters'>): Promise<RouteResult<'deadLetters'>> =>
      this.#wire.call('deadLetters', { params: { id }, query }),
    redeliver: (id: string, body: RouteBody<'redeliver'> = {}): Promise<Webhook> => this.#wire.call('redeliver', { params: { id }, body }),
  };

  /** The hosts of the network, their agents and load. */
  nodes(): Promise<RouteResult<'nodes'>> {
    return this.#wire.call('nodes', {});
  }

  /** A session by its id, for conversations in the shape that agent platforms use. Nothing is sent yet. */
  session(id: string): SessionHandle {
    return sessionHandle(this.#wire, id);
  }

  status(): Promise<RouteResult<'status'>> {
    return this.#wire.call('status', {});
  }

  /** Asks for the running turn to stop, or only for a certain one if it runs; its end comes as an event. */
  interrupt(session: string, body: RouteBody<'interrupt'> = {}): Promise<RouteResult<'interrupt'>> {
    return this.#wire.call('interrupt', { params: { id: session }, body });
  }

  /** Events of a session: replay behind `after`, then live, through cuts and restarts. Ends when `signal` is aborted. */
  follow(session: string, options?: FollowOptions): AsyncGenerator<Event, void> {
    return follow(this.#wire, session, options);
  }

  /** The turn once it has ended. */
  wait(session: string, turn: string, options?: WaitOptions): Promise<Turn> {
    return waitForTurn(this.#wire, session, turn, options);
  }

  /** Asks for a turn and gives the events until it has ended; the generator returns the ended turn. */
  run(session: string, body: RouteBody<'requestTurn'>, options?: WaitOptions): AsyncGenerator<Event, Turn> {
    return runTurn(this.#wire, session, body, options);
  }

  /** The same for a turn that has been accepted already, as by `sessions.review`. */
  watch(session: string, accepted: TurnAccepted, options?: WaitOptions): AsyncGenerator<Event, Turn> {
    return watchTurn(this.#wire, session, accepted, options);
  }
}

/** A client of the host at `url`. Nothing is sent yet. Throws `invalid-input` when `url` is none. */
export function connect(options: ConnectOptions): Client {
  return new Client(options);
}
