/** Chat messages as text: for a terminal, short and in colour; as markdown, whole. Pure. */

import { bareCommand } from '../../base/bare-command.js';
import type { ChatMessage, ToolCall } from '../../contract/message.js';
import type { LineStyle } from './item-lines.js';
import { oneLine, printable } from './printable.js';

/** How many lines of a tool's result are shown: the last ones, because that is where errors are. How it ended stands in front. */
const RESULT_LINES = 5;
const ENDING = /^\[(?:exit -?\d+|declined|failed|not finished)\]$/;

const SPEAKERS = { user: 'User', assistant: 'Assistant', tool: 'Assistant' } as const;

/** The lines of one message; `before` is the one that stands above it. */
export function messageLines(message: ChatMessage, before: ChatMessage | undefined, { ink, columns }: LineStyle): string[] {
  const { role, at, content, partial, reasoning, toolCalls = [] } = message;
  if (role === 'tool') return resultLines(content ?? '', { ink, columns });
  const lines: string[] = [];
  if (isNewSpeaker(message, before)) {
    const name = role === 'user' ? ink.cyan(SPEAKERS.user) : ink.green(SPEAKERS.assistant);
    lines.push(...(before === undefined ? [] : ['']), `${ink.bold(name)} ${ink.dim(at.slice(0, 19).replace('T', ' '))}`);
  }
  if (reasoning !== undefined) lines.push(ink.dim(`∴ ${oneLine(reasoning.replaceAll('**', ''), columns - 2)}`));
  if (content !== null) lines.push(...printable(content).trimEnd().split('\n'));
  if (partial === true) lines.push(ink.yellow('… it was cut off here'));
  for (const call of toolCalls) lines.push(`→ ${ink.bold(oneLine(`${call.name} ${aboutOf(call)}`, columns - 2))}`);
  return lines;
}

/** One message as markdown, with an empty line at its end; messages put together are a document. */
export function messageMarkdown(message: ChatMessage, before: ChatMessage | undefined): string {
  const { role, content, partial, reasoning, toolCalls = [] } = message;
  const parts: string[] = [];
  if (isNewSpeaker(message, before)) parts.push(`## ${SPEAKERS[role]}`);
  if (reasoning !== undefined) parts.push(quoted(printable(reasoning).trim()));
  const text = content === null ? '' : printable(content).trimEnd();
  if (text !== '') parts.push(role === 'tool' ? fenced(text, 'text') : text);
  if (partial === true) parts.push('*It was cut off here.*');
  for (const { name, arguments: given } of toolCalls) parts.push(`### ${printable(name)}`, fenced(printable(given), 'json'));
  return parts.map((part) => `${part}\n\n`).join('');
}

function isNewSpeaker(message: ChatMessage, before: ChatMessage | undefined): boolean {
  return before === undefined || SPEAKERS[before.role] !== SPEAKERS[message.role];
}

function resultLines(content: string, { ink, columns }: LineStyle): string[] {
  const all = printable(content).trimEnd().split('\n');
  if (all.length === 1 && all[0] === '') return [];
  const ending = all.filter((line, index) => index === 0 && ENDING.test(line));
  const hidden = all.length - ending.length - RESULT_LINES;
  const shown = hidden > 1 ? [...ending, `… ${hidden} lines more above`, ...all.slice(-RESULT_LINES)] : all;
  return shown.map((line) => ink.dim(`  │ ${oneLine(line === '' ? ' ' : line, columns - 4)}`));
}

/** What a person wants to see of a call: the command that they would have typed, else the arguments. */
function aboutOf(call: ToolCall): string {
  if (call.name !== 'exec_command') return call.arguments;
  const given: unknown = JSON.parse(call.arguments);
  const isCommand = typeof given === 'object' && given !== null && 'command' in given && typeof given.command === 'string';
  return isCommand ? bareCommand(String(given.command)) : call.arguments;
}

function quoted(text: string): string {
  return text
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');
}

/** The fence is longer than any in the text, so that the text cannot leave it. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
