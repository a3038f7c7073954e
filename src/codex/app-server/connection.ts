/**
 * The one connection to the Codex process of a home, shared by all its sessions: what comes in is handed to the thread that it is
 * about, in order. It ends once; then every thread hears why, and the pool makes a new one when somebody asks.
 */

import type { Clock } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import type { AgentThread, Opened, OpenThread } from '../../ports/agent.js';
import type { Logger } from '../../ports/logger.js';
import type { ClientRequests } from '../generated/methods.js';
import { threadOf, UNHEARD } from '../translate/notifications.js';
import { stringField } from '../translate/unknown.js';
import { Client } from '../wire/client.js';
import { handshake } from '../wire/handshake.js';
import type { IncomingRequest } from '../wire/peer.js';
import { tapped } from '../wire/tap.js';
import type { Transport, TransportEnd } from '../wire/transport.js';
import { type Account, ProcessAccount, TOKENS_REFUSED } from './account.js';
import { Asks } from './asks.js';
import type { Child, ChildExit } from './child.js';
import type { ClientMethod, Link } from './link.js';
import { CodexThread } from './thread.js';
import { listsTerminals } from './versions.js';

export interface ConnectionParts {
  readonly home: string;
  readonly child: Child;
  readonly transport: Transport;
  /** Spool's own version. */
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The login that the process is given; it has its own, or none, when absent. */
  readonly account?: Account | undefined;
  /** Whether turns that other clients begin in our threads are told as ours. */
  readonly withGuests?: boolean;
  /** Called when a turn has ended in the process. */
  readonly onRest?: (connection: Connection) => void;
  /** Called when a request got no answer in time. */
  readonly onSilence?: (connection: Connection) => void;
}

const HANDSHAKE_MS = 30_000;
/** How long a process may take to be gone after its socket closed, before we believe that it lives on. */
const GONE_MS = 500;
const ASK_MS = 5_000;

/** Sub-agents whose parents are remembered; the oldest are forgotten first. */
const MOST_PARENTS = 1_000;

export class Connection implements Link {
  readonly home: string;
  readonly child: Child;
  /** Resolves when the connection is over and all its threads know. */
  readonly ended: Promise<void>;
  /** The login that the process was given. */
  readonly account: ProcessAccount | undefined;
  readonly #parts: ConnectionParts;
  readonly #client: Client;
  readonly #threads = new Map<string, CodexThread>();
  /** Threads of sub-agents, and the thread that each was started from. */
  readonly #parents = new Map<string, string>();
  readonly #strays: Asks;
  #version: string;
  #over = false;
  /** Who is in the middle of something here, so that the process must stay. */
  #holds = 0;
  /** How often it was used, and when last. */
  #uses = 0;
  #lastUsed: number;
  /** Messages that came, of whatever kind. */
  #heard = 0;
  /** The process is ours to stop once the connection is closed. */
  #retired = false;
  /** Why the process was killed. */
  #verdict: string | undefined;
  /** What all threads are told, those too that are opened later, and which of them know. */
  #notice: string | undefined;
  readonly #told = new Set<string>();

