/** A form that a tool asks a person to fill in: its JSON schema as fields, and what may be written into each. Pure. */

import type { Approval } from '../contract/approval.js';

interface Common {
  readonly name: string;
  readonly title: string;
  readonly about?: string;
  readonly required: boolean;
}

export interface Choice {
  readonly value: string;
  readonly label: string;
}

interface Range {
  readonly min?: number;
  readonly max?: number;
}

export type TextField = Common & Range & { readonly kind: 'text'; readonly format?: string; readonly initial?: string };
export type NumberField = Common & Range & { readonly kind: 'number'; readonly whole: boolean; readonly initial?: number };
export type YesNoField = Common & { readonly kind: 'yesNo'; readonly initial?: boolean };
export type OneField = Common & { readonly kind: 'one'; readonly choices: readonly Choice[]; readonly initial?: string };
export type ManyField = Common &
  Range & { readonly kind: 'many'; readonly choices: readonly Choice[]; readonly initial: readonly string[] };
/** What is none of the others is typed as JSON. */
export type JsonField = Common & { readonly kind: 'json' };
export type Field = TextField | NumberField | YesNoField | OneField | ManyField | JsonField;

type Schema = Readonly<Record<string, unknown>>;

/** Whether there is more to say than yes: an answer in words, a form, the result of a tool. */
export function wantsWords({ kind, url, schema }: Approval): boolean {
  if (kind === 'userInput' || kind === 'dynamicTool') return true;
  return kind === 'elicitation' && url === undefined && schema !== undefined && fieldsOf(schema)?.length !== 0;
}

/** The fields in the order of the schema; undefined when the schema is no object with named fields. */
export function fieldsOf(schema: unknown): Field[] | undefined {
  if (!isSchema(schema) || !isSchema(schema['properties'])) return undefined;
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(schema['properties']).map(([name, field]) => fieldOf(name, isSchema(field) ? field : {}, required.includes(name)));
}

function fieldOf(name: string, schema: Schema, required: boolean): Field {
  const about = text(schema['description']);
  const common = { name, title: text(schema['title']) ?? name, required, ...(about === undefined ? {} : { about }) };
  const byDefault = schema['default'];
  const choices = choicesOf(schema);
  if (choices !== undefined) return { ...common, kind: 'one', choices, ...given('initial', text(byDefault)) };
  switch (schema['type']) {
    case 'string':
      return {
        ...common,
        ...range(schema, 'minLength', 'maxLength'),
        kind: 'text',
        ...given('format', text(schema['format'])),
        ...given('initial', text(byDefault)),
      };
    case 'number':
    case 'integer': {
      const whole = schema['type'] === 'integer';
      return { ...common, ...range(schema, 'minimum', 'maximum'), kind: 'number', whole, ...given('initial', number(byDefault)) };
    }
    case 'boolean':
      return { ...common, kind: 'yesNo', ...(typeof byDefault === 'boolean' ? { initial: byDefault } : {}) };
    case 'array': {
      const items = isSchema(schema['items']) ? choicesOf(schema['items']) : undefined;
      if (items === undefined) return { ...common, kind: 'json' };
      const initial = Array.isArray(byDefault) ? byDefault.filter((value) => typeof value === 'string') : [];
      return { ...common, ...range(schema, 'minItems', 'maxItems'), kind: 'many', choices: items, initial };
    }
    default:
      return { ...common, kind: 'json' };
  }
}

/** A list of values (`enum`, with `enumNames` beside it), or of titled constants (`oneOf`, `anyOf`). */
function choicesOf(schema: Schema): Choice[] | undefined {
  const { enum: values, enumNames: names, oneOf, anyOf } = schema;
  if (Array.isArray(values) && values.every((value) => typeof value === 'string')) {
    return values.map((value, i) => ({ value, label: (Array.isArray(names) ? text(names[i]) : undefined) ?? value }));
  }
  const titled: unknown = oneOf ?? anyOf;
  if (!Array.isArray(titled)) return undefined;
  const choices = titled.map((one: unknown) => (isSchema(one) && typeof one['const'] === 'string' ? one : undefined));
  if (choices.includes(undefined)) return undefined;
  return choices.flatMap((one) => {
    const value = text(one?.['const']) ?? '';
    return [{ value, label: text(one?.['title']) ?? value }];
  });
}

/** What is wrong with a line that was typed into a field, in a few words; undefined when it may be sent. */
export function wrongWith(field: TextField | NumberField | JsonField, line: string): string | undefined {
  if (line === '') return field.required ? 'this one must be filled in' : undefined;
  if (field.kind === 'json') return isJson(line) ? undefined : 'that is no JSON; text goes in double quotes';
  if (field.kind === 'text') {
    const length = [...line].length;
    if (length < (field.min ?? 0)) return `at least ${field.min} characters`;
    if (length > (field.max ?? Number.POSITIVE_INFINITY)) return `at most ${field.max} characters`;
    return wrongFormat(field.format, line);
  }
  const value = Number(line);
  if (line.trim() === '' || !Number.isFinite(value)) return 'that is no number';
  if (field.whole && !Number.isInteger(value)) return 'that is no whole number';
  if (value < (field.min ?? value)) return `at least ${field.min}`;
  return value > (field.max ?? value) ? `at most ${field.max}` : undefined;
}

/** The value of a line that has nothing wrong with it; undefined leaves the field out. */
export function typedValue(field: TextField | NumberField | JsonField, line: string): unknown {
  if (line === '') return undefined;
  if (field.kind === 'text') return line;
  return field.kind === 'number' ? Number(line) : JSON.parse(line);
}

/** What is wrong with how many were chosen. */
export function wrongCount({ min = 0, max, required }: ManyField, count: number): string | undefined {
  const least = Math.max(min, required ? 1 : 0);
  if (count < least && (required || count > 0)) return `choose at least ${least}`;
  return max !== undefined && count > max ? `choose at most ${max}` : undefined;
}

function wrongFormat(format: string | undefined, line: string): string | undefined {
  switch (format) {
    case 'email':
      return /^[^\s@]+@[^\s@]+$/.test(line) ? undefined : 'that is no e-mail address';
    case 'uri':
      return URL.canParse(line) ? undefined : 'that is no address, as https://example.com';
    case 'date':
      return /^\d{4}-\d{2}-\d{2}$/.test(line) && isTime(line) ? undefined : 'that is no date, as 2026-12-31';
    case 'date-time':
      return /^\d{4}-\d{2}-\d{2}T/.test(line) && isTime(line) ? undefined : 'that is no time, as 2026-12-31T12:00:00Z';
    default:
      return undefined;
  }
}

function isTime(text: string): boolean {
  return !Number.isNaN(Date.parse(text));
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    // It is typed anew.
    return false;
  }
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function given<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  const field: Partial<Record<K, V>> = {};
  if (value !== undefined) field[key] = value;
  return field;
}

function range(schema: Schema, min: string, max: string): Range {
  return { ...given('min', number(schema[min])), ...given('max', number(schema[max])) };
}
