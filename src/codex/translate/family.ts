/**
 * How translation is laid out: every notification that Codex can send stands in one family, with a translator, or 'silent' (known,
 * and of no use to a session), or 'raw' (known, of use, and handed on as it is). notifications.ts holds the families together.
 */

import type { Usage } from '../../contract/item.js';
import type { Fact } from '../../ports/agent.js';
import type { ServerNotifications } from '../generated/methods.js';
import type * as Codex from '../generated/protocol.js';

/** What a thread knows, as far as translation needs it. Turns are asked for by Codex's ids. */
export interface Scope {
  /** The host's id of a turn, or undefined when the turn is none of ours. */
  turn(native: string): string | undefined;
  /** Tokens that the turn has used so far, as far as we saw. */
  usage(native: string): Usage | null;
  /** The last error that was reported for the turn and is not retried. */
  lastError(native: string): Codex.TurnError | null;
}

export type NotificationMethod = keyof ServerNotifications;

export type Translator<M extends NotificationMethod> =
  | 'silent'
  | 'raw'
  | ((params: ServerNotifications[M], scope: Scope) => readonly Fact[]);

export type Table = { readonly [M in NotificationMethod]: Translator<M> };

/** Some rows of the table. */
export type Family = Partial<Table>;

/** A fact of one of our turns, or nothing when the turn is foreign. */
export function inTurn(scope: Scope, native: string, fact: (turn: string) => Fact): readonly Fact[] {
  const turn = scope.turn(native);
  return turn === undefined ? [] : [fact(turn)];
}
