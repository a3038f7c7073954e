/** The pages that `spool` and `spool help` print. Pure. */

import { COMMANDS, type Group } from './command-list.js';
import type { Ink } from './output.js';

const HEADINGS: Readonly<Record<string, string>> = {
  demo: 'Start',
  new: 'Drive a session',
  ls: 'Look and answer',
  agent: 'Agents and their tasks',
  codex: 'Codex and accounts',
  doctor: 'The rest',
};

export function overview(ink: Ink): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = [`${ink.bold('spool')} runs coding agents durably: every event is kept, and anybody may follow.`];
  for (const [name, { summary }] of Object.entries(COMMANDS)) {
    const heading = HEADINGS[name];
    if (heading !== undefined) lines.push('', ink.bold(heading));
    lines.push(`  ${ink.cyan(name.padEnd(width))}  ${summary}`);
  }
  lines.push('', '`spool help COMMAND` tells more about one. `spool demo` needs no account.');
  return lines.join('\n');
}

export function groupOverview(path: string, group: Group, ink: Ink): string {
  const width = Math.max(...Object.keys(group.commands).map((name) => name.length));
  const lines = Object.entries(group.commands).map(([name, { summary }]) => `  ${ink.cyan(name.padEnd(width))}  ${summary}`);
  return [
    `${ink.bold(`spool ${path}`)}: ${group.summary.toLowerCase()}`,
    '',
    ...lines,
    '',
    `\`spool help ${path} COMMAND\` tells more about one.`,
  ].join('\n');
}
