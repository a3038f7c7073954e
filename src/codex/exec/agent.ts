/**
 * The runtime `codex-exec`: each turn is one process of `codex exec`, and between turns nothing runs. For work in batches; it cannot be asked
 * nor steered, and its processes end with the host.
 */

import { mkdir } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { takeCensus } from '../../base/census.js';
import type { Clock } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import { lazily } from '../../base/lazily.js';
import { processTable } from '../../base/process.js';
import type { ModelInfo, RuntimeStatus } from '../../contract/host.js';
import type { RuntimeOptions } from '../../contract/runtime-options.js';
import type { Agent, AgentThread, Opened, OpenThread } from '../../ports/agent.js';
import type { Logger } from '../../ports/logger.js';
import type { Account } from '../app-server/account.js';
import type { Environment } from '../app-server/child-env.js';
import { requireCodex } from '../binary.js';
import { canBeResumed } from '../rollout/find.js';
import { Book, isOurs, newConversationId } from './book.js';
import { EXEC_CAPABILITIES } from './capabilities.js';
import { settingsOf } from './command.js';
import { Conversation } from './conversation.js';
import { offeredModels } from './models.js';
import { notThere } from './settle.js';
import { stopLeftovers } from './workplace.js';

export interface CodexExecOptions {
  /** Where the Codex executable is. Throws or rejects with `runtime-missing`. Asked at each opening. */
  readonly binary: () => Promise<string> | string;
  /** A folder of ours for what belongs to running processes; it may be gone after a restart of the machine. */
  readonly runDir: string;
  /** A folder of ours that lasts, for what must be known of each conversation. */
  readonly bookDir: string;
  /** The host's environment; only a closed list of names is handed on to Codex. */
  readonly env: Environment;
  /** Handed on beside it. */
  readonly extraEnv?: Environment;
  /** The login that a home should be given. One of ChatGPT cannot be given to `codex exec`, and is refused. */
  readonly account?: (home: string) => Promise<Account | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class CodexExec implements Agent {
  readonly capabilities = EXEC_CAPABILITIES;
  readonly #options: CodexExecOptions;
  readonly #book: Book;
  readonly #conversations = new Map<string, Conversation>();
  /** The versions that were last seen, by home. */
  readonly #versions = new Map<string, string>();
  readonly #cleared = lazily(() => this.#clear());
  #disposed: Promise<void> | undefined;

  constructor(options: CodexExecOptions) {
    this.#options = options;
    this.#book = new Book(options.bookDir);
  }

  /** One for each home in which a conversation is open; its process is there only while a turn runs. */
  async status(): Promise<readonly RuntimeStatus[]> {
    const homes = new Map<string, Conversation[]>();
    for (const one of this.#conversations.values()) {
      if (one.open || one.pid !== undefined) homes.set(one.home, [...(homes.get(one.home) ?? []), one]);
    }
    const census = await takeCensus(
      [...homes.values()].flat().flatMap(({ pid }) => pid ?? []),
      processTable,
    );
    return [...homes].map(([home, all]) => {
      const pids = all.flatMap(({ pid }) => pid ?? []);
      const sizes = pids.flatMap((pid) => census.get(pid) ?? []);
      return {
        ...{ runtime: 'codex-exec', home, pid: pids.length === 1 ? (pids[0] ?? null) : null, version: this.#versions.get(home) ?? '' },
        ...{ transport: 'stdio', threads: all.filter(({ open }) => open).length, outdated: false },
        memoryBytes: sizes.reduce((sum, { memoryBytes }) => sum + (memoryBytes ?? 0), 0),
        processes: sizes.reduce((sum, { processes }) => sum + processes, 0),
      };
    });
  }

  models(_home: string, options: RuntimeOptions = {}): Promise<readonly ModelInfo[]> {
    return Promise.resolve(offeredModels(options));
  }

  async open(thread: OpenThread, signal?: AbortSignal): Promise<AgentThread> {
    if (!isAbsolute(thread.home)) throw new SpoolError('invalid-input', `the CODEX_HOME ${thread.home} is not an absolute path`);
    const demandWanted = (): void => {
      if (this.#disposed !== undefined) throw new SpoolError('unavailable', 'this runtime was closed');
      if (signal?.aborted === true) throw new SpoolError('cancelled', 'the opening of the conversation was cancelled');
    };
    demandWanted();
    const binary = await this.#options.binary();
    const version = await requireCodex(binary);
    await this.#refuseLogin(thread.home);
    // What cannot be told to Codex is said here, and not first when a turn is to begin.
    settingsOf(thread, {}, version);
    await this.#cleared.get();
    await mkdir(thread.home, { recursive: true, mode: 0o700 });
    demandWanted();
    const { runDir, env, extraEnv = {}, clock, logger } = this.#options;
    const { id, opened } = this.#find(thread);
    const conversation = this.#conversationOf(thread.home, id);
    this.#versions.set(thread.home, version);
    const live = await conversation.attach(thread, opened, { binary, version, runDir, env, extraEnv, clock, logger });
    try {
      demandWanted();
    } catch (error) {
      live.close();
      throw error;
    }
    return live;
  }

  /** Which conversation it is, by the name that the session knows. */
  #find({ home, resume, hadTurns, adopted }: OpenThread): { readonly id: string; readonly opened: Opened } {
    if (resume === undefined) return { id: newConversationId(), opened: 'started' };
    // One in which a turn runs may have no record yet.
    if (this.#conversations.get(keyOf(home, resume))?.pid !== undefined) return { id: resume, opened: 'resumed' };
    const thread = this.#book.read(home, resume)?.thread ?? (isOurs(resume) ? undefined : resume);
    const there = thread === undefined ? !hadTurns && adopted !== true : canBeResumed(home, thread);
    if (there) return { id: resume, opened: 'resumed' };
    if (adopted === true) throw notThere(resume, home);
    return { id: newConversationId(), opened: 'replaced' };
  }

  #conversationOf(home: string, id: string): Conversation {
    for (const [key, one] of this.#conversations) if (one.idle) this.#conversations.delete(key);
    const key = keyOf(home, id);
    const conversation = this.#conversations.get(key) ?? new Conversation(home, id, this.#book);
    this.#conversations.set(key, conversation);
    return conversation;
  }

  async #refuseLogin(home: string): Promise<void> {
    const account = await this.#options.account?.(home);
    if ((await account?.tokens()) === undefined) return;
    throw new SpoolError(
      'unsupported',
      'a ChatGPT login of the vault cannot be given to codex exec, which would keep and renew it by itself',
      {
        hint: 'log in within the home (CODEX_HOME=... codex login), give the vault an API key, or use the runtime codex-app-server',
      },
    );
  }

  async #clear(): Promise<void> {
    const { runDir, logger } = this.#options;
    const stopped = await stopLeftovers(runDir);
    if (stopped > 0) logger.warn({ stopped }, 'processes of codex exec were left over from an earlier host and were stopped');
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    await Promise.all([...this.#conversations.values()].map((one) => one[Symbol.asyncDispose]()));
    this.#conversations.clear();
  }
}

function keyOf(home: string, id: string): string {
  return `${home}\n${id}`;
}
