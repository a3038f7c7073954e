/**
 * The one connection to the Codex process of a home, shared by all its sessions: what comes in is handed to the thread that it is
 * about, in order. It ends once; then every thread hears why, and the pool makes a new one when somebody asks.
 */

import type { Clock } from '../../base/clock.js';
import type { AgentThread, Opened } from '../../ports/agent.js';
import type { Logger } from '../../ports/logger.js';
import type { ClientRequests } from '../generated/methods.js';
import { threadOf, UNHEARD } from '../translate/notifications.js';
import { stringField } from '../translate/unknown.js';
import { Client } from '../wire/client.js';
import { handshake } from '../wire/handshake.js';
import type { IncomingRequest } from '../wire/peer.js';
import type { Transport, TransportEnd } from '../wire/transport.js';
import { Asks } from './asks.js';
import type { Child, ChildExit } from './child.js';
import type { ClientMethod, Link } from './link.js';
import { CodexThread } from './thread.js';

export interface ConnectionParts {
  readonly home: string;
  readonly child: Child;
  readonly transport: Transport;
  /** Spool's own version. */
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
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
  readonly #parts: ConnectionParts;
  readonly #client: Client;
  readonly #threads = new Map<string, CodexThread>();
  /** Threads of sub-agents, and the thread that each was started from. */
  readonly #parents = new Map<string, string>();
  readonly #strays: Asks;
  #version: string;
  #over = false;

  private constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.home = parts.home;
    this.child = parts.child;
    this.#version = parts.child.version;
    const now = () => parts.clock.now();
    this.#strays = new Asks(now);
    this.#client = new Client(parts.transport, {
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

  request<M extends ClientMethod>(
    method: M,
    params: ClientRequests[M]['params'],
    onResult?: (result: ClientRequests[M]['result']) => void,
  ): Promise<ClientRequests[M]['result']> {
    return this.#client.request(method, params, onResult === undefined ? {} : { onResult });
  }

  /** Routes a thread from now on. An older holder of the same thread is told that it was closed. */
  attach(id: string, opened: Opened, defaults: AgentThread['defaults']): CodexThread {
    this.#threads.get(id)?.finish({
      how: 'closed',
      message: 'the thread was opened again elsewhere in this host',
      exitCode: null,
      signal: null,
      stderrTail: '',
    });
    const thread: CodexThread = new CodexThread({
      link: this,
      id,
      opened,
      defaults,
      now: () => this.#parts.clock.now(),
      leave: () => {
        if (this.#threads.get(id) === thread) this.#threads.delete(id);
      },
      debug: (fields, message) => this.#parts.logger.debug(fields, message),
    });
    this.#threads.set(id, thread);
    return thread;
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

  /** Lets go of the process without stopping it. Twice is fine. */
  async close(): Promise<void> {
    await this.#client.close();
    await this.ended;
  }

  #notified(method: string, params: unknown): void {
    if (method === 'thread/started') this.#rememberParent(params);
    const id = threadOf(params);
    if (id !== undefined) this.#threads.get(id)?.receive({ kind: 'notification', method, params });
    else for (const thread of this.#threads.values()) thread.receive({ kind: 'notification', method, params });
  }

  #requested(request: IncomingRequest): void {
    const { method, params } = request;
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
    const exit = end.how === 'closed' ? undefined : await this.#exitOf(end);
    const stderrTail = exit === undefined ? '' : await this.child.logTail();
    this.#over = true;
    const threads = [...this.#threads.values()];
    this.#threads.clear();
    if (end.how === 'closed') {
      for (const thread of threads) thread.finish({ how: 'closed', message: end.message, exitCode: null, signal: null, stderrTail });
    } else if (exit === undefined) {
      for (const thread of threads) thread.finish({ how: 'disconnected', message: end.message, exitCode: null, signal: null, stderrTail });
    } else {
      const message = exitMessage(exit);
      this.#parts.logger.warn({ home: this.home, ...exit, stderrTail }, message);
      for (const thread of threads) thread.finish({ how: 'exited', message, ...exit, stderrTail });
    }
  }

  /** How the process ended, or undefined when it lives on. */
  async #exitOf(end: TransportEnd): Promise<ChildExit | undefined> {
    if (end.how === 'exited') return { exitCode: end.exitCode ?? null, signal: end.signal ?? null };
    return await this.child.exit(GONE_MS);
  }
}

function exitMessage({ exitCode, signal }: ChildExit): string {
  if (signal !== null) return `Codex was ended by ${signal}`;
  return exitCode === null ? 'Codex is gone' : `Codex exited with status ${exitCode}`;
}
