/** What a run prints. */

import type { RoundResult } from './round.js';

export type Totals = Readonly<Record<string, number>>;

/** All counts of some rounds, by what they count. */
export function addUp(results: readonly RoundResult[]): Totals {
  const totals: Record<string, number> = {};
  const add = (what: string, count: number): void => {
    totals[what] = (totals[what] ?? 0) + count;
  };
  for (const result of results) {
    add('turns', result.turns);
    for (const [how, count] of result.ends) add(`turns ${how}`, count);
    add('commands refused', result.ledger.turns.filter(({ accepted }) => accepted === undefined).length);
    add('kills', sum(result.kills));
    for (const [kind, count] of result.kills) add(kind, count);
    add('host starts', result.starts);
    add('events', result.events);
    add('questions', result.questions);
    add('answers given', result.ledger.answers.length);
    add('interrupts', result.ledger.interrupts);
    add('turns taken back', result.ledger.cancels.length);
    add('turns moved', result.ledger.moves);
    add('commands repeated', result.ledger.repeats);
    add('answers lost', result.lostAnswers);
    add('streams reconnected', result.reconnects);
    add('seconds', result.seconds);
  }
  return totals;
}

export function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((all, one) => all + one, 0);
}

export function roundLine(seed: number, result: RoundResult): string {
  const { turns, kills, starts, questions, seconds } = result;
  return `seed ${seed}: ${turns} turns, ${sum(kills)} kills, ${starts} host starts, ${questions} questions, ${seconds.toFixed(1)} s: whole`;
}

export function summaryText(totals: Totals): string {
  return Object.entries(totals)
    .map(([what, count]) => `${what.padEnd(28)} ${what === 'seconds' ? count.toFixed(1) : count}`)
    .join('\n');
}
