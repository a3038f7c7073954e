/** Joins neighbouring deltas of one item into one, so that a burst costs few events. Order and text stay what they were. */

import type { Fact } from '../contract/facts.js';
import type { OwnFact } from './decide-fact.js';

/** A joined delta stays small enough to be one comfortable frame. */
const MOST_CHARS = 32_768;

export function joinDeltas(facts: readonly (Fact | OwnFact)[]): readonly (Fact | OwnFact)[] {
  const joined: (Fact | OwnFact)[] = [];
  for (const fact of facts) {
    const last = joined.at(-1);
    if (
      fact.type === 'item.delta' &&
      last?.type === 'item.delta' &&
      last.item === fact.item &&
      last.kind === fact.kind &&
      last.turn === fact.turn &&
      last.text.length + fact.text.length <= MOST_CHARS
    ) {
      joined[joined.length - 1] = { ...last, text: last.text + fact.text };
    } else joined.push(fact);
  }
  return joined;
}
