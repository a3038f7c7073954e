/** What became of a turn of which the host does not know the end, as the rollout tells it. Its process is gone by then. */

import type { Fact, OpenThread } from '../../ports/agent.js';
import { linesOf } from '../rollout/lines.js';
import type { GivenTurn } from './record.js';
import { TurnFacts } from './turn-facts.js';

export type Settled =
  | { readonly state: 'unknown' }
  /** `missed`: all items that ended, and the end. */
  | { readonly state: 'ended'; readonly ref: string; readonly missed: readonly Fact[] };

type Unsettled = NonNullable<OpenThread['unsettled']>;

export async function settle(file: string, given: GivenTurn, unsettled: Unsettled): Promise<Settled> {
  const { turn } = unsettled;
  const facts = new TurnFacts({ turn, said: given.said, text: undefined, counted: undefined });
  const all: Fact[] = [];
  for await (const line of linesOf(file)) {
    // What counts of the thread's tokens before the turn is heard too, so that nothing is counted twice.
    if (line.whole) all.push(...facts.take(line.bytes.toString('utf8'), line.offset, line.offset >= given.from));
    if (facts.end !== undefined) break;
  }
  const { ref } = facts;
  if (ref === undefined) return { state: 'unknown' };
  if (!isEnd(all.at(-1))) all.push(...facts.finish(endOf(facts, given)));
  const announced = unsettled.ref !== undefined;
  const missed = all.filter((fact) => fact.type === 'item.completed' || isEnd(fact) || (fact.type === 'turn.started' && !announced));
  // Codex writes down a turn that is ended from outside as interrupted; nobody asked for that.
  return {
    state: 'ended',
    ref,
    missed: missed.map((fact) => (fact.type === 'turn.interrupted' && given.interrupted !== true ? died(turn) : fact)),
  };
}

function endOf(facts: TurnFacts, given: GivenTurn): Parameters<TurnFacts['finish']>[0] {
  if (facts.end === 'silent') {
    return { error: { code: 'model', message: 'Codex ended the turn without a word; the screen that said why is gone', retryable: true } };
  }
  return given.interrupted === true ? { interrupted: true } : { error: died('').error };
}

function died(turn: string) {
  const error = { code: 'runtime-exited', message: 'Codex ended while the turn ran', retryable: true } as const;
  return { type: 'turn.failed', turn, error } as const;
}

function isEnd(fact: Fact | undefined): boolean {
  return fact?.type === 'turn.completed' || fact?.type === 'turn.failed' || fact?.type === 'turn.interrupted';
}
