/** What became of a turn whose server is gone, from what OpenCode has written of it. */

import type { Fact, TurnRef } from '../contract/facts.js';
import { addUsage } from '../contract/item.js';
import type { OpenThread } from '../ports/agent.js';
import { errorOf, isAborted } from './failures.js';
import type { Surroundings } from './items.js';
import { isFinal, lostError } from './running.js';
import { INTO_MARK, TURN_MARK, TurnFacts } from './turn-facts.js';
import { type AssistantMessage, type Messages, readPart } from './wire.js';

export interface Settled {
  readonly state: 'ended' | 'unknown';
  /** What was missed. */
  readonly facts: readonly Fact[];
}

/** A turn that was given to OpenCode and of which it has no end died with its server: it ended, and is not to be given again. */
export function settle(messages: Messages, { turn, ref }: NonNullable<OpenThread['unsettled']>, around: Surroundings): Settled {
  const at = messages.findIndex((one) => one.info.id === ref || (markOf(one, TURN_MARK) === turn && markOf(one, INTO_MARK) === undefined));
  const first = messages[at];
  if (first === undefined) return { state: 'unknown', facts: [] };
  const own = messages.slice(at, nextTurn(messages, at));
  const told = new TurnFacts(turn, around, (sum) => addUsage(null, sum));
  const facts: Fact[] = [{ type: 'turn.started', turn, ref: first.info.id }];
  for (const { info, parts } of own) {
    for (const raw of parts) {
      const part = readPart(raw);
      if (part !== undefined) facts.push(...told.part(part, info.role).filter(({ type }) => type !== 'usage'));
    }
  }
  const last = own.map(({ info }) => info).findLast((info) => info.role === 'assistant');
  return { state: 'ended', facts: [...facts, endOf(turn, last?.role === 'assistant' ? last : undefined, told)] };
}

function endOf(turn: string, last: AssistantMessage | undefined, { usage }: TurnFacts): Fact {
  if (isAborted(last?.error)) return { type: 'turn.interrupted', turn };
  if (last?.error !== undefined) return { type: 'turn.failed', turn, error: errorOf(last.error) };
  if (last?.time.completed !== undefined && isFinal(last)) return { type: 'turn.completed', turn, usage };
  return { type: 'turn.failed', turn, error: lostError() };
}

/** Where the next turn begins: its message bears a mark of its own, and was not put into this one. */
export function nextTurn(messages: Messages, at: number): number {
  const next = messages.findIndex((one, i) => i > at && markOf(one, TURN_MARK) !== undefined && markOf(one, INTO_MARK) === undefined);
  return next === -1 ? messages.length : next;
}

/** Those of `given` that stand in the conversation, with an answer behind them. */
export function takenIn(messages: Messages, given: NonNullable<OpenThread['given']>): ReadonlySet<string> {
  const stands = (turn: string): boolean => {
    const at = messages.findIndex((one) => markOf(one, TURN_MARK) === turn && markOf(one, INTO_MARK) !== undefined);
    return at !== -1 && messages.slice(at).some(({ info }) => info.role === 'assistant');
  };
  return new Set(given.map(({ turn }) => turn).filter(stands));
}

/** The message before which a copy ends that is to remember all up to this turn; undefined for all. Undefined `found` when it is not there. */
export function endOfCopy(messages: Messages, lastTurn: TurnRef): { readonly before: string | undefined } | undefined {
  const at = messages.findIndex(({ info }) => info.id === lastTurn);
  return at === -1 ? undefined : { before: messages[nextTurn(messages, at)]?.info.id };
}

function markOf({ info, parts }: Messages[number], mark: string): string | undefined {
  if (info.role !== 'user') return undefined;
  for (const part of parts) {
    const value: unknown = Reflect.get(Object(Reflect.get(Object(part), 'metadata')), mark);
    if (typeof value === 'string') return value;
  }
  return undefined;
}
