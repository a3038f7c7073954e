/** Turns what a schema found wrong into one sentence a person can act on: which field, what was found, what is wanted. */

import type { z } from 'zod';
import { SpoolError } from './errors.js';

type ZodIssue = z.core.$ZodIssue;

/** One thing that is wrong, as it stands in `details.issues`. */
export interface Issue {
  /** `input[0].text`; empty for the whole value. */
  readonly path: string;
  readonly found: string;
  readonly wanted: string;
}

/** What `schema` makes of `value`. Throws `invalid-input`; `name` is what the whole value is called, such as `the body`. */
export function parseWith<T extends z.ZodType>(schema: T, value: unknown, name: string): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = issuesOf(parsed.error, value);
  const sentences = issues.slice(0, 3).map((issue) => issueText(issue, name));
  const more = issues.length > 3 ? `; and ${issues.length - 3} more` : '';
  throw new SpoolError('invalid-input', `${sentences.join('; ')}${more}`, { details: { issues } });
}

/** All that a schema found wrong with `value`. */
export function issuesOf(error: { readonly issues: readonly ZodIssue[] }, value: unknown): Issue[] {
  return error.issues.flatMap((issue) => explain(issue, value, []));
}

/** `name` stands for the whole value. */
export function issueText({ path, found, wanted }: Issue, name: string): string {
  return `${path === '' ? name : path}: found ${found}, wanted ${wanted}`;
}

function explain(issue: ZodIssue, root: unknown, base: readonly PropertyKey[]): Issue[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: pathText([...path, key]), found: 'a field that is not known here', wanted: 'no such field' }));
  }
  if (issue.code === 'invalid_union') {
    const nearest = nearestBranch(issue.errors);
    if (nearest !== undefined) return nearest.flatMap((inner) => explain(inner, root, path));
  }
  return [{ path: pathText(path), found: foundText(valueAt(root, path)), wanted: wantedText(issue) }];
}

/** The branch that fits best: the one that did not already fail at the value's own type. Undefined when all did. */
function nearestBranch(branches: readonly (readonly ZodIssue[])[]): readonly ZodIssue[] | undefined {
  return branches.find((issues) => issues.every((issue) => issue.path.length > 0 || issue.code !== 'invalid_type'));
}

function wantedText(issue: ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return aOrAn(issue.expected);
    case 'invalid_value':
      return `${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return sizeText(issue.origin, issue.minimum, issue.exact === true ? '' : issue.inclusive === false ? 'more than ' : 'at least ');
    case 'too_big':
      return sizeText(issue.origin, issue.maximum, issue.exact === true ? '' : issue.inclusive === false ? 'less than ' : 'at most ');
    case 'invalid_union':
      return unionText(issue);
    default:
      return issue.message;
  }
}

function unionText(issue: Extract<ZodIssue, { code: 'invalid_union' }>): string {
  const wanted = issue.errors.flatMap((branch) => branch.slice(0, 1).map(wantedText));
  if (wanted.length > 0) return [...new Set(wanted)].join(' or ');
  return 'options' in issue && Array.isArray(issue.options) ? `one of ${issue.options.map(String).join(', ')}` : issue.message;
}

function sizeText(origin: string, limit: number | bigint, bound: string): string {
  if (origin === 'string') return `${bound}${limit} characters`;
  if (origin === 'array' || origin === 'set') return `${bound}${limit} entries`;
  return `${bound}${limit}`;
}

function aOrAn(type: string): string {
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type === 'int' ? 'whole number' : type}`.replace('an whole', 'a whole');
}

/** Short, because a wrong value may be as large as a body. */
function foundText(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) value = typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  return value;
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`)).join('');
}
