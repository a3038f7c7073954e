/** Items that are done, as lines: commands, file changes, tool calls, thoughts. Pure. */

import { bareCommand } from '../../base/bare-command.js';
import type { FileChange, Item } from '../../contract/item.js';
import type { Ink } from '../output.js';
import { insideOf, oneLine, printable } from './printable.js';
import { duration } from './words.js';

export interface LineStyle {
  readonly ink: Ink;
  /** How wide a line may be; lines of text that wrap well are left to the terminal. */
  readonly columns: number;
}

/** How many lines of a command's output are shown: the last ones, because that is where errors are. */
const OUTPUT_LINES = 5;

type ItemOf<K extends Item['kind']> = Extract<Item, { kind: K }>;

/** The lines of a completed item; none for those that a person need not see or has seen as they streamed. */
export function itemLines(item: Item, style: LineStyle, cwd: string | undefined): string[] {
  switch (item.kind) {
    case 'command':
      return commandLines(item, style);
    case 'fileChange':
      return changeLines(item, style, cwd);
    case 'toolCall':
      return toolLines(item, style);
    case 'reasoning':
      return item.text.trim() === '' ? [] : [style.ink.dim(`∴ ${oneLine(item.text.replaceAll('**', ''), style.columns - 2)}`)];
    default:
      return [];
  }
}

function commandLines(item: ItemOf<'command'>, { ink, columns }: LineStyle): string[] {
  const facts: string[] = [];
  if (item.status === 'declined') facts.push('declined');
  else if (item.exitCode !== undefined && item.exitCode !== 0) facts.push(`exit ${item.exitCode}`);
  else if (item.status === 'failed') facts.push('failed');
  // What took no time worth a word gets none.
  if (item.durationMs !== undefined && item.durationMs >= 50) facts.push(duration(item.durationMs));
  const tail = facts.map((fact) => ` · ${fact}`).join('');
  const command = oneLine(bareCommand(item.command), Math.max(12, columns - 4 - tail.length));
  const good = item.status === 'completed' && (item.exitCode ?? 0) === 0;
  const mark = good ? ink.green('✓') : item.status === 'declined' ? ink.yellow('⊘') : ink.red('✗');
  return [`${mark} ${ink.bold(`$ ${command}`)}${ink.dim(tail)}`, ...outputLines(item.output ?? '', { ink, columns })];
}

function outputLines(output: string, { ink, columns }: LineStyle): string[] {
  const all = printable(output).trimEnd().split('\n');
  if (all.length === 1 && all[0] === '') return [];
  const hidden = all.length - OUTPUT_LINES;
  const shown = hidden > 1 ? [`… ${hidden} lines more above`, ...all.slice(-OUTPUT_LINES)] : all;
  return shown.map((line) => ink.dim(`  │ ${oneLine(line === '' ? ' ' : line, columns - 4)}`));
}

function changeLines(item: ItemOf<'fileChange'>, style: LineStyle, cwd: string | undefined): string[] {
  const { ink } = style;
  const note = item.status === 'declined' ? ink.yellow(' · declined') : item.status === 'failed' ? ink.red(' · failed') : '';
  return item.changes.map((change) => `${changeLine(change, style, cwd)}${note}`);
}

/** `+ new.txt`, `~ old.txt  +3 -1`, `- gone.txt`. */
export function changeLine(change: FileChange, { ink, columns }: LineStyle, cwd: string | undefined): string {
  const counts = countsOf(change);
  const target = change.movedTo === undefined ? '' : ` → ${insideOf(change.movedTo, cwd)}`;
  const path = oneLine(`${insideOf(change.path, cwd)}${target}`, Math.max(12, columns - 2 - counts.length));
  if (change.kind === 'add') return `${ink.green(`+ ${path}`)}${ink.dim(counts)}`;
  if (change.kind === 'delete') return ink.red(`- ${path}`);
  return `${ink.yellow(`~ ${path}`)}${ink.dim(counts)}`;
}

function countsOf({ kind, diff }: FileChange): string {
  if (diff === undefined || diff === '' || kind === 'delete') return '';
  const lines = diff.replace(/\n$/, '').split('\n');
  const isDiff = /^(?:@@|--- )/m.test(diff);
  if (kind === 'add' && !isDiff) return `  ${lines.length} ${lines.length === 1 ? 'line' : 'lines'}`;
  const added = lines.filter((line) => line.startsWith('+') && !line.startsWith('+++ ')).length;
  const removed = lines.filter((line) => line.startsWith('-') && !line.startsWith('--- ')).length;
  return `  +${added} -${removed}`;
}

function toolLines(item: ItemOf<'toolCall'>, { ink, columns }: LineStyle): string[] {
  const name = item.server === undefined ? item.tool : `${item.server}.${item.tool}`;
  const time = item.durationMs === undefined ? '' : ` · ${duration(item.durationMs)}`;
  const good = item.status === 'completed' && item.error === undefined;
  const line = `${good ? ink.green('✓') : ink.red('✗')} ${ink.bold(oneLine(name, columns - 2 - time.length))}${ink.dim(time)}`;
  return item.error === undefined ? [line] : [line, ink.dim(`  │ ${oneLine(item.error, columns - 4)}`)];
}
