/** What a run prints, and the page that is kept of it. */

import { cpus, release, totalmem, type } from 'node:os';
import { codexVersion } from '../src/codex/binary.js';
import { codexBinary } from '../src/testing/index.js';
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
    add('kills', killsIn(result));
    for (const [kind, count] of result.kills) add(kind, count);
    add('commands that a full disk refused', result.refusedByDisk);
    add('messages that Codex kept by half', result.halfTaken);
    add('helpers that a killed Codex left', result.strays);
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

/** Processes that were killed; a polite stop and a full disk are none. */
function killsIn({ kills }: RoundResult): number {
  return [...kills].reduce((sum, [kind, count]) => (kind.includes('killed') ? sum + count : sum), 0);
}

export function roundLine(result: RoundResult): string {
  const { turns, starts, questions, seconds } = result;
  return `${turns} turns, ${killsIn(result)} kills, ${starts} host starts, ${questions} questions, ${seconds.toFixed(1)} s: whole`;
}

export function summaryText(totals: Totals): string {
  return rows(totals)
    .map(([what, count]) => `  ${what.padEnd(34)} ${count}`)
    .join('\n');
}

function rows(totals: Totals): [string, string][] {
  return Object.entries(totals).map(([what, count]) => [what, what === 'seconds' ? count.toFixed(0) : String(count)]);
}

/** What one scenario came to. */
export interface Outcome {
  readonly name: string;
  readonly seeds: string;
  readonly totals: Totals;
  /** Why it was not played. */
  readonly skipped?: string;
}

/** The page, in Markdown. */
export async function resultsPage(outcomes: readonly Outcome[]): Promise<string> {
  const [processor] = cpus();
  const parts = outcomes.map(({ name, seeds, totals, skipped }) => {
    if (skipped !== undefined) return `## ${name}\n\nNot played: ${skipped}.\n`;
    const table = [['what', 'count'], ['---', '---:'], ...rows(totals)].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
    return `## ${name}\n\nSeeds ${seeds}; 0 invariants broken.\n\n${table}\n`;
  });
  const head = [
    '# What the fault suite said',
    '',
    'Made by `npm run chaos -- --write`.',
    '',
    `- date: ${new Date().toISOString().slice(0, 10)}`,
    `- machine: ${cpus().length} × ${processor?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, ${type()} ${release()}`,
    `- Node ${process.versions.node}, Codex ${await codexVersion(codexBinary())}`,
    '',
  ];
  return [...head, ...parts].join('\n');
}
