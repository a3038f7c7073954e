/**
 * Facts: what a runtime may say about a thread, in the host's words. They come out of the agent port and go into the domain, which
 * decides what of them is recorded.
 */

import type { Ask } from './approval.js';
import type { DeltaKind, Item, Usage } from './item.js';
import type { InputItem, TurnError } from './session.js';

/** The runtime's own name of a conversation, enough to resume it after any restart. */
export type ThreadId = string;

/** The runtime's own name of a turn. */
export type TurnRef = string;

/** The runtime's own name of a question, the same when the question comes again after a reconnect. */
export type AskRef = string;

export type Fact =
  /** Another client of the runtime has begun a turn in this conversation; `turn` is a new id for it. It runs. */
  | { readonly type: 'turn.begun'; readonly turn: string; readonly ref: TurnRef; readonly input: readonly InputItem[] }
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
  /**
   * The turn has made a file for people, outside of the changes that it was asked for. Comes before the turn's end. `path` is absolute and
   * has no links in it.
   */
  | {
      readonly type: 'file';
      readonly turn: string;
      readonly path: string;
      readonly item?: string;
      readonly mediaType?: string;
      readonly bytes?: number;
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
