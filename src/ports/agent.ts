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

import type { ApprovalAnswer, Ask } from '../contract/approval.js';
import type { RuntimeCapabilities, RuntimeStatus } from '../contract/host.js';
import type { DeltaKind, Item, Usage } from '../contract/item.js';
import type { InputItem, Permissions, TurnError } from '../contract/session.js';
import type { Effort } from '../contract/words.js';

/** The runtime's own name of a conversation, enough to resume it after any restart. */
export type ThreadId = string;

/** The runtime's own name of a turn. */
export type TurnRef = string;

/** The runtime's own name of a question, the same when the question comes again after a reconnect. */
export type AskRef = string;

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
  /** Whether a turn was ever started in `resume`: before the first one a runtime may not know the thread after a restart. */
  readonly hadTurns: boolean;
  /** A turn that was asked for and of whose end nothing is recorded, and its ref if its start is recorded. */
  readonly unsettled: { readonly turn: string; readonly ref: TurnRef | undefined } | undefined;
}

/** How a thread was come by. `replaced`: the runtime no longer knows the old one and a new one took its place. */
export type Opened = 'started' | 'resumed' | 'replaced';

export interface StartTurn {
  /** The host's turn id. The runtime is given it as the message's client id, so that a later `open` can find the turn again. */
  readonly turn: string;
  readonly input: readonly InputItem[];
  readonly model: string | undefined;
  readonly effort: Effort | undefined;
  readonly outputSchema: Readonly<Record<string, unknown>> | undefined;
}

export type Fact =
  | { readonly type: 'turn.started'; readonly turn: string; readonly ref: TurnRef }
  | { readonly type: 'turn.retrying'; readonly turn: string; readonly message: string }
  | { readonly type: 'turn.completed'; readonly turn: string; readonly usage: Usage | null }
  | { readonly type: 'turn.failed'; readonly turn: string; readonly error: TurnError }
  | { readonly type: 'turn.interrupted'; readonly turn: string; readonly reason?: string }
  | { readonly type: 'item.started'; readonly turn: string; readonly item: Item }
  | { readonly type: 'item.delta'; readonly turn: string; readonly item: string; readonly kind: DeltaKind; readonly text: string }
  | { readonly type: 'item.completed'; readonly turn: string; readonly item: Item }
  /** The runtime asks and waits. Comes again, with the same ref, after a reconnect while it is unanswered. */
  | { readonly type: 'ask'; readonly turn: string; readonly ref: AskRef; readonly ask: Ask }
  /** The question is closed in the runtime: answered by us or by another client, or its turn ended. */
  | { readonly type: 'ask.closed'; readonly ref: AskRef }
  | {
      readonly type: 'plan';
      readonly turn: string;
      readonly explanation?: string;
      readonly steps: readonly { step: string; status: string }[];
    }
  | { readonly type: 'diff'; readonly turn: string; readonly diff: string }
  | {
      readonly type: 'usage';
      readonly turn: string | undefined;
      readonly total: Usage;
      readonly last: Usage;
      readonly contextWindow: number | null;
    }
  | { readonly type: 'warning'; readonly message: string }
  /** Something about this thread that the implementation does not know. */
  | { readonly type: 'raw'; readonly turn: string | undefined; readonly method: string; readonly params: unknown }
  /**
   * Always the last one. `exited`: the process is gone and with it a running turn. `disconnected`: only the connection is gone;
   * a running turn may go on, so the host opens the thread again. `closed`: the host disposed the thread.
   */
  | {
      readonly type: 'ended';
      readonly how: 'exited' | 'disconnected' | 'closed';
      readonly message: string;
      readonly exitCode: number | null;
      readonly signal: string | null;
      readonly stderrTail: string;
    };

export interface AgentThread extends AsyncDisposable {
  readonly id: ThreadId;
  readonly opened: Opened;
  readonly version: string;
  /**
   * What became of `OpenThread.unsettled`. `running`: it goes on and its facts follow. `ended`: it ended meanwhile; what was
   * missed (completed items, the end) follows as facts. `unknown`: the runtime never heard of it, or lost it with its process.
   */
  readonly unsettled: 'running' | 'ended' | 'unknown' | undefined;
  /** One consumer. Nothing is lost between `open` and the first read. */
  readonly facts: AsyncIterable<Fact>;
  /** Resolves when the runtime has accepted the turn; `turn.started` comes as a fact, before or after. At most one turn at a time. */
  startTurn(start: StartTurn): Promise<TurnRef>;
  /** Adds input to the running turn. Rejects with `conflict` when the runtime has no such turn running (any more), or cannot steer. */
  steer(turn: string, start: StartTurn): Promise<void>;
  /** Asks the runtime to stop the turn; its end comes as a fact. Resolves quietly when the turn has already ended. */
  interrupt(turn: string): Promise<void>;
  /** Answers a question; an answer to one that is closed is ignored. */
  answer(ask: AskRef, answer: ApprovalAnswer): Promise<void>;
  /** Lets go of the thread, not of the process that serves it; a running turn goes on there. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Agent extends AsyncDisposable {
  readonly capabilities: RuntimeCapabilities;
  /** The processes that this runtime keeps right now. */
  status(): readonly RuntimeStatus[];
  /**
   * Opens a thread. Rejects with `runtime-missing`, `runtime-too-old`, `runtime-failed` (with the runtime's own message), or
   * `cancelled`; then nothing is left open. `signal` cancels the opening.
   */
  open(thread: OpenThread, signal?: AbortSignal): Promise<AgentThread>;
  /**
   * Lets go of everything. Processes with a running turn are left running when the runtime can be met again after a restart
   * (`outlivesHost`) and `keepRunningTurns` was asked for at construction; all others are stopped, whole process groups.
   */
  [Symbol.asyncDispose](): Promise<void>;
}
