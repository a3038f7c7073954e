/** What a person should know of a task as it stands: what it waits for, with which command one answers, how it ended. Pure. */

import type { TurnInput } from '../../contract/session.js';
import type { Task, TaskWait } from '../../contract/task.js';
import { askedFor } from './input-line.js';
import type { LineStyle } from './item-lines.js';
import { oneLine, printable } from './printable.js';
import { tokens } from './words.js';
import { hanging } from './wrap.js';

/** The end of an id, which is enough to type. */
export function tailOf(id: string): string {
  return /.{6}(?:_\d+)?$/.exec(id)?.[0] ?? id;
}

/** What is wanted, in one line. */
export function wantedOf(input: TurnInput): string {
  return typeof input === 'string' ? input : askedFor({ input });
}

/** `waiting: approval`: for what, where it waits. */
export function statusOf({ status, waiting }: Pick<Task, 'status' | 'waiting'>): string {
  return waiting === undefined ? status : `${status}: ${waiting.for}`;
}

/** What stands in its way, and what to type about it; none where it goes its way. */
export function standingLines(task: Task, style: LineStyle): string[] {
  if (task.waiting !== undefined) return waitLines(task.id, task.waiting, style);
  if (task.endedAt !== undefined) return [];
  const note = task.note === undefined ? [] : noteLines(task.note, style);
  return [...note, ...personLines(task, style)];
}

export function noteLines(note: string, { ink, columns }: LineStyle): string[] {
  return marked(ink.yellow('!'), note, columns);
}

/** A task for the person who operates the host is answered by whoever reads this. */
export function personLines({ id, to }: Pick<Task, 'id' | 'to'>, style: LineStyle): string[] {
  // The name of contract/task.ts, which would load its schemas.
  return to === 'person' ? commandLines([[`spool task reply ${tailOf(id)} "…"`, 'answers it']], style) : [];
}

export function waitLines(id: string, { for: what, reason, id: other, effects = [] }: TaskWait, style: LineStyle): string[] {
  const { ink, columns } = style;
  return [
    ...marked(ink.yellow('?'), `${HEADS[what]}: ${reason}`, columns),
    ...effects.map((effect) => ink.dim(`    ${oneLine(effect, columns - 4)}`)),
    ...commandLines(answersTo(id, what, other), style),
  ];
}

const HEADS: Readonly<Record<TaskWait['for'], string>> = {
  release: 'held',
  decision: 'a person decides',
  approval: 'its agent asks for a permission',
  person: 'its agent asks a person',
};

type Answer = readonly [command: string, does: string];

function answersTo(id: string, what: TaskWait['for'], other: string | undefined): Answer[] {
  const cancel = (does: string): Answer => [`spool task cancel ${tailOf(id)}`, does];
  const question = tailOf(other ?? '');
  switch (what) {
    case 'release':
      return [[`spool task approve ${tailOf(id)}`, 'lets it go'], cancel('calls it off')];
    case 'decision':
      return [[`spool task approve ${tailOf(id)}`, 'has it done again'], cancel('leaves it at that')];
    case 'approval':
      return [
        [`spool permit show ${question}`, 'shows what is asked'],
        [`spool permit allow ${question}`, 'allows it'],
        [`spool permit deny ${question}`, 'does not'],
      ];
    case 'person':
      return [[`spool task reply ${question} "…"`, 'answers']];
  }
}

function commandLines(answers: readonly Answer[], { ink }: LineStyle): string[] {
  const width = Math.max(...answers.map(([typed]) => typed.length));
  return answers.map(([typed, does]) => `    ${ink.cyan(typed)}${' '.repeat(width - typed.length)}  ${ink.dim(does)}`);
}

/** How it ended, in one line: `✗ failed: … (turn-failed) · 1,234 tokens`. */
export function outcome(task: Task, { ink, columns }: LineStyle): string {
  const used = task.usage === undefined ? '' : ink.dim(` · ${tokens(task.usage.totalTokens)}`);
  const { error } = task;
  const room = Math.max(20, columns - 40);
  switch (task.status) {
    case 'replied':
      return `${ink.green('✓ replied')}${used}`;
    case 'failed':
      return `${ink.red('✗ failed')}${error === undefined ? '' : `: ${oneLine(error.message)} (${error.code})`}${used}`;
    case 'cancelled':
      return `${ink.yellow('■ called off')}${used}`;
    case 'expired':
      return `${ink.red('✗ expired')}: ${task.expired === 'queue' ? 'nobody had begun it in time' : 'its time ran out'}${used}`;
    default:
      return oneLine(statusOf(task), room);
  }
}

/** A sign, and the text behind it, whose further lines begin below its first. */
export function marked(sign: string, text: string, columns: number): string[] {
  const [first = '', ...more] = hanging('  ', printable(text).trim(), columns);
  return [`${sign} ${first.slice(2)}`, ...more];
}
