/** A question of an agent as lines that say plainly what would happen, and its answer. Pure. */

import { bareCommand } from '../../base/bare-command.js';
import type { Amendment, Approval, Decision } from '../../contract/approval.js';
import type { EventData } from '../../contract/events.js';
import { fieldsOf, wantsWords } from '../form-fields.js';
import { grantsOf } from '../grants.js';
import { changeLine, type LineStyle } from './item-lines.js';
import { oneLine, printable } from './printable.js';
import { duration } from './words.js';
import { hanging, wrapped } from './wrap.js';

export interface QuestionStyle extends LineStyle {
  /** Menus below show what they ask for themselves. */
  readonly menus?: boolean;
}

/** The question in full. A command is shown with all its lines: what is cut off cannot be judged. */
export function questionLines(approval: Approval, style: QuestionStyle): string[] {
  const { ink, columns } = style;
  const { cwd, command, reason, effect } = approval;
  const facts = [
    ...(cwd !== undefined && command !== undefined ? [`in ${oneLine(cwd)}`] : []),
    ...(reason !== undefined && reason !== '' ? [`because: ${oneLine(reason)}`] : []),
    ...deadlineWords(approval),
  ];
  return [
    `${ink.yellow('?')} ${ink.bold(askOf(approval))}${style.menus === true && wantsWords(approval) ? ink.dim(' · Esc for no answer') : ''}`,
    ...aboutLines(approval, style).map((line) => `    ${line}`),
    ...facts.map((fact) => ink.dim(`    ${fact}`)),
    ...(effect === undefined ? [] : hanging('    ', printable(effect), columns).map((line) => ink.yellow(line))),
  ];
}

function askOf({ kind, network, server, tool, url }: Approval): string {
  const from = server === undefined ? 'A tool of the agent' : `The MCP server ${oneLine(server, 40)}`;
  switch (kind) {
    case 'command':
      if (network !== undefined) return 'May the agent reach this host?';
      return tool === undefined ? 'May the agent run this command?' : 'May the agent do this with a command?';
    case 'fileChange':
      return 'May the agent change these files?';
    case 'permissions':
      return 'May the agent have more permissions?';
    case 'userInput':
      return 'The agent asks you something.';
    case 'elicitation':
      if (url !== undefined) return `${from} wants you to open a page.`;
      return tool === undefined ? `${from} asks you something.` : 'May the agent use this tool?';
    case 'dynamicTool':
      return 'The agent wants the result of a tool of yours.';
  }
}

function aboutLines(approval: Approval, style: QuestionStyle): string[] {
  const { kind, command, changes = [], network } = approval;
  const more = kind === 'permissions' ? [] : grantsOf(approval.permissions).map(({ label }) => `with ${oneLine(label)}`);
  if (network !== undefined) return [oneLine(network.protocol === undefined ? network.host : `${network.host} (${network.protocol})`)];
  if (command !== undefined) {
    const what = approval.tool === undefined ? [] : [oneLine(approval.title)];
    return [...what, ...printable(bareCommand(command)).split('\n'), ...more];
  }
  if (changes.length > 0) {
    return [...changes.map((change) => changeLine(change, { ...style, columns: style.columns - 4 }, approval.cwd)), ...more];
  }
  switch (kind) {
    case 'permissions': {
      const grants = grantsOf(approval.permissions);
      return grants.length === 0 ? [oneLine(approval.title)] : grants.map(({ label }) => `- ${oneLine(label)}`);
    }
    case 'userInput':
      return style.menus === true ? [] : answerableLines(approval);
    case 'elicitation':
    case 'dynamicTool':
      return [...toolLines(approval), ...(style.menus === true ? [] : fieldLines(approval.schema))];
    default:
      return [oneLine(approval.title)];
  }
}

function answerableLines({ questions = [], title }: Approval): string[] {
  if (questions.length === 0) return [oneLine(title)];
  return questions.flatMap(({ question, options = [], secret }) => [
    `${oneLine(question)}${secret === true ? ' (secret)' : ''}`,
    ...options.map(({ label, description = '' }) => `  - ${oneLine(label)}${description === '' ? '' : `: ${oneLine(description)}`}`),
  ]);
}

