/**
 * The agent port: what the host needs of a runtime. One `Agent` serves all sessions of its runtime; one `AgentThread` is the live
 * end of one session's conversation.
 *
 * The runtime's words stop behind this port. Everything that happens in a thread comes out as facts, in the order in which it
 * happened, with turns named by the host's own turn ids; the implementation keeps the relation to the runtime's ids. Facts of
 * turns and threads that this session did not ask for never come out as ours.
 *
 * The host acts only on recorded intents and repeats them after a crash, so every method says what a repeat does. An
 * implementation proves itself with testing/agent-acceptance.ts.
 */

import type { AgentPrompt } from '../contract/agent-prompt.js';
import type { ApprovalAnswer } from '../contract/approval.js';
import type { AskRef, Fact, ThreadId, TurnRef } from '../contract/facts.js';
import type { ModelInfo, RuntimeCapabilities, RuntimeStatus } from '../contract/host.js';
import type { McpServer } from '../contract/mcp-server.js';
import type { RuntimeOptions, WhenTaken } from '../contract/runtime-options.js';
import type { InputItem, Permissions, SessionTool, TurnAction } from '../contract/session.js';
import type { TerminalCommand } from '../contract/terminal.js';
import type { Effort } from '../contract/words.js';
import type { CarriedResults } from './carried-results.js';
import type { Attachment, JoinThread, Seat } from './terminal.js';

export type { AskRef, Fact, ThreadId, TurnRef } from '../contract/facts.js';

/** What the conversations of an agent are given besides what each is opened with. */
export interface ThreadSetup {
  /** Put before the conversation, where the files of the home do not carry it already. */
  readonly instructions?: string | undefined;
  /** Folders outside of `cwd` in which the agent may write too, where it may write at all. */
  readonly writableRoots?: readonly string[] | undefined;
  /** Files and folders that its commands must not read, where it works in a sandbox that can see to that. */
  readonly unreadable?: readonly string[] | undefined;
  /** Folders with a SKILL.md each, where the home does not hold them already. */
  readonly skills?: readonly string[] | undefined;
  readonly mcpServers?: Readonly<Record<string, ServerSetup>> | undefined;
  /** Variables for the commands that the agent runs. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** An address on this machine to ask the model at, instead of the home's own provider; the token says which agent asks. */
  readonly gateway?: { readonly url: string; readonly token: string } | undefined;
}

/** `ours`: a server of this host, whose tools the agent may use without being asked about each. */
export interface ServerSetup extends McpServer {
  readonly ours?: true | undefined;
}

export interface OpenThread {
  readonly session: string;
  /** Where the runtime keeps its state: absolute path of the CODEX_HOME or its like. */
  readonly home: string;
  readonly cwd: string;
  readonly model: string | undefined;
  readonly effort: Effort | undefined;
  readonly permissions: Permissions;
  /** The conversation to go on with; a new one when absent. */
  readonly resume: ThreadId | undefined;
  /** `resume` was begun elsewhere and was never opened here: where the runtime does not know it, nothing takes its place. */
  readonly adopted?: boolean | undefined;
  /** Whether a turn was ever started in `resume`: before the first one a runtime may not know the thread after a restart. */
  readonly hadTurns: boolean;
  /** Where there is nothing to resume yet: the conversation that the new one is a copy of, up to a turn of it or whole. */
  readonly fork?: { readonly thread: ThreadId; readonly lastTurn: TurnRef | undefined } | undefined;
  readonly setup?: ThreadSetup | undefined;
  /** What the agent's file says to its runtime alone. */
  readonly options?: RuntimeOptions | undefined;
  /** Tools that the host runs for the agent: a call of one is asked as a `dynamicTool`. They count from the thread's start. */
  readonly tools?: readonly SessionTool[] | undefined;
  /** What to do when another process has `resume` open; `refuse` when absent. */
  readonly whenTaken?: WhenTaken | undefined;
  /** Turns whose messages may stand in a turn of `resume` that died with the runtime, by the runtime's name of that one. */
  readonly given?: readonly { readonly turn: string; readonly into: TurnRef }[] | undefined;
  /** A turn that was asked for and of whose end nothing is recorded, and its ref if its start is recorded. */
  readonly unsettled: { readonly turn: string; readonly ref: TurnRef | undefined } | undefined;
}

/** What a first prompt hangs on. */
export type FirstPrompt = Pick<OpenThread, 'home' | 'cwd' | 'model' | 'effort' | 'permissions' | 'setup'>;

/**
 * How a thread was come by. `replaced`: the runtime no longer knows the old one and a new one took its place. `forked`: another
 * process has the old one open, and a copy of it took its place, as `whenTaken` wanted. `moved`: the model is asked in another way than
 * the old one allows, and a copy of it took its place.
 */
export type Opened = 'started' | 'resumed' | 'replaced' | 'forked' | 'moved';

