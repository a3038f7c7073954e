/** The steps of a script: what each is called, what it takes, and how what is wrong with one is said. */

import { z } from 'zod';
import { Question } from '../contract/approval.js';
import { TurnErrorCode } from '../contract/words.js';

const Ms = z.number().nonnegative().max(86_400_000);
const SHORT = { pieces: z.number().int().min(1).max(10_000).default(1), everyMs: Ms.default(0) };

/** A step that takes a text alone is written as that text. */
function shorthand<T extends z.ZodType>(key: string, schema: T): z.ZodPreprocess<T> {
  return z.preprocess((value) => (typeof value === 'object' && value !== null ? value : { [key]: value }), schema);
}

const Text = shorthand('text', z.strictObject({ text: z.string(), ...SHORT }));

const Command = z.strictObject({
  command: z.string().min(1),
  output: z.string().default(''),
  exitCode: z.number().int().min(0).max(255).default(0),
  takesMs: Ms.default(0),
});
export type CommandStep = z.output<typeof Command>;

/** Null takes the file away. */
const Change = z.strictObject({ path: z.string().min(1), content: z.string().nullable().default('') });
export type ChangeStep = z.output<typeof Change>;

const ToolCall = z.strictObject({
  tool: z.string().min(1),
  server: z.string().min(1).optional(),
  arguments: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.string().optional(),
});
export type ToolCallStep = z.output<typeof ToolCall>;

const Plan = z.preprocess(
  (value) => (Array.isArray(value) ? { steps: value } : value),
  z.strictObject({
    explanation: z.string().optional(),
    steps: z.array(shorthand('step', z.strictObject({ step: z.string(), status: z.string().default('pending') }))),
  }),
);

const Count = z.number().int().nonnegative().default(0);

const PLAIN = {
  say: Text,
  think: Text,
  command: shorthand('command', Command),
  fileChange: shorthand('path', Change),
  toolCall: shorthand('tool', ToolCall),
  plan: Plan,
  usage: z.strictObject({ input: Count, cached: Count, output: Count, reasoning: Count }),
  file: shorthand('path', z.strictObject({ path: z.string().min(1), content: z.string().optional() })),
  warn: z.string().min(1),
  fail: shorthand(
    'message',
    z.strictObject({ message: z.string().min(1), code: TurnErrorCode.default('model'), retryable: z.boolean().default(false) }),
  ),
  exit: shorthand(
    'code',
    z.strictObject({
      code: z.number().int().min(0).max(255).default(1),
      signal: z.string().min(1).optional(),
      stderr: z.string().default(''),
    }),
  ),
  wait: z.union([Ms, z.enum(['interrupt', 'message'])]),
} as const;

export interface AskStep {
  readonly command?: CommandStep | undefined;
  readonly fileChange?: ChangeStep | undefined;
  readonly questions?: readonly Question[] | undefined;
  readonly reason?: string | undefined;
  readonly accept: readonly Step[];
  readonly decline: readonly Step[];
  /** Without it the turn ends. */
  readonly cancel?: readonly Step[] | undefined;
}

type Plain = keyof typeof PLAIN;
/** A step as a player takes it: its name and all that it says, with what was left out. */
export type Step =
  | { readonly name: 'ask'; readonly value: AskStep }
  | { readonly [N in Plain]: { readonly name: N; readonly value: z.output<(typeof PLAIN)[N]> } }[Plain];
export type StepOf<N extends Step['name']> = Extract<Step, { name: N }>['value'];

const Ask = z
  .strictObject({
    command: shorthand('command', Command).optional(),
    fileChange: shorthand('path', Change).optional(),
    questions: z
      .preprocess((value) => (typeof value === 'string' ? [{ id: 'answer', question: value }] : value), z.array(Question).min(1))
      .optional(),
    reason: z.string().optional(),
    accept: z.lazy(() => Steps).default([]),
    decline: z.lazy(() => Steps).default([]),
    cancel: z.lazy(() => Steps).optional(),
  })
  .refine((ask) => [ask.command, ask.fileChange, ask.questions].filter((one) => one !== undefined).length === 1, {
    message: 'one of command, fileChange and questions',
  });

const STEPS: Readonly<Record<string, z.ZodType>> = { ...PLAIN, ask: Ask };

const One: z.ZodType<Step> = z.unknown().transform((given, context): Step => {
  const names = typeof given === 'object' && given !== null && !Array.isArray(given) ? Object.keys(given) : [];
  const [name, ...more] = names;
  if (name === undefined || more.length > 0 || !Object.hasOwn(STEPS, name)) {
    context.addIssue({
      code: 'custom',
      message: `an object with one field, which names the step: ${Object.keys(STEPS).join(', ')}${unlike(names)}`,
    });
    return z.NEVER;
  }
  const read = STEPS[name]?.safeParse(Reflect.get(Object(given), name));
  if (read?.success === true) return { name, value: read.data } as Step;
  for (const issue of read?.error.issues ?? [])
    context.issues.push({ ...issue, input: given, path: [name, ...issue.path] } as z.core.$ZodRawIssue);
  return z.NEVER;
});

function unlike(names: readonly string[]): string {
  return names.length === 0 ? '' : ` (this one has ${names.join(', ')})`;
}

export const Steps: z.ZodType<Step[]> = z.array(One);
