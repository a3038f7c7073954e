/** Figures as a table for the terminal, and as the page that is kept. */

import { cpus, release, totalmem, type } from 'node:os';
import { codexVersion, findCodex } from '../src/codex/binary.js';
import { codexBinary } from '../src/testing/codex-binary.js';
import { type BenchResult, type Figure, limitText, numberText, verdictOf } from './figures.js';

const HEAD = ['figure', 'value', 'floor', 'goal', ''];

export function tableText({ figures, notes }: BenchResult): string {
  const rows = figures.map(cellsOf);
  const widths = HEAD.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const lines = rows.map((cells) => `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
  return [...lines, ...notes.map((note) => `  · ${note}`)].join('\n');
}

/** The page, in Markdown. */
export async function resultsPage(results: ReadonlyMap<string, BenchResult>, quick: boolean): Promise<string> {
  const parts = [...results].map(([name, { figures, notes }]) => {
    const rows = [HEAD, HEAD.map(() => '---'), ...figures.map(cellsOf)].map((cells) => `| ${cells.join(' | ')} |`);
    return [`## ${name}`, '', ...rows, '', ...notes.map((note) => `- ${note}`), ''].join('\n');
  });
  const [processor] = cpus();
  const head = [
    '# What the benchmarks said',
    '',
    `Made by \`npm run bench\`${quick ? ' with `--quick`: too few rounds to quote' : ''}. Ratios are of neighbours in the same run; times belong to this machine.`,
    '',
    `- date: ${new Date().toISOString().slice(0, 10)}`,
    `- machine: ${cpus().length} × ${processor?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, ${type()} ${release()}`,
    `- Node ${process.versions.node}, Codex ${await codexVersion(findCodex({ explicit: codexBinary(), path: undefined }))}`,
    '',
  ];
  return [...head, ...parts].join('\n');
}

function cellsOf(figure: Figure): string[] {
  const { name, value, unit, floor, goal } = figure;
  return [name, `${numberText(value)} ${unit}`, limitText(figure, floor), limitText(figure, goal), verdictOf(figure)];
}
