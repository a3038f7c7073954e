/**
 * The runtime `opencode`: one server of OpenCode for each configuration serves all conversations that have it. Servers end with the host;
 * the conversations are in OpenCode's own data, in the home of the agent.
 */

import { mkdir } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { takeCensus } from '../base/census.js';
import type { Clock } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import { type Lazy, lazily } from '../base/lazily.js';
import { processTable } from '../base/process.js';
import type { ModelInfo, RuntimeCapabilities, RuntimeStatus } from '../contract/host.js';
import type { RuntimeOptions } from '../contract/runtime-options.js';
import type { Agent, AgentThread, Opened, OpenThread } from '../ports/agent.js';
import type { Logger } from '../ports/logger.js';
import { requireOpencode } from './binary.js';
import { OPENCODE_CAPABILITIES } from './capabilities.js';
import type { Conversation } from './conversation.js';
import { Link } from './link.js';
import { modelsOf } from './models.js';
import { Pool } from './pool.js';
import { startServer, stopLeftovers } from './server.js';
import { type ServerSettings, settingsOf } from './settings.js';
import { endOfCopy, settle, takenIn } from './settle.js';
import { OpencodeThread } from './thread.js';
import type { SessionInfo } from './wire.js';

export interface OpencodeAgentOptions {
  /** Where the executable is. Throws `runtime-missing`. Asked before each start of a server. */
  readonly binary: () => string;
  /** A folder of ours (made 0700) for what servers are given, and for what OpenCode keeps besides its data. */
  readonly runDir: string;
  /** What every process of an agent gets of the host's environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly startTimeoutMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class OpencodeAgent implements Agent {
  readonly capabilities: RuntimeCapabilities = OPENCODE_CAPABILITIES;
  readonly #options: OpencodeAgentOptions;
  readonly #pool: Pool;
  readonly #swept: Lazy<number>;
  #disposed: Promise<void> | undefined;

  constructor(options: OpencodeAgentOptions) {
    this.#options = options;
    this.#pool = new Pool((settings) => this.#start(settings), options.clock);
    this.#swept = lazily(() => stopLeftovers(options.runDir));
  }

  async status(): Promise<readonly RuntimeStatus[]> {
    const { links } = this.#pool;
    const census = await takeCensus(
      links.map(({ server }) => server.pid),
      processTable,
    );
    return links.map(({ server, settings, conversations }) => {
      const { memoryBytes = null, processes = null } = census.get(server.pid) ?? {};
      const threads = conversations.filter(({ heard }) => heard).length;
      const { pid, version } = server;
      return {
        runtime: 'opencode',
        home: settings.home,
        pid,
        version,
        transport: 'http',
        threads,
        memoryBytes,
        processes,
        outdated: false,
      };
    });
  }

  async models(home: string, options?: RuntimeOptions): Promise<readonly ModelInfo[]> {
    const settings = settingsOf({ session: '', home, model: undefined, permissions: {}, setup: undefined, options });
    return await this.#pool.use(settings, async ({ server }) => {
      const chosen = options?.config?.['model'];
      return modelsOf(await server.api.providers(home), typeof chosen === 'string' ? chosen : undefined);
    });
  }

  async open(thread: OpenThread, signal?: AbortSignal): Promise<AgentThread> {
    if (!isAbsolute(thread.home)) throw new SpoolError('invalid-input', `the home ${thread.home} is not an absolute path`);
    if (signal?.aborted === true) throw cancelled();
    const opening = this.#open(thread);
    return signal === undefined ? await opening : await orCancelled(opening, signal);
  }

  async #open(thread: OpenThread): Promise<OpencodeThread> {
    const running = this.#runningOf(thread.resume);
    // A turn that runs is where it was begun, also when the agent is configured otherwise by now.
    if (running !== undefined) return await this.#attach(running.link, running.conversation, 'resumed', thread);
    return await this.#pool.use(settingsOf(thread), async (link) => {
      const { info, opened } = await this.#session(link, thread);
      const servers = Object.keys(thread.setup?.mcpServers ?? {});
      return await this.#attach(link, link.conversation(info, { directory: thread.cwd, servers }), opened, thread);
    });
  }

  #runningOf(id: string | undefined): { link: Link; conversation: Conversation } | undefined {
    for (const link of this.#pool.links) {
      const conversation = id === undefined ? undefined : link.find(id);
      if (conversation?.turn !== undefined) return { link, conversation };
    }
    return undefined;
  }

  async #session({ server: { api } }: Link, thread: OpenThread): Promise<{ info: SessionInfo; opened: Opened }> {
    const { resume, cwd, fork, adopted, options } = thread;
    if (resume !== undefined) {
      try {
        return { info: await api.session(resume, cwd), opened: 'resumed' };
      } catch (error) {
        if (SpoolError.from(error).code !== 'not-found' || adopted === true) throw error;
      }
    } else if (fork !== undefined) {
      const end = fork.lastTurn === undefined ? { before: undefined } : endOfCopy(await api.messages(fork.thread, cwd), fork.lastTurn);
      if (end === undefined)
        throw new SpoolError('not-found', `OpenCode does not know the turn ${fork.lastTurn} of ${fork.thread} any more`);
      return { info: await api.fork(fork.thread, cwd, end.before), opened: 'started' };
    }
    // Without a title OpenCode asks the model for one, which is paid for; only one that was chosen for that is asked.
    const title = options?.smallModel === undefined ? { title: `Spool ${thread.session}` } : {};
    return { info: await api.createSession(cwd, title), opened: resume === undefined ? 'started' : 'replaced' };
  }

  async #attach(link: Link, conversation: Conversation, opened: Opened, thread: OpenThread): Promise<OpencodeThread> {
    const { unsettled, given = [], cwd } = thread;
    const goesOn = conversation.turn !== undefined;
    const asks = opened === 'resumed' && !goesOn && (unsettled !== undefined || given.length > 0);
    const messages = asks ? await link.server.api.messages(conversation.id, cwd) : [];
    const taken = given.length === 0 ? undefined : takenIn(messages, given);
    const live = new OpencodeThread({
      link,
      conversation,
      opened,
      thread,
      taken,
      clock: this.#options.clock,
      left: () => this.#pool.rest(),
    });
    if (unsettled === undefined) {
      if (goesOn) await conversation.catchUp(true);
      return live;
    }
    if (goesOn && conversation.turn === unsettled.turn) {
      live.unsettled = 'running';
      await conversation.catchUp(true);
      return live;
    }
    const settled = settle(messages, unsettled, { directory: cwd, servers: Object.keys(thread.setup?.mcpServers ?? {}) });
    live.unsettled = settled.state;
    live.tell(settled.facts);
    return live;
  }

  async #start(settings: ServerSettings): Promise<Link> {
    const { binary, runDir, env, startTimeoutMs, clock, logger } = this.#options;
    const left = await this.#swept.get();
    if (left > 0) logger.warn({ left }, 'OpenCode servers that an earlier host had left were stopped');
    const path = binary();
    const scratch = join(runDir, 'scratch');
    await mkdir(scratch, { recursive: true, mode: 0o700 });
    const version = await requireOpencode(path, scratch);
    const parts = { runDir, env, clock, ...(startTimeoutMs === undefined ? {} : { startTimeoutMs }) };
    const server = await startServer(path, version, settings, parts);
    logger.info({ home: settings.home, pid: server.pid, version }, 'an OpenCode server was started');
    try {
      return await Link.open({ server, settings, clock, logger });
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#pool.close();
    return this.#disposed;
  }
}

/** The thread, unless the signal comes first; a thread that is opened after all is let go of. */
function orCancelled(opening: Promise<OpencodeThread>, signal: AbortSignal): Promise<OpencodeThread> {
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
