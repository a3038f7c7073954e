/**
 * The terminal port: a runtime that has an interface of its own for a person at a terminal lets it join a conversation that the host
 * drives. What the person says there does not go to the runtime but to the seat, so that it is recorded like what every other client says,
 * and one writer stays one writer. All else is between the interface and the runtime, in the runtime's own language, and the runtime's
 * room sees to it that nothing gets through which the host must know of.
 */

import type { ApprovalAnswer } from '../contract/approval.js';
import type { AskRef, ThreadId, TurnRef } from '../contract/facts.js';
import type { InputItem, TurnAction } from '../contract/session.js';
import type { TerminalGrant } from '../contract/terminal.js';
import type { Effort } from '../contract/words.js';

/** What a person at a terminal wants of the agent. */
export interface Said {
  readonly input: readonly InputItem[];
  /** Work instead of an answer to `input`, which is then empty. */
  readonly action?: TurnAction | undefined;
  /** From now on; what is undefined stays as it is. */
  readonly model?: string | undefined;
  readonly effort?: Effort | undefined;
}

/** What was said, as a turn that is recorded. */
export interface Taken {
  readonly turn: string;
  /** The turn that runs already, where this one was put into that or stands behind it. */
  readonly beside: TurnRef | undefined;
  /** Resolves to the turn in which it is answered, once that has begun; rejects when it ended before, saying why. */
  readonly begun: Promise<TurnRef>;
}

/** A person at a terminal, as the host knows them. Everything that is done here is recorded with their name. */
export interface Seat {
  /** Resolves when it is recorded. Rejects as a request for a turn does. */
  say(said: Said): Promise<Taken>;
  /** Stops the running turn; false when the host knows of none. */
  interrupt(): Promise<boolean>;
  /** False when the host was never asked this: it is between the terminal and the runtime. An answer to a question that is closed is ignored. */
  answer(ask: AskRef, answer: ApprovalAnswer): Promise<boolean>;
  rename(title: string): Promise<void>;
  /** Something else was done, or was refused. Never fails. */
  acted(act: { readonly method: string; readonly allowed: boolean; readonly detail?: string | undefined }): void;
}

export interface JoinThread {
  readonly home: string;
  /** A conversation that is open here. */
  readonly thread: ThreadId;
  readonly allow: readonly TerminalGrant[];
}

/** One terminal's end of a conversation. Nothing in it is the host's to read. */
export interface Attachment extends AsyncDisposable {
  /** What the terminal sent. Never throws; dropped after the end. */
  send(text: string): void;
  /** What is for the terminal, in order. One consumer. Ends with the connection to the runtime. */
  readonly frames: AsyncIterable<string>;
}
