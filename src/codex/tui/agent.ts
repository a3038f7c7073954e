/**
 * The runtime `codex-code-cli`: Codex's own interface for the terminal, driven without anybody in front of it. Each turn has a process of its
 * own, and all of them write Codex's own record of the conversation, which a person can go on with in any terminal.
 */

import { isAbsolute, join } from 'node:path';
import { takeCensus } from '../../base/census.js';
import type { Clock } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import { processTable, stopPid } from '../../base/process.js';
import type { ModelInfo, RuntimeCapabilities, RuntimeStatus } from '../../contract/host.js';
import type { TerminalCommand } from '../../contract/terminal.js';
import type { Agent, AgentThread, Fact, Opened, OpenThread } from '../../ports/agent.js';
import type { Logger } from '../../ports/logger.js';
import type { Account } from '../app-server/account.js';
import { childEnvironment, type Environment } from '../app-server/child-env.js';
import { canBeResumed } from '../rollout/find.js';
import { TUI_CAPABILITIES } from './capabilities.js';
import { type Surroundings, terminalCommand } from './command.js';
import { Conversation, type ConversationParts } from './conversation.js';
import { FirstStarts } from './first-starts.js';
import { programAt } from './program.js';
import { type ConversationRecord, isOurs, Records } from './record.js';
import { settle } from './settle.js';
import { TuiThread } from './thread.js';

export interface CodexTuiOptions {
  /** Where the Codex executable is. Throws or rejects with `runtime-missing`. Asked before each start of a process. */
  readonly binary: () => Promise<string> | string;
  /** A folder of ours for what must not be lost. */
  readonly dataDir: string;
  /** A folder of ours for what is worth something only while we run. */
  readonly runDir: string;
  /** The host's environment; only a closed list of names is handed on to Codex. */
  readonly env: Environment;
  readonly extraEnv?: Environment;
  /** The login that a home is to be given by the host; the interface can be given none. */
  readonly account?: (home: string) => Promise<Account | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const LEFT_GRACE_MS = 2_000;

export class CodexTui implements Agent {
  readonly capabilities: RuntimeCapabilities = TUI_CAPABILITIES;
  readonly #options: CodexTuiOptions;
  readonly #records: Records;
  readonly #parts: ConversationParts;
  /** Those that somebody has open, or in which a turn runs. */
  readonly #live = new Map<string, { readonly conversation: Conversation; thread: TuiThread | undefined; version: string }>();
  #tidied: Promise<void> | undefined;
  #disposed: Promise<void> | undefined;

  constructor(options: CodexTuiOptions) {
    this.#options = options;
    this.#records = new Records(join(options.dataDir, 'conversations'));
    const around = (home: string): Promise<Surroundings> => this.#around(home);
    const files = join(options.runDir, 'turns');
    this.#parts = { records: this.#records, files, around, firstStarts: new FirstStarts(), clock: options.clock };
  }

  async status(): Promise<readonly RuntimeStatus[]> {
    const running = [...this.#live.values()].flatMap(({ conversation, version }) => {
      const child = conversation.run?.child;
      return child === undefined || child.exit !== undefined ? [] : [{ home: conversation.record.home, pid: child.pid, version }];
    });
    const counts = await takeCensus(
      running.map(({ pid }) => pid),
      processTable,
    );
    return running.map(({ home, pid, version }) => {
      const { memoryBytes = null, processes = null } = counts.get(pid) ?? {};
      return { runtime: 'codex-code-cli', home, pid, version, transport: 'stdio', threads: 1, memoryBytes, processes, outdated: false };
    });
  }

  models(): Promise<readonly ModelInfo[]> {
    return Promise.resolve([]);
  }

