/** Figures as a table for the terminal, and as the page that is kept. */

import { cpus, release, totalmem, type } from 'node:os';
import { markdownTable } from '../scripts/marked-block.js';
import { codexVersion, findCodex } from '../src/codex/binary.js';
import { codexBinary } from '../src/testing/codex-binary.js';
import { type BenchResult, type Figure, limitText, numberText, verdictOf } from './figures.js';

const HEAD = ['figure', 'value', 'floor', 'goal', ''];

export function tableText(result: BenchResult): string {
  const { table, notes } = result;
  const figures = result.figures.length === 0 ? [] : aligned([HEAD.map(() => ''), ...result.figures.map(cellsOf)]).slice(1);
  return [...figures, ...(table === undefined ? [] : aligned([table.head, ...table.rows])), ...notes.map((note) => `  · ${note}`)].join(
    '\n',
  );
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows.map((cells) => `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
}

/** The page, in Markdown. What was not run stays as it stands `before`. */
export async function resultsPage(results: ReadonlyMap<string, BenchResult>, quick: boolean, before = ''): Promise<string> {
  const sections = new Map(sectionsOf(before));
  for (const [name, result] of results) sections.set(name, sectionText(name, result));
  const [processor] = cpus();
  const head = [
    '# What the benchmarks said',
    '',
    `Made by \`npm run bench\`${quick ? ' with `--quick`: too few rounds to quote' : ''}. Ratios are of neighbours in the same run; times belong to this machine.`,
    '',
    `- date: ${new Date().toISOString().slice(0, 10)}${before === '' ? '' : ` (of ${[...results.keys()].join(', ')}; the others are older)`}`,
    `- machine: ${cpus().length} × ${processor?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, ${type()} ${release()}`,
    `- Node ${process.versions.node}, Codex ${await codexVersion(findCodex({ explicit: codexBinary(), path: undefined }))}`,
    '',
  ];
  return `${[...head, ...sections.values()].join('\n').trimEnd()}\n`;
}

function sectionText(name: string, { figures, table, notes }: BenchResult): string {
  const parts = [
    ...(figures.length === 0 ? [] : [markdownTable(HEAD, figures.map(cellsOf))]),
    ...(table === undefined ? [] : [markdownTable(table.head, table.rows)]),
    notes.map((note) => `- ${note}`).join('\n'),
  ];
  return `## ${name}\n\n${parts.join('\n\n')}\n`;
}

/** The sections of a page, by the name of their benchmark. */
export function sectionsOf(page: string): [name: string, text: string][] {
  return page
    .split(/^(?=## )/m)
    .slice(1)
    .map((text) => [/^## (.*)$/m.exec(text)?.[1] ?? '', `${text.trimEnd()}\n`]);
}

function cellsOf(figure: Figure): string[] {
  const { name, value, unit, floor, goal } = figure;
  return [name, `${numberText(value)} ${unit}`, limitText(figure, floor), limitText(figure, goal), verdictOf(figure)];
}
