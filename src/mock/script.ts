/** A script: rules that say what is done with an input, in the order in which they are tried. */

import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { messageOf, SpoolError } from '../base/errors.js';
import { parseWith } from '../base/explain-issues.js';
import type { RuntimeOptions } from '../contract/runtime-options.js';
import { type Step, Steps } from './steps.js';

const When = z.preprocess(
  (value) => (typeof value === 'string' ? { contains: value } : value),
  z
    .strictObject({
      contains: z.string().min(1).optional(),
      equals: z.string().optional(),
      matches: z.string().min(1).optional(),
      flags: z
        .string()
        .regex(/^[imsu]*$/, 'flags of a regular expression out of i, m, s and u')
        .default(''),
      turn: z.number().int().min(1).optional(),
      model: z.string().min(1).optional(),
    })
    .refine(({ matches, flags }) => matches === undefined || isExpression(matches, flags), {
      path: ['matches'],
      message: 'a regular expression of JavaScript',
    }),
);

const Rule = z.strictObject({
  when: When.optional(),
  times: z.number().int().min(1).optional(),
  do: Steps,
});
export interface Rule {
  readonly when?: z.output<typeof When> | undefined;
  readonly times?: number | undefined;
  readonly do: readonly Step[];
}

export type Script = readonly Rule[];

/** What a rule is tried against. */
export interface Heard {
  readonly input: string;
  /** Which turn of the conversation it is, from 1. */
  readonly turn: number;
  readonly model: string | undefined;
}

export interface Chosen {
  readonly steps: readonly Step[];
  /** Its place among the rules. */
  readonly rule: number;
  /** What the groups of its expression have found, by number and by name. */
  readonly groups: Readonly<Record<string, string>>;
}

/** Undefined without a script. Throws `invalid-input`, saying what is wrong with which step. */
export function readScript({ script }: RuntimeOptions = {}): Script | undefined {
  if (script === undefined) return undefined;
  if (typeof script !== 'string') return scriptOf(script, 'script');
  if (!isAbsolute(script)) {
    throw new SpoolError('invalid-input', `the script of a mock is an absolute path, not ${script}`, { hint: 'or the steps themselves' });
  }
  return scriptOf(jsonOf(script), script);
}

function jsonOf(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new SpoolError('invalid-input', `the script ${path} of a mock cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** A list of rules, or of steps, which are then done with every input. */
function scriptOf(given: unknown, name: string): Script {
  try {
    const rules = Array.isArray(given) && given.some((entry) => typeof entry === 'object' && entry !== null && 'do' in entry);
    return rules ? parseWith(z.array(Rule), given, name) : [{ do: parseWith(Steps, given, name) }];
  } catch (error) {
    const { message, details } = SpoolError.from(error);
    throw new SpoolError('invalid-input', `the script of a mock is wrong: ${message}`, {
      hint: 'docs/runtimes/mock.md tells each step',
      ...(details === undefined ? {} : { details }),
    });
  }
}

/** The first rule that fits and has not been done as often as it may; `done` counts, by place. */
export function chooseRule(script: Script, heard: Heard, done: Readonly<Record<number, number>>): Chosen | undefined {
  for (const [rule, { when, times = Number.POSITIVE_INFINITY, do: steps }] of script.entries()) {
    const groups = (done[rule] ?? 0) < times ? fits(when, heard) : undefined;
    if (groups !== undefined) return { steps, rule, groups };
  }
  return undefined;
}

/** Every condition that is named must hold. */
function fits(when: Rule['when'], { input, turn, model }: Heard): Chosen['groups'] | undefined {
  if (when === undefined) return {};
  if (when.contains !== undefined && !input.includes(when.contains)) return undefined;
  if (when.equals !== undefined && input !== when.equals) return undefined;
  if (when.turn !== undefined && turn !== when.turn) return undefined;
  if (when.model !== undefined && model !== when.model) return undefined;
  if (when.matches === undefined) return {};
  const match = new RegExp(when.matches, when.flags).exec(input);
  if (match === null) return undefined;
  const numbered = [...match].slice(1).map((text, at) => [String(at + 1), text ?? '']);
  const named = Object.entries(match.groups ?? {}).map(([name, text]) => [name, text ?? '']);
  return Object.fromEntries([...numbered, ...named]) as Record<string, string>;
}

function isExpression(source: string, flags: string): boolean {
  try {
    return new RegExp(source, flags) !== undefined;
  } catch {
    // What is wrong with it is said by the schema.
    return false;
  }
}