  async open(thread: OpenThread, signal?: AbortSignal): Promise<AgentThread> {
    const check = (): void => {
      if (this.#disposed !== undefined) throw new SpoolError('unavailable', 'this runtime was closed');
      if (signal?.aborted === true) throw new SpoolError('cancelled', 'the opening of the thread was cancelled');
    };
    check();
    if (!isAbsolute(thread.home)) throw new SpoolError('invalid-input', `the CODEX_HOME ${thread.home} is not an absolute path`);
    if (thread.fork !== undefined && thread.resume === undefined)
      throw new SpoolError('unsupported', 'Codex in a terminal copies no conversations here');
    await this.#demandOwnLogin(thread.home);
    const { program } = await this.#around(thread.home);
    this.#tidied ??= this.#tidy();
    await this.#tidied;
    check();
    return await this.#attach(thread, program.version, check);
  }

  /** The command with which a person goes on with a conversation of this runtime. `id` is what `AgentThread.id` was. */
  async terminal(thread: OpenThread, id: string): Promise<TerminalCommand> {
    const native = isOurs(id) ? this.#records.read(thread.home, id)?.native : id;
    const run = this.#live.get(keyOf(thread.home, id))?.conversation.run;
    if (run?.ended === true) await run.over;
    else if (run !== undefined) {
      throw new SpoolError('conflict', 'a turn runs in this conversation', { hint: 'wait for its end, or interrupt it' });
    }
    if (native === undefined) {
      throw new SpoolError('conflict', 'nothing was said in this conversation yet', { hint: 'run a turn in it first' });
    }
    return terminalCommand(thread, native, await this.#around(thread.home));
  }

  async #attach(thread: OpenThread, version: string, check: () => void): Promise<TuiThread> {
    const { record, opened } = this.#recordFor(thread);
    const key = keyOf(record.home, record.id);
    const live = this.#live.get(key) ?? { conversation: new Conversation(record, this.#parts), thread: undefined, version };
    const { conversation } = live;
    const { unsettled } = thread;
    const settled = unsettled === undefined ? undefined : await this.#settle(conversation, unsettled);
    check();
    this.#live.set(key, live);
    live.version = version;
    live.thread?.close('the conversation was opened again');
    // Nothing may come in between: what a running turn says from now on goes to the new one.
    const missed = settled === undefined ? [] : settled.missed();
    const terminal = (): Promise<TerminalCommand> => this.terminal(thread, conversation.record.id);
    const opening = { conversation, thread, opened, version, unsettled: settled?.state, missed, terminal };
    const attached: TuiThread = new TuiThread({ ...opening, onLeave: () => void this.#left(key, attached) });
    live.thread = attached;
    return attached;
  }

  /** What is remembered of the conversation, or a new one where nothing is. */
  #recordFor(thread: OpenThread): { record: ConversationRecord; opened: Opened } {
    const { home, cwd, resume } = thread;
    const known = resume === undefined ? undefined : this.#known(home, cwd, resume);
    if (known !== undefined) return { record: { ...known, cwd }, opened: 'resumed' };
    if (resume !== undefined && thread.adopted === true) {
      throw new SpoolError('not-found', `Codex has no conversation ${resume} in ${home}`);
    }
    const record = this.#records.make(home, cwd);
    this.#records.write(record);
    return { record, opened: resume === undefined || !thread.hadTurns ? 'started' : 'replaced' };
  }

  #known(home: string, cwd: string, id: string): ConversationRecord | undefined {
    const live = this.#live.get(keyOf(home, id))?.conversation.record;
    if (live !== undefined) return live;
    const record = this.#records.read(home, id) ?? (isOurs(id) ? undefined : { id, home, cwd, native: id, turns: [] });
    // One that Codex no longer has cannot be gone on with.
    return record?.native !== undefined && !canBeResumed(home, record.native) ? undefined : record;
  }

  async #settle(conversation: Conversation, unsettled: NonNullable<OpenThread['unsettled']>) {
    const { run } = conversation;
    const given = conversation.record.turns.find(({ id }) => id === unsettled.turn);
    if (run !== undefined && run.turn === unsettled.turn) {
      // One that has not begun yet is refused or begins: the start is the proof of it. What has died is read from the rollout.
      const ref = await run.begun.catch(() => undefined);
      if (run.died) await run.over;
      if (ref !== undefined && conversation.run === run) {
        const started: Fact[] = unsettled.ref === undefined ? [{ type: 'turn.started', turn: unsettled.turn, ref }] : [];
        return { state: 'running' as const, missed: () => [...started, ...run.told] };
      }
    }
    const rollout = given === undefined ? undefined : await conversation.rollout();
    if (given === undefined || rollout === undefined) return { state: 'unknown' as const, missed: () => [] };
    const settled = await settle(rollout.file, given, unsettled);
    return { state: settled.state, missed: () => (settled.state === 'ended' ? settled.missed : []) };
  }

  async #left(key: string, thread: TuiThread): Promise<void> {
    const live = this.#live.get(key);
    if (live?.thread !== thread) return;
    live.thread = undefined;
    await live.conversation.run?.over;
    if (live.thread === undefined && live.conversation.run === undefined) this.#live.delete(key);
  }

  async #around(home: string): Promise<Surroundings> {
    const { env, extraEnv = {}, dataDir, logger } = this.#options;
    const path = await this.#options.binary();
    const warn = (fields: object, message: string): void => logger.warn(fields, message);
    const program = await programAt({ path, env: childEnvironment(env, home, extraEnv), warn });
    return { program, env, extraEnv, homes: join(dataDir, 'homes') };
  }

  async #demandOwnLogin(home: string): Promise<void> {
    if ((await (await this.#options.account?.(home))?.tokens()) === undefined) return;
    throw new SpoolError('unsupported', 'Codex in a terminal cannot be given the ChatGPT login of the vault', {
      hint: `log in there: CODEX_HOME=${home} codex login, or use the runtime codex-app-server`,
    });
  }

  /** What a host that was killed has left running: the terminal is gone, and mostly the process with it. */
  async #tidy(): Promise<void> {
    for (const record of this.#records.all()) {
      if (record.process === undefined) continue;
      const { pid, start } = record.process;
      const left = await stopPid(pid, start, { graceMs: LEFT_GRACE_MS });
      if (left.length > 0) this.#options.logger.warn({ pids: left }, 'processes of an earlier host could not be stopped');
      this.#records.write({ ...record, process: undefined });
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    await this.#tidied;
    const live = [...this.#live.values()];
    for (const { conversation, thread } of live) {
      conversation.listen(undefined);
      thread?.close('the runtime was closed');
    }
    await Promise.all(live.map(({ conversation }) => conversation.close()));
    this.#live.clear();
  }
}

function keyOf(home: string, id: string): string {
  return `${home}\n${id}`;
}
