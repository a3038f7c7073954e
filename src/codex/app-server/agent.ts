/**
 * The runtime `codex-app-server`: one long-lived Codex process per CODEX_HOME serves all sessions of that home. Where its version
 * can listen on a socket it outlives the host, and a turn goes on while the host is restarted.
 */

import { isAbsolute } from 'node:path';
import type { Clock } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import type { AgentPrompt } from '../../contract/agent-prompt.js';
import type { ModelInfo, RuntimeCapabilities, RuntimeStatus } from '../../contract/host.js';
import type { Agent, AgentThread, FirstPrompt, Opened, OpenThread } from '../../ports/agent.js';
import type { Logger } from '../../ports/logger.js';
import type { Attachment, JoinThread, Seat } from '../../ports/terminal.js';
import { codexVersion, requireCodex } from '../binary.js';
import { FreshThreads } from '../copresence/fresh-threads.js';
import type { Account } from './account.js';
import { appServerCapabilities } from './capabilities.js';
import { CARE, type Care, Caretaker } from './caretaker.js';
import { type Child, type ChildParts, findChild, startChild, type TransportKind } from './child.js';
import { childEnvironment, type Environment } from './child-env.js';
import { socketFits } from './child-files.js';
import { Connection } from './connection.js';
import { type LazyResults, lazyResults } from './lazy-results.js';
import { listModels } from './models.js';
import { type Opening, openThread } from './opening.js';
import { Pool } from './pool.js';
import { promptInput } from './prompt-input.js';
import { type Settled, settle, takenIn } from './settle.js';
import type { CodexThread } from './thread.js';
import { isSupported, listensOnUnix } from './versions.js';

/** How often a connection of `codex-cli-remote-control` asks for a sign of life: its line may lead through a tunnel. */
const HEARTBEAT = { everyMs: 20_000, mayMiss: 2 };