/** A tool with everything that it would be given. */
function toolLines({ server, tool, title, url, arguments: given }: Approval): string[] {
  const name = tool === undefined ? [] : [oneLine(server === undefined ? tool : `${server}.${tool}`)];
  const hasArguments = typeof given === 'object' && given !== null ? Object.keys(given).length > 0 : given !== undefined;
  return [
    ...(name.length > 0 ? name : printable(title).split('\n')),
    ...(hasArguments ? printable(JSON.stringify(given, null, 2)).split('\n') : []),
    ...(url === undefined ? [] : [printable(url)]),
  ];
}

function fieldLines(schema: unknown): string[] {
  return (fieldsOf(schema) ?? []).map((field) => {
    const choices = 'choices' in field ? `: ${field.choices.map(({ value }) => value).join(', ')}` : '';
    return `- ${oneLine(field.name)}${field.required ? '' : ' (may be left out)'}${oneLine(choices)}`;
  });
}

function deadlineWords({ deadline, askedAt, decisions }: Approval): string[] {
  if (deadline === undefined) return [];
  const no = decisions.includes('decline') ? 'declined' : 'cancelled';
  return [`${no} when nobody answers within ${duration(Date.parse(deadline) - Date.parse(askedAt)).replace('.0 s', ' s')}`];
}

/** What may be written down for good with an answer; `how` says what a person does for it. */
export function amendmentLines(
  amendments: readonly Amendment[],
  how: (amendment: Amendment) => string,
  { ink, columns }: LineStyle,
): string[] {
  return amendments.flatMap((one) => {
    const words = `${how(one)}: ${one.action === 'allow' ? 'yes' : 'no'}, for good. ${printable(one.title)}`;
    return wrapped(words, columns - 6).map((line, i) => ink.dim(`${i === 0 ? '    ' : '      '}${line}`));
  });
}

const ANSWERS: Readonly<Record<Decision, string>> = {
  accept: 'allowed',
  acceptForSession: 'allowed for the whole session',
  decline: 'declined',
  cancel: 'cancelled',
};

/** `asked` is the question, where it is known; `named` says it once more, when others have been asked since. */
export function answerLine(
  { answer, by, why }: EventData<'approval.answered'>,
  asked: Approval | undefined,
  { ink, columns, named }: LineStyle & { named: boolean },
): string {
  const amendment = asked?.amendments?.find(({ id }) => id === answer.amendment);
  const allowed = (answer.decision === 'accept' || answer.decision === 'acceptForSession') && amendment?.action !== 'deny';
  const whose = by === 'policy' || by === 'deadline' ? `the ${by}` : oneLine(by, 40);
  const of = asked === undefined || !named ? '' : ` · ${nameOf(asked, columns)}`;
  const reason = why === undefined ? '' : `: ${oneLine(why)}`;
  return `${allowed ? ink.green('✓') : ink.yellow('⊘')} ${wordsOf(answer, asked, amendment)} ${ink.dim(`by ${whose}${reason}${of}`)}`;
}

function wordsOf(
  { decision, value }: EventData<'approval.answered'>['answer'],
  asked: Approval | undefined,
  amendment?: Amendment,
): string {
  if (amendment !== undefined) return `${amendment.action === 'allow' ? 'allowed' : 'declined'} for good`;
  if (decision === 'decline' || decision === 'cancel') return ANSWERS[decision];
  const isAnswer =
    asked?.kind === 'userInput' || asked?.kind === 'dynamicTool' || (asked?.kind === 'elicitation' && asked.tool === undefined);
  if (isAnswer) return 'answered';
  return value === undefined ? ANSWERS[decision] : ANSWERS[decision].replace('allowed', 'allowed in part');
}

function nameOf({ command, title, questions }: Approval, columns: number): string {
  return oneLine(command === undefined ? (questions?.[0]?.question ?? title) : bareCommand(command), Math.max(20, columns - 40));
}
