/**
 * The runtime `codex-cli-mcp`: `codex mcp-server` with this host as its MCP client. For Codex from 0.130 to 0.153; what came after has no such
 * server.
 */

import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { takeCensus } from '../../base/census.js';
import type { Clock } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import { processTable } from '../../base/process.js';
import type { ModelInfo, RuntimeStatus } from '../../contract/host.js';
import type { Agent, AgentThread, Opened, OpenThread } from '../../ports/agent.js';
import type { Logger } from '../../ports/logger.js';
import type { Account } from '../app-server/account.js';
import type { Environment } from '../app-server/child-env.js';
import { codexVersion, requireCodex } from '../binary.js';
import { GONE, MCP_CAPABILITIES } from './capabilities.js';
import { firstCall } from './first-call.js';
import { Household } from './household.js';
import { refuseThread } from './limits.js';
import { McpThread } from './thread.js';
import { servesMcp } from './versions.js';

export interface CodexMcpOptions {
  /** Where the Codex executable is. Throws or rejects with `runtime-missing`. Asked at each opening. */
  readonly binary: () => Promise<string> | string;
  /** The host's environment; only a closed list of names is handed on to Codex. */
  readonly env: Environment;
  /** Handed on beside it. */
  readonly extraEnv?: Environment;
  /** Spool's own version, told to Codex. */
  readonly version: string;
  /** The login that a home should be given. One of ChatGPT cannot be given to `codex mcp-server`, and is refused. */
  readonly account?: (home: string) => Promise<Account | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class CodexMcp implements Agent {
  readonly capabilities = MCP_CAPABILITIES;
  readonly #options: CodexMcpOptions;
  readonly #households = new Map<string, Promise<Household>>();
  #disposed: Promise<void> | undefined;

  constructor(options: CodexMcpOptions) {
    this.#options = options;
  }

  async status(): Promise<readonly RuntimeStatus[]> {
    const standing = (await this.#all()).filter(({ over }) => !over);
    const census = await takeCensus(
      standing.flatMap(({ pid }) => pid ?? []),
      processTable,
    );
    const installed = standing.length === 0 ? undefined : await this.#installed();
    return standing.map(({ home, pid, version, threads }) => {
      const { memoryBytes = null, processes = null } = census.get(pid ?? 0) ?? {};
      const outdated = installed !== undefined && installed !== version;
      return {
        ...{ runtime: 'codex-cli-mcp', home, pid: pid ?? null, version, transport: 'stdio', threads, memoryBytes, processes, outdated },
      };
    });
  }

  /** It does not tell which models there are. */
  models(): Promise<readonly ModelInfo[]> {
    return Promise.resolve([]);
  }

  async open(thread: OpenThread, signal?: AbortSignal): Promise<AgentThread> {
    if (!isAbsolute(thread.home)) throw new SpoolError('invalid-input', `the CODEX_HOME ${thread.home} is not an absolute path`);
    this.#demandWanted(signal);
    refuseThread(thread);
    const household = await this.#household(thread.home);
    const first = await firstCall(thread, household.version);
    this.#demandWanted(signal);
    const found = household.find(thread.resume);
    if (found === undefined && thread.adopted === true) {
      throw new SpoolError('not-found', 'codex mcp-server cannot go on with a conversation that was begun elsewhere', {
        hint: 'use the runtime codex-app-server for it',
      });
    }
    const opened: Opened = found !== undefined ? 'resumed' : thread.resume !== undefined && thread.hadTurns ? 'replaced' : 'started';
    const conversation = found ?? household.add(`mcp-${randomUUID()}`, thread, first);
    const live = new McpThread(conversation, { opened, version: household.version });
    if (found === undefined && thread.unsettled !== undefined) live.unsettled = 'unknown';
    conversation.attach(live, thread, first);
    return live;
  }

  #demandWanted(signal: AbortSignal | undefined): void {
    if (this.#disposed !== undefined) throw new SpoolError('unavailable', 'this runtime was closed');
    if (signal?.aborted === true) throw new SpoolError('cancelled', 'the opening of the conversation was cancelled');
  }

  /** The process of the home, or a new one. One whose version is not the installed one any more goes on: its conversations live in it. */
  async #household(home: string): Promise<Household> {
    const there = await this.#households.get(home)?.catch(() => undefined);
    if (there !== undefined && !there.over) return there;
    const latest = this.#households.get(home);
    // Somebody else may have begun another one meanwhile.
    if (latest !== undefined && (await latest.catch(() => undefined)) !== there) return await this.#household(home);
    const starting = this.#start(home);
    this.#households.set(home, starting);
    starting.catch(() => {
      if (this.#households.get(home) === starting) this.#households.delete(home);
    });
    return await starting;
  }

  async #start(home: string): Promise<Household> {
    const { env, extraEnv = {}, version: spool, clock, logger } = this.#options;
    const binary = await this.#options.binary();
    const version = await requireCodex(binary);
    if (!servesMcp(version)) {
      throw new SpoolError('unsupported', `Codex ${version} at ${binary} has no "codex mcp-server" any more: it is gone since ${GONE}`, {
        hint: 'give the agent the runtime codex-app-server, which can do all of this and more, or codex-exec for work in batches',
        details: { path: binary, found: version, below: GONE },
      });
    }
    await this.#refuseLogin(home);
    await mkdir(home, { recursive: true, mode: 0o700 });
    const household = await Household.start({ home, binary, version, env, extraEnv, spool, clock, logger });
    logger.info({ home, pid: household.pid, version }, 'a Codex MCP server was started');
    if (this.#disposed === undefined) return household;
    await household[Symbol.asyncDispose]();
    throw new SpoolError('unavailable', 'this runtime was closed');
  }

  async #refuseLogin(home: string): Promise<void> {
    const account = await this.#options.account?.(home);
    if ((await account?.tokens()) === undefined) return;
    throw new SpoolError(
      'unsupported',
      'a ChatGPT login of the vault cannot be given to codex mcp-server, which would keep and renew it by itself',
      {
        hint: 'log in within the home (CODEX_HOME=... codex login), give the vault an API key, or use the runtime codex-app-server',
      },
    );
  }

  async #installed(): Promise<string | undefined> {
    try {
      return await codexVersion(await this.#options.binary());
    } catch {
      // It is gone or cannot be asked: what runs is not older than nothing.
      return undefined;
    }
  }

  async #all(): Promise<readonly Household[]> {
    const all = await Promise.all([...this.#households.values()].map((one) => one.catch(() => undefined)));
    return all.filter((one) => one !== undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    // Marked as disposed first, so that nothing is begun meanwhile.
    await Promise.resolve();
    await Promise.all((await this.#all()).map((household) => household[Symbol.asyncDispose]()));
    this.#households.clear();
  }
}