export interface StartTurn {
  /** The host's turn id. The runtime is given it as the message's client id, so that a later `open` can find the turn again. */
  readonly turn: string;
  readonly input: readonly InputItem[];
  /** What the turn does instead of answering input, which is then empty. */
  readonly action?: TurnAction | undefined;
  /** For this turn. What is undefined is the thread's own, whatever the turn before was given. */
  readonly model: string | undefined;
  /** Null takes back what the turn before had: the model's own. */
  readonly effort: Effort | null | undefined;
  /** Null takes back what the turn before had. */
  readonly serviceTier?: string | null | undefined;
  readonly outputSchema: Readonly<Record<string, unknown>> | undefined;
}

export interface AgentThread extends AsyncDisposable {
  readonly id: ThreadId;
  readonly opened: Opened;
  readonly version: string;
  /** What the runtime uses in this thread where nobody chose; known when the thread was started. */
  readonly defaults?: { readonly model: string | undefined; readonly effort: string | undefined } | undefined;
  /**
   * What became of `OpenThread.unsettled`. `running`: it goes on and its facts follow. `ended`: it ended meanwhile; what was
   * missed (completed items, the end) follows as facts. `unknown`: the runtime never heard of it, or lost it with its process.
   */
  readonly unsettled: 'running' | 'ended' | 'unknown' | undefined;
  /** Those of `OpenThread.given` that do stand there. */
  readonly taken?: ReadonlySet<string> | undefined;
  /** One consumer. Nothing is lost between `open` and the first read. */
  readonly facts: AsyncIterable<Fact>;
  /**
   * Resolves when the runtime has accepted the turn; `turn.started` comes as a fact, before or after. While another turn runs in the
   * thread (another client's, or one that does not end although it was told to), it waits for that one's end; one that waits and is
   * interrupted rejects with `cancelled`. Rejects with `unavailable` when the thread has ended or is about to: its last fact says how,
   * and `open` tells what became of the turn.
   */
  startTurn(start: StartTurn): Promise<TurnRef>;
  /**
   * Adds input to the running turn. Resolves when the runtime has accepted it, which does not say that the turn takes it in: the
   * sign of that is a `userMessage` item of the running turn that bears `start.turn` as its `turn`. Rejects with `conflict` when the
   * runtime has no such turn running (any more), or cannot steer.
   */
  steer(turn: string, start: StartTurn): Promise<void>;
  /** Asks the runtime to stop the turn; its end comes as a fact. Resolves quietly when the turn has already ended. */
  interrupt(turn: string): Promise<void>;
  /** Gives the conversation a name in the runtime's own lists, where it has such. */
  rename(title: string): Promise<void>;
  /**
   * The command with which a person goes on with the conversation in a terminal of their own, for runtimes whose interface has it to itself.
   * Rejects with `conflict` while a turn runs, or before the first one.
   */
  terminal?(): Promise<TerminalCommand>;
  /** Puts the conversation away in the runtime's own lists, where it has such. */
  archive(): Promise<void>;
  /** Answers a question; an answer to one that is closed is ignored. */
  answer(ask: AskRef, answer: ApprovalAnswer): Promise<void>;
  /** Lets go of the thread, not of the process that serves it; a running turn goes on there. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Agent extends AsyncDisposable {
  readonly capabilities: RuntimeCapabilities;
  /** The processes that this runtime keeps right now. */
  status(): Promise<readonly RuntimeStatus[]>;
  /** The models that can be used with this home; none where the runtime does not tell. Rejects as `open` does. */
  models(home: string, options?: RuntimeOptions): Promise<readonly ModelInfo[]>;
  /** Absent where the runtime cannot tell what its conversations carry. */
  readonly results?: CarriedResults | undefined;
  /** What the model would be shown before the first message, where the runtime tells. Asks no model. Rejects as `open` does. */
  prompt?(of: FirstPrompt): Promise<AgentPrompt>;
  /**
   * Opens a thread. Rejects with `runtime-missing`, `runtime-too-old`, `runtime-failed` (with the runtime's own message), `cancelled`,
   * `conflict` (the conversation is open elsewhere, naming who holds it where that can be found out), or `not-found` (one that is
   * adopted is not there); then nothing is left open. `signal` cancels the opening.
   */
  open(thread: OpenThread, signal?: AbortSignal): Promise<AgentThread>;
  /**
   * Lets a terminal join a conversation that is open here, where `capabilities.terminal` says so. The process stays for as long as the
   * attachment does; with the attachment nothing ends but itself. Rejects with `unavailable` when the conversation is not open (any more),
   * `unsupported` where the process has no second line.
   */
  join?(thread: JoinThread, seat: Seat, signal?: AbortSignal): Promise<Attachment>;
  /**
   * Lets go of everything. Processes with a running turn are left running when the runtime can be met again after a restart
   * (`outlivesHost`) and `keepRunningTurns` was asked for at construction; all others are stopped, whole process groups.
   */
  [Symbol.asyncDispose](): Promise<void>;
}
