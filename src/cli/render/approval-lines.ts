/** A question of an agent as lines that say plainly what would happen. Pure. */

import { bareCommand } from '../../base/bare-command.js';
import type { Approval, Decision } from '../../contract/approval.js';
import { changeLine, type LineStyle } from './item-lines.js';
import { oneLine, printable } from './printable.js';

const ASKS: Readonly<Record<Approval['kind'], string>> = {
  command: 'May the agent run this command?',
  fileChange: 'May the agent change these files?',
  permissions: 'May the agent have more permissions?',
  userInput: 'The agent asks you something.',
  elicitation: 'A tool of the agent asks you something.',
  dynamicTool: 'The agent wants a tool of yours to be used.',
};

/** The question in full. A command is shown with all its lines: what is cut off cannot be judged. */
export function questionLines(approval: Approval, style: LineStyle): string[] {
  const { ink } = style;
  const lines = [`${ink.yellow('?')} ${ink.bold(ASKS[approval.kind])}`];
  if (approval.command !== undefined) {
    lines.push(
      ...printable(bareCommand(approval.command))
        .split('\n')
        .map((line) => `    ${line}`),
    );
  } else if (approval.changes !== undefined && approval.changes.length > 0) {
    lines.push(...approval.changes.map((change) => `    ${changeLine(change, { ...style, columns: style.columns - 4 }, approval.cwd)}`));
  } else {
    lines.push(`    ${oneLine(approval.title)}`);
  }
  for (const question of approval.questions ?? []) {
    lines.push(`    ${oneLine(question.question)}`);
    for (const { label } of question.options ?? []) lines.push(`      - ${oneLine(label)}`);
  }
  if (approval.cwd !== undefined && approval.command !== undefined) lines.push(ink.dim(`    in ${oneLine(approval.cwd)}`));
  if (approval.reason !== undefined && approval.reason !== '') lines.push(ink.dim(`    because: ${oneLine(approval.reason)}`));
  return lines;
}

const ANSWERS: Readonly<Record<Decision, string>> = {
  accept: 'allowed',
  acceptForSession: 'allowed for the whole session',
  decline: 'declined',
  cancel: 'cancelled',
};

export function answerLine(decision: Decision, by: string, { ink }: LineStyle): string {
  const allowed = decision === 'accept' || decision === 'acceptForSession';
  return `${allowed ? ink.green('✓') : ink.yellow('⊘')} ${ANSWERS[decision]} ${ink.dim(`by ${oneLine(by, 40)}`)}`;
}
