/** Questions that want more than a key: answers of a person, forms of tools, results of tools, a part of what is asked for. */

import type { Approval, ApprovalAnswer, Question } from '../contract/approval.js';
import { type Field, fieldsOf, typedValue, wrongCount, wrongWith } from './form-fields.js';
import { grantsOf, partOf } from './grants.js';
import { type MenuChoice, Menus } from './menus.js';
import type { Io } from './output.js';
import { oneLine, printable } from './render/printable.js';

/** Resolves to the answer. Rejects with `LeftMenu` when the person has turned away, with `cancelled` when `closed` is aborted. */
export async function askQuestions(io: Io, approval: Approval, closed: AbortSignal): Promise<ApprovalAnswer> {
  using menus = new Menus(io, closed);
  switch (approval.kind) {
    case 'userInput':
      return { decision: 'accept', value: await askAll(menus, approval.questions ?? []) };
    case 'elicitation':
      return { decision: 'accept', value: await askForm(menus, approval.schema) };
    case 'permissions':
      return await askPart(menus, approval);
    default:
      return { decision: 'accept', value: await menus.line(`What does ${oneLine(approval.tool ?? 'the tool')} answer?`) };
  }
}

async function askAll(menus: Menus, questions: readonly Question[]): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  for (const question of questions) answers[question.id] = await askOne(menus, question);
  return answers;
}

/** No label of an option can be taken for it. */
const OTHER = '\u0000other';

async function askOne(menus: Menus, { header, question, options = [], secret }: Question): Promise<string> {
  const message = printable(header === undefined || header === '' ? question : `${header}: ${question}`);
  const wrong = (line: string): string | undefined => (line.trim() === '' ? 'an answer is wanted; Esc gives none' : undefined);
  if (secret === true) return await menus.secret(message, wrong);
  if (options.length === 0) return await menus.line(message, { wrong });
  const choices: MenuChoice[] = options.map(({ label, description }) => ({
    value: label,
    label: oneLine(label),
    ...(description === undefined || description === '' ? {} : { hint: oneLine(description) }),
  }));
  const chosen = await menus.choose(message, [...choices, { value: OTHER, label: 'something else', hint: 'in words of your own' }]);
  return chosen === OTHER ? await menus.line('In your own words', { wrong }) : chosen;
}

async function askForm(menus: Menus, schema: unknown): Promise<unknown> {
  const fields = fieldsOf(schema);
  if (fields === undefined) return await askField(menus, { name: '', title: 'The answer, as JSON', required: true, kind: 'json' });
  const value: Record<string, unknown> = {};
  for (const field of fields) {
    const given = await askField(menus, field);
    if (given !== undefined) value[field.name] = given;
  }
  return value;
}

/** The value of one field; undefined when it is left out. */
async function askField(menus: Menus, field: Field): Promise<unknown> {
  const title = oneLine(field.title);
  const about = field.about === undefined ? title : `${title}\n${printable(field.about)}`;
  const message = field.required ? about : about.replace(title, `${title} (may be left out)`);
  switch (field.kind) {
    case 'yesNo':
      return await askYesNo(menus, message, field);
    case 'one': {
      const choices = field.choices.map(({ value, label }) => ({ value, label: oneLine(label) }));
      const chosen = await menus.choose(message, field.required ? choices : [...choices, LEAVE_OUT], field.initial);
      return chosen === LEAVE_OUT.value ? undefined : chosen;
    }
    case 'many':
      return await askMany(menus, message, field);
    default: {
      const initial = 'initial' in field && field.initial !== undefined ? { initial: String(field.initial) } : {};
      const line = await menus.line(message, { ...initial, wrong: (typed) => wrongWith(field, typed) });
      return typedValue(field, line);
    }
  }
}

const LEAVE_OUT = { value: '\u0000none', label: 'leave it out' };

async function askYesNo(menus: Menus, message: string, { required, initial }: Field & { kind: 'yesNo' }): Promise<boolean | undefined> {
  if (required || initial !== undefined) return await menus.yesNo(message, initial ?? false);
  const chosen = await menus.choose(message, [{ value: 'yes', label: 'yes' }, { value: 'no', label: 'no' }, LEAVE_OUT]);
  return chosen === LEAVE_OUT.value ? undefined : chosen === 'yes';
}

async function askMany(menus: Menus, message: string, field: Field & { kind: 'many' }): Promise<string[] | undefined> {
  const choices = field.choices.map(({ value, label }) => ({ value, label: oneLine(label) }));
  let said = message;
  let initial = field.initial;
  for (;;) {
    const chosen = await menus.tick(said, choices, { initial, required: field.required });
    const wrong = wrongCount(field, chosen.length);
    if (wrong === undefined) return chosen.length === 0 && !field.required ? undefined : chosen;
    said = `${message}: ${wrong}`;
    initial = chosen;
  }
}

async function askPart(menus: Menus, { permissions, decisions }: Approval): Promise<ApprovalAnswer> {
  const grants = grantsOf(permissions);
  const choices = grants.map(({ label }, i) => ({ value: String(i), label: oneLine(label) }));
  const ticked = await menus.tick('What may it have?', choices, { required: true });
  const value = partOf(
    permissions,
    grants.filter((_, i) => ticked.includes(String(i))),
  );
  if (!decisions.includes('acceptForSession')) return { decision: 'accept', value };
  const decision = await menus.choose('For how long?', [
    { value: 'accept', label: 'for this turn' },
    { value: 'acceptForSession', label: 'for the rest of the session' },
  ]);
  return { decision, value };
}
