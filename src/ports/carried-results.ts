/**
 * What a runtime may offer beside its conversations: to tell which results of tools one carries with it, and to take them out, so that
 * the model is not shown them again. Nobody may have the conversation open meanwhile, and what is taken out can be put back.
 */

import type { CarriedResult, TakenResult } from '../contract/carried-result.js';
import type { ThreadId } from '../contract/facts.js';

export interface Conversation {
  readonly home: string;
  readonly thread: ThreadId;
}

export interface TakeOut {
  /** The name of this change, chosen by the caller; never used for another one. */
  readonly undo: string;
  /** Those of these items, or all that fit. */
  readonly which: { readonly items: readonly string[] } | { readonly largerThanBytes: number; readonly olderThanTurns: number };
  /** What the tools were given goes too. */
  readonly arguments: boolean;
}

export interface CarriedResults {
  /** The oldest first. Empty for a conversation that has no record yet. Opens nothing and changes nothing. */
  list(conversation: Conversation): Promise<readonly CarriedResult[]>;
  /**
   * Takes results out and resolves to them. All or nothing, also when the process dies meanwhile; repeated with the same `undo` it does
   * what is missing and says the same. Rejects with `not-found` (an item that has no result here), `invalid-input` (one that is too small
   * for that), `conflict` (somebody has the conversation open, naming who where that can be found out; or something runs in it) or
   * `storage-full`; then nothing has changed.
   */
  takeOut(conversation: Conversation, request: TakeOut): Promise<readonly TakenResult[]>;
  /**
   * Puts back what was taken out under that name, exactly as it was; what was said since stays. Twice is fine. Rejects as `takeOut` does,
   * and with `conflict` when the record has been changed by somebody else since.
   */
  putBack(conversation: Conversation, undo: string): Promise<readonly TakenResult[]>;
}
