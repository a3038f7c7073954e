/** A migration as a person reads it: a row for each server, then what is worth knowing about them. */

import type { MigrationReport } from '../../daemon/codex-migrate.js';
import { columnsOf, type Io } from '../output.js';
import { oneLine } from '../render/printable.js';
import { table } from '../render/table.js';

export function showReport(report: MigrationReport, io: Io): void {
  const ink = io.ink(io.stdout);
  const rows = rowsOf(report);
  if (rows.length > 0) io.data(table(['SERVER', 'KIND', 'WHAT HAPPENED'], rows, { ink, columns: columnsOf(io.stdout) }));
  if (report.dryRun && report.diff !== '') io.data(`${rows.length > 0 ? '\n' : ''}${coloured(report.diff.trimEnd(), io)}`);
  for (const line of notesOf(report)) io.note(oneLine(line));
  io.note(endOf(report, io));
}

function rowsOf({ servers, skipped, errors, spoolTools, dryRun }: MigrationReport): string[][] {
  const done = dryRun ? 'would be migrated' : 'migrated';
  return [
    ...servers.map(({ name, kind, enabled, renamedFrom }) => {
      const called = renamedFrom === undefined ? '' : `, was called ${JSON.stringify(renamedFrom)}`;
      return [name, KINDS[kind], `${done}${enabled ? '' : ', disabled'}${called}`];
    }),
    ...(spoolTools ? [['spool', KINDS.stdio, 'the tools of this host']] : []),
    ...skipped.map(({ name, reason }) => [name, '', `skipped: ${reason}`]),
    ...errors.map(({ name, message }) => [name, '', `error: ${message}`]),
  ];
}

const KINDS = { stdio: 'stdio', streamable_http: 'http' } as const;

function notesOf({ skippedKeys, warnings, plugins, permissions, ownWins, removed, file }: MigrationReport): string[] {
  return [
    ...Object.entries(skippedKeys).map(([name, keys]) => `${name}: Codex has nothing for ${keys.join(', ')}`),
    ...warnings.map(({ name, message }) => (name === null ? message : `${name}: ${message}`)),
    ...(plugins.length > 0 ? [`plugins: ${plugins.join(', ')}`] : []),
    ...(permissions === null ? [] : [`default_permissions: ${permissions}`]),
    ...(ownWins.length > 0 ? [`yours in ${file}, and left as they are: ${ownWins.join(', ')}`] : []),
    ...(removed.length > 0 ? [`taken away, as no source names them any more: ${removed.join(', ')}`] : []),
  ];
}

function endOf({ file, changed, dryRun, errors, migrated }: MigrationReport, io: Io): string {
  const ink = io.ink(io.stderr);
  if (errors.length > 0 && migrated.length === 0) return ink.red(`no server could be understood; ${file} is as it was`);
  if (!changed) return ink.dim(`${file} says all that already`);
  return dryRun ? ink.dim(`nothing was written to ${file}`) : ink.green(`written: ${file}`);
}

function coloured(diff: string, io: Io): string {
  const ink = io.ink(io.stdout);
  const colour = (line: string): string => {
    if (/^(?:\+\+\+|---|@@)/.test(line)) return ink.dim(line);
    return line.startsWith('+') ? ink.green(line) : line.startsWith('-') ? ink.red(line) : line;
  };
  return diff.split('\n').map(colour).join('\n');
}