  private constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.home = parts.home;
    this.child = parts.child;
    this.#version = parts.child.version;
    const now = () => parts.clock.now();
    this.#lastUsed = now();
    this.#strays = new Asks(now);
    this.account = parts.account === undefined ? undefined : new ProcessAccount(parts.account, this, parts.logger);
    const counted = tapped(parts.transport, (direction) => {
      if (direction === 'received') this.#heard += 1;
    });
    this.#client = new Client(counted, {
      clock: parts.clock,
      onNotification: ({ method, params }) => this.#notified(method, params),
      onRequest: (request) => this.#requested(request),
      onUnknown: (method, params) => {
        parts.logger.debug({ method }, 'Codex sent something that this version does not know');
        if (threadOf(params) !== undefined) this.#notified(method, params);
      },
      onNoise: (start) => parts.logger.warn({ start }, 'Codex sent something that is no message'),
      onFault: (err, method) => parts.logger.error({ err, method }, 'a message from Codex could not be handled'),
    });
    this.ended = this.#client.ended.then((end) => this.#end(end));
  }

  /** Greets the process. Rejects as the handshake does, with the transport closed. */
  static async greet(parts: ConnectionParts): Promise<Connection> {
    const connection = new Connection(parts);
    try {
      const { version } = await handshake(connection.#client, { version: parts.version, timeoutMs: HANDSHAKE_MS, without: UNHEARD });
      connection.#version = version ?? parts.child.version;
      return connection;
    } catch (error) {
      await connection.#client.close();
      throw error;
    }
  }

  get version(): string {
    return this.#version;
  }

  get born(): number {
    return this.child.born;
  }

  get threads(): number {
    return this.#threads.size;
  }

  /** True from the moment in which no answer can come any more. */
  get over(): boolean {
    return this.#over || this.#client.end !== undefined;
  }

  /** Whether a thread is open here. */
  holds(thread: string): boolean {
    return this.#threads.has(thread);
  }

  /** When something about a thread last came or went, in milliseconds since 1970. */
  get lastUsed(): number {
    return this.#lastUsed;
  }

  /** How many messages have come. */
  get heard(): number {
    return this.#heard;
  }

  async request<M extends ClientMethod>(
    method: M,
    params: ClientRequests[M]['params'],
    onResult?: (result: ClientRequests[M]['result']) => void,
  ): Promise<ClientRequests[M]['result']> {
    using _held = this.hold();
    try {
      return await this.#client.request(method, params, onResult === undefined ? {} : { onResult });
    } catch (error) {
      if (error instanceof SpoolError && error.code === 'timeout') this.#parts.onSilence?.(this);
      throw error;
    }
  }

  /** Keeps the process from being retired until the hold is let go of. */
  hold(): Disposable {
    this.#holds += 1;
    this.#use();
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (held) this.#holds -= 1;
        held = false;
      },
    };
  }

  #use(): void {
    this.#uses += 1;
    this.#lastUsed = this.#parts.clock.now();
  }

  /** Routes a thread from now on; `tools` are those that the host runs in it. An older holder of the same thread is told that it was closed. */
  attach(id: string, opened: Opened, defaults: AgentThread['defaults'], tools: OpenThread['tools'] = []): CodexThread {
    this.letGo(id, 'the thread was opened again elsewhere in this host');
    const thread: CodexThread = new CodexThread({
      link: this,
      id,
      opened,
      defaults,
      ...{ tools, withGuests: this.#parts.withGuests },
      now: () => this.#parts.clock.now(),
      pause: (ms) => new Promise((resolve) => void this.#parts.clock.after(ms, resolve)),
      leave: () => {
        if (this.#threads.get(id) === thread) this.#threads.delete(id);
      },
      debug: (fields, message) => this.#parts.logger.debug(fields, message),
    });
    this.#threads.set(id, thread);
    this.#tell(thread);
    return thread;
  }

  /** Tells the holder of a thread, if there is one, that it was closed. */
  letGo(id: string, message: string): void {
    this.#threads.get(id)?.finish({ how: 'closed', message, exitCode: null, signal: null, stderrTail: '' });
    this.#threads.delete(id);
  }

  /** Warns all threads once, also those that are attached later. True when this is news. */
  announce(notice: string): boolean {
    if (this.#notice === notice) return false;
    this.#notice = notice;
    this.#told.clear();
    for (const thread of this.#threads.values()) this.#tell(thread);
    return true;
  }

  /** Warns the threads that are there now. */
  warn(message: string): void {
    for (const thread of this.#threads.values()) warn(thread, message);
  }

  #tell(thread: CodexThread): void {
    const { id } = thread;
    if (this.#notice === undefined || this.#told.has(id)) return;
    this.#told.add(id);
    warn(thread, this.#notice);
  }

  /**
   * Whether some turn runs in the process, also in threads that nobody here holds any more. When Codex does not say, it is taken to
   * be so: a process too many does less harm than a turn too few.
   */
  async busy(): Promise<boolean> {
    if (this.over) return false;
    if ([...this.#threads.values()].some((thread) => thread.busy)) return true;
    try {
      return (await this.#activeThreads()).length > 0;
    } catch (err) {
      this.#parts.logger.debug({ err }, 'Codex did not say whether a turn runs');
      return !this.over;
    }
  }

  async #activeThreads(): Promise<string[]> {
    const options = { timeoutMs: ASK_MS };
    const { data } = await this.#client.request('thread/loaded/list', {}, options);
    const reads = data.map((threadId) => this.#client.request('thread/read', { threadId, includeTurns: false }, options));
    const threads = await Promise.allSettled(reads);
    return threads.flatMap((read) =>
      read.status === 'fulfilled' && read.value.thread.status.type === 'active' ? [read.value.thread.id] : [],
    );
  }

  /** How many commands run on in the process although their turns have ended: something that an agent started and left running. */
  async commandsLeft(): Promise<number> {
    if (!listsTerminals(this.#version)) return 0;
    const options = { timeoutMs: ASK_MS };
    const { data } = await this.#client.request('thread/loaded/list', {}, options);
    const lists = data.map((threadId) => this.#client.request('thread/backgroundTerminals/list', { threadId }, options));
    const commands = await Promise.allSettled(lists);
    return commands.reduce((sum, list) => sum + (list.status === 'fulfilled' ? list.value.data.length : 0), 0);
  }

  /**
   * Stops the process if nothing runs in it and nobody is about to use it: its threads are told that they are closed, and whoever
   * wants one opens it again in a new process. False when there is something for it to do. Resolves when the process is gone.
   */
  async retire(why: string): Promise<boolean> {
    const uses = this.#uses;
    if (!this.rests || (await this.busy())) return this.over;
    // Codex took its time to answer; whoever came meanwhile is served.
    if (uses !== this.#uses || !this.rests) return this.over;
    const { logger } = this.#parts;
    logger.info({ home: this.home, pid: this.child.pid, why }, 'a Codex process in which nothing runs is stopped');
    this.#retired = true;
    const threads = [...this.#threads.values()];
    this.#threads.clear();
    for (const thread of threads) {
      const message = `the Codex process was stopped while nothing ran in it: ${why}`;
      thread.finish({ how: 'closed', message, exitCode: null, signal: null, stderrTail: '' });
    }
    await this.close();
    return true;
  }

  /** Whether nothing runs in it, as far as we know by ourselves. */
  get rests(): boolean {
    return !this.over && this.#holds === 0 && ![...this.#threads.values()].some((thread) => thread.busy);
  }

  /** Whether the process gives any sign of life within that time, when it is asked for one. */
  async answers(withinMs: number): Promise<boolean> {
    const before = this.#heard;
    try {
      await this.#client.request('thread/loaded/list', {}, { timeoutMs: withinMs });
      return true;
    } catch {
      // Somebody else's answer, or a refusal, is one too.
      return this.over || this.#heard !== before;
    }
  }

  /** Kills a process of which nothing is to be hoped for; its threads hear that it has exited, with this message. */
  async kill(message: string): Promise<void> {
    this.#verdict ??= message;
    await this.child.stop(0);
    await this.close();
  }

  /** Lets go of the process without stopping it. Twice is fine. */
  async close(): Promise<void> {
    await this.#client.close();
    await this.ended;
  }

  #notified(method: string, params: unknown): void {
    if (method === 'thread/started') this.#rememberParent(params);
    const id = threadOf(params);
    if (id !== undefined) this.#use();
    if (id !== undefined) this.#threads.get(id)?.receive({ kind: 'notification', method, params });
    else for (const thread of this.#threads.values()) thread.receive({ kind: 'notification', method, params });
    if (method === 'turn/completed') this.#parts.onRest?.(this);
  }

  #requested(request: IncomingRequest): void {
    const { method, params } = request;
    this.#use();
    if (method === TOKENS_REFUSED && this.account !== undefined) {
      void this.account.answer(request);
      return;
    }
    const id = threadOf(params);
    const thread = id === undefined ? undefined : this.#holderOf(id);
    if (thread === undefined) this.#strays.take({ kind: 'request', method, params, request }, () => undefined);
    else thread.receive({ kind: 'request', method, params, request });
  }

  /** The thread, or the one that its sub-agent works for: a question of a sub-agent is asked in the session that people see. */
  #holderOf(id: string): CodexThread | undefined {
    let at: string | undefined = id;
    for (let depth = 0; at !== undefined && depth < 16; depth += 1) {
      const thread = this.#threads.get(at);
      if (thread !== undefined) return thread;
      at = this.#parents.get(at);
    }
    return undefined;
  }

  #rememberParent(params: unknown): void {
    const thread: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, 'thread') : undefined;
    const id = stringField(thread, 'id');
    const parent = stringField(thread, 'parentThreadId');
    if (id === undefined || parent === undefined) return;
    this.#parents.set(id, parent);
    const [oldest] = this.#parents.keys();
    if (this.#parents.size > MOST_PARENTS && oldest !== undefined) this.#parents.delete(oldest);
  }

  async #end(end: TransportEnd): Promise<void> {
    if (this.#retired) await this.child.stop();
    const closed = end.how === 'closed' && this.#verdict === undefined;
    const exit = closed ? undefined : await this.#exitOf(end);
    const stderrTail = exit === undefined ? '' : await this.child.logTail();
    this.#over = true;
    const threads = [...this.#threads.values()];
    this.#threads.clear();
    const nothing = { exitCode: null, signal: null, stderrTail };
    if (closed) {
      for (const thread of threads) thread.finish({ how: 'closed', message: end.message, ...nothing });
    } else if (exit === undefined && this.#verdict === undefined) {
      for (const thread of threads) thread.finish({ how: 'disconnected', message: end.message, ...nothing });
    } else {
      const how = exit ?? { exitCode: null, signal: null };
      const message = this.#verdict ?? exitMessage(how);
      this.#parts.logger.warn({ home: this.home, ...how, stderrTail }, message);
      for (const thread of threads) thread.finish({ how: 'exited', message, ...how, stderrTail });
    }
  }

  /** How the process ended, or undefined when it lives on. */
  async #exitOf(end: TransportEnd): Promise<ChildExit | undefined> {
    if (end.how === 'exited') return { exitCode: end.exitCode ?? null, signal: end.signal ?? null };
    return await this.child.exit(GONE_MS);
  }
}

/** As Codex itself would say it, so that it takes its place among what Codex says. */
function warn(thread: CodexThread, message: string): void {
  thread.receive({ kind: 'notification', method: 'warning', params: { threadId: thread.id, message } });
}

function exitMessage({ exitCode, signal }: ChildExit): string {
  if (signal !== null) return `Codex was ended by ${signal}`;
  return exitCode === null ? 'Codex is gone' : `Codex exited with status ${exitCode}`;
}