export interface CodexAppServerOptions {
  /**
   * `codex-cli-remote-control` always listens on a loopback port with a token, so that other clients of Codex can attach beside us; turns
   * that those begin in our conversations are told as ours. `codex-app-server` when absent.
   */
  readonly runtime?: 'codex-app-server' | 'codex-cli-remote-control';
  /** Where the Codex executable is. Throws or rejects with `runtime-missing`. Asked before each start of a process. */
  readonly binary: () => Promise<string> | string;
  /** A directory of ours (made 0700) for sockets, logs and state files. With a long path a loopback port is used instead of a socket. */
  readonly runDir: string;
  /** The host's environment; only a closed list of names is handed on to Codex. */
  readonly env: Environment;
  /** Handed on to Codex beside it. */
  readonly extraEnv?: Environment;
  /** Spool's own version, told to Codex. */
  readonly version: string;
  /** The login that the process of a home is given; it has its own, or none, without one. Asked anew each time. */
  readonly account?: (home: string) => Promise<Account | undefined>;
  /** Where what is taken out of conversations is kept; nothing is taken out without it. */
  readonly takenDir?: string;
  /** Leave processes with a running turn alive when this is disposed. */
  readonly keepRunningTurns: boolean;
  /** How to reach Codex; 'auto' takes the best that its version can. */
  readonly transport?: 'auto' | TransportKind;
  /** When processes are stopped or replaced; see `CARE`. */
  readonly care?: Partial<Care>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class CodexAppServer implements Agent {
  readonly capabilities: RuntimeCapabilities;
  readonly results: LazyResults | undefined;
  readonly #options: CodexAppServerOptions;
  readonly #parts: ChildParts;
  readonly #pool: Pool;
  readonly #caretaker: Caretaker;
  readonly #fresh = new FreshThreads();
  readonly #joined = new Set<Attachment>();
  #disposed: Promise<void> | undefined;

  constructor(options: CodexAppServerOptions) {
    const { runDir, env, extraEnv = {}, clock, logger, runtime = 'codex-app-server' } = options;
    this.#options = options;
    this.#parts = { runDir, env, extraEnv, clock, logger, ...(runtime === 'codex-app-server' ? {} : { heartbeat: HEARTBEAT }) };
    this.#pool = new Pool((home) => this.#connect(home));
    this.#caretaker = new Caretaker({
      care: { ...CARE, ...options.care },
      charges: () => this.#standing,
      installed: async () => await codexVersion(await options.binary()),
      clock,
      logger,
    });
    this.results =
      options.takenDir === undefined
        ? undefined
        : lazyResults({ folder: options.takenDir, use: (home, work) => this.#use(home, work), clock, logger });
    this.capabilities = appServerCapabilities(runtime, options.transport !== 'stdio' && options.keepRunningTurns);
  }

  async status(): Promise<readonly RuntimeStatus[]> {
    const census = await this.#caretaker.census();
    return this.#standing.map((connection) => {
      const { home, child, version, threads } = connection;
      const { memoryBytes = null, processes = null } = census.get(child.pid) ?? {};
      const outdated = this.#caretaker.outdated(connection);
      const { pid, transport } = child;
      return {
        runtime: this.capabilities.runtime,
        home,
        pid,
        version,
        transport,
        threads,
        memoryBytes,
        processes,
        outdated,
        ...child.endpoint,
      };
    });
  }

  get #standing(): readonly Connection[] {
    return this.#pool.connections.filter((connection) => !connection.over);
  }

  async models(home: string): Promise<readonly ModelInfo[]> {
    return await this.#use(home, (connection) => listModels(connection));
  }

  async prompt(of: FirstPrompt): Promise<AgentPrompt> {
    const { binary, env, extraEnv } = this.#options;
    return await promptInput({ binary: await binary(), env: childEnvironment(env, of.home, extraEnv), of });
  }

  /** Does something with the process of the home, which stays meanwhile. */
  #use<T>(home: string, work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.#pool.use(home, (connection) => this.#ready(connection), work);
  }

  /** Ends a process that is too old, or that has another login than it should have by now. Rejects as `Account.tokens` does. */
  async #ready(connection: Connection): Promise<void> {
    await this.#caretaker.beforeUse(connection);
    if (connection.over || (await this.#hasLogin(connection))) return;
    if (await connection.retire('its login has changed')) return;
    throw new SpoolError('conflict', `a turn runs in ${connection.home} with a login that is not to be used any more`, {
      hint: 'try again when it has ended, or interrupt it',
    });
  }

  /** Whether the process has the login that it should have; it is given it anew where it can be. */
  async #hasLogin(connection: Connection): Promise<boolean> {
    try {
      const wanted = await this.#options.account?.(connection.home);
      const { account } = connection;
      if (account === undefined) return wanted === undefined;
      return wanted === undefined ? !account.given : await account.login();
    } catch (err) {
      // A turn that goes on there has tokens, and asks for others when it needs them.
      if (!(await connection.busy())) throw err;
      this.#options.logger.warn({ err, home: connection.home }, 'a Codex process could not be given the ChatGPT login anew');
      return true;
    }
  }

  async open(thread: OpenThread, signal?: AbortSignal): Promise<AgentThread> {
    if (!isAbsolute(thread.home)) throw new SpoolError('invalid-input', `the CODEX_HOME ${thread.home} is not an absolute path`);
    if (signal?.aborted === true) throw cancelled();
    const opening = this.#use(thread.home, (connection) => this.#open(connection, thread, signal));
    if (signal === undefined) return await opening;
    return await orCancelled(opening, signal);
  }

  async join({ home, thread, allow }: JoinThread, seat: Seat, signal?: AbortSignal): Promise<Attachment> {
    const connection = this.#standing.find((one) => one.home === home);
    if (connection?.holds(thread) !== true) throw new SpoolError('unavailable', 'the conversation is not open (any more)');
    const { clock, logger } = this.#options;
    const { joinThread } = await import('../copresence/join.js');
    return await joinThread({ connection, seat, thread, allow, started: this.#fresh.get(thread), signal, clock, logger }, this.#joined);
  }

  async #open(connection: Connection, thread: OpenThread, signal: AbortSignal | undefined): Promise<CodexThread> {
    const { clock, logger } = this.#options;
    const attached: CodexThread[] = [];
    const route: Opening['route'] = (id, how, defaults, started) => {
      if (started !== undefined) this.#fresh.note(id, started);
      attached.push(connection.attach(id, how, defaults, thread.tools));
    };
    try {
      if (thread.resume !== undefined) await this.results?.ready(connection, thread.resume);
      const { id, opened, active } = await openThread({ link: connection, thread, route, clock, logger, signal });
      const [live] = attached;
      if (live === undefined) throw new SpoolError('runtime-failed', 'Codex opened a thread without an id');
      const { unsettled, given = [] } = thread;
      if (given.length > 0 && remembers(opened)) live.taken = await takenIn(connection, id, given);
      if (unsettled === undefined) live.settle(undefined, active);
      else live.settle(await this.#settle(connection, id, opened, unsettled), active);
      return live;
    } catch (error) {
      await Promise.all(attached.map((live) => live[Symbol.asyncDispose]()));
      throw error;
    }
  }

  async #settle(connection: Connection, id: string, opened: Opened, unsettled: NonNullable<OpenThread['unsettled']>): Promise<Settled> {
    if (!remembers(opened)) return { state: 'unknown' };
    const settled = await settle(connection, id, unsettled, this.#pause);
    // A copy has the turns of its original, but none runs in it.
    return opened !== 'resumed' && settled.state === 'running' ? { state: 'unknown' } : settled;
  }

  readonly #pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      this.#options.clock.after(ms, resolve);
    });

  /** The process that is there, or a new one. */
  async #connect(home: string): Promise<Connection> {
    const found = await findChild(home, this.#parts);
    if (found !== undefined) {
      const connection = await this.#meet(home, found);
      if (connection !== undefined) return connection;
    }
    const binary = await this.#options.binary();
    const version = await requireCodex(binary);
    const child = await startChild(home, { binary, version }, this.#transportFor(version, home), this.#parts);
    this.#options.logger.info({ home, pid: child.pid, version }, 'a Codex process was started');
    try {
      return await this.#greet(home, child);
    } catch (error) {
      await child.stop();
      throw error;
    }
  }

  /** Connects to a process that was left running; one that does not answer is stopped. */
  async #meet(home: string, found: Child): Promise<Connection | undefined> {
    try {
      if (isSupported(found.version)) return await this.#greet(home, found);
    } catch (err) {
      this.#options.logger.warn({ home, pid: found.pid, err }, 'a Codex process that was left running cannot be reached and is replaced');
    }
    await found.stop();
    return undefined;
  }

  async #greet(home: string, child: Child): Promise<Connection> {
    const { version, clock, logger } = this.#options;
    const account = await this.#options.account?.(home);
    const connection = await Connection.greet({
      ...{ home, child, transport: await child.connect(), version, clock, logger, account },
      withGuests: this.#options.runtime === 'codex-cli-remote-control',
      onRest: (rested) => void this.#caretaker.atRest(rested),
      onSilence: (silent) => void this.#caretaker.atSilence(silent),
    });
    this.#caretaker.watch();
    return connection;
  }

  #transportFor(version: string, home: string): TransportKind {
    const { runtime, transport = runtime === 'codex-cli-remote-control' ? 'websocket' : 'auto' } = this.#options;
    if (transport !== 'auto') return transport;
    return listensOnUnix(version) && socketFits(this.#options.runDir, home) ? 'unix' : 'websocket';
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    this.#caretaker.stop();
    await Promise.all([...this.#joined].map((attachment) => attachment[Symbol.asyncDispose]()));
    const connections = await this.#pool.close();
    await Promise.all(connections.map((connection) => this.#letGo(connection)));
    await this.#caretaker[Symbol.asyncDispose]();
  }

  async #letGo(connection: Connection): Promise<void> {
    const { child } = connection;
    const keep = this.#options.keepRunningTurns && child.outlivesUs && (await connection.busy());
    await connection.close();
    if (!keep) await child.stop();
  }
}

/** The thread, unless the signal comes first; a thread that is opened after all is let go of. */
function orCancelled(opening: Promise<CodexThread>, signal: AbortSignal): Promise<CodexThread> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(cancelled());
      opening.then(
        (live) => live[Symbol.asyncDispose](),
        () => undefined,
      );
    };
    signal.addEventListener('abort', onAbort, { once: true });
    opening.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function cancelled(): SpoolError {
  return new SpoolError('cancelled', 'the opening of the thread was cancelled');
}

/** Whether the turns of before are in the thread. */
function remembers(opened: Opened): boolean {
  return opened === 'resumed' || opened === 'forked' || opened === 'moved';
}
