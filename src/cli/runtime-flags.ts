/** The flags that say which runtime an agent has, and what its runtime alone is told. */

import { resolve } from 'node:path';
import { SpoolError } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import type { RuntimeOptions } from '../contract/runtime-options.js';
import type { Runtime } from '../contract/words.js';

type Name = keyof RuntimeOptions;
type Options = Readonly<Record<string, unknown>>;

export const RUNTIME_FLAGS = {
  runtime: {
    type: 'string',
    valueHint: 'name',
    description: 'how its turns are run (default: codex-app-server); docs/choosing-a-runtime.md tells which for what',
  },
  option: {
    type: 'string',
    valueHint: 'name=value…',
    description: 'an option of its runtime, as whenTaken=fork or config.model_verbosity=low; values are JSON or a text',
  },
  command: { type: 'string', valueHint: 'command', description: 'the program that speaks the Agent Client Protocol, with its arguments' },
} as const;

export interface RuntimeArgs {
  readonly runtime: string | undefined;
  readonly option: readonly string[];
  readonly command: string | undefined;
}

/** Where the flags are added to. */
export interface Base {
  /** The runtime, where no flag names one. */
  readonly runtime: string | undefined;
  readonly options: Options | undefined;
  /** Paths of the command line lie here. */
  readonly local: boolean;
}

/** What the flags come to; undefined where they say nothing. Throws `invalid-input`, naming what was probably meant. */
export async function runtimeFields(
  args: RuntimeArgs,
  base: Base,
): Promise<{ runtime: string | undefined; runtimeOptions: Options | undefined }> {
  const { runtime, command } = args;
  if (runtime !== undefined) await demandRuntime(runtime);
  const given: readonly (readonly [string, string])[] = args.option.map(pairOf);
  if (given.length === 0 && command === undefined) return { runtime, runtimeOptions: undefined };
  const used = runtime ?? base.runtime ?? (command === undefined ? 'codex-app-server' : 'acp');
  await demandOptions(used, command === undefined ? given : [...given, ['command', command]]);
  let options: Options = base.options ?? {};
  for (const [path, value] of given) options = withOption(options, path, value, base.local);
  if (command !== undefined) options = { ...options, command: wordsOf(command, '--command') };
  return { runtime: runtime ?? (used === base.runtime ? undefined : used), runtimeOptions: options };
}

async function demandRuntime(word: string): Promise<void> {
  const { RUNTIMES } = await import('../contract/words.js');
  if ((RUNTIMES as readonly string[]).includes(word)) return;
  const meant = nearest(word, RUNTIMES);
  throw new SpoolError('invalid-input', `there is no runtime ${word}`, {
    hint: `${meant === undefined ? '' : `did you mean ${meant}? `}There are: ${RUNTIMES.join(', ')}`,
  });
}

/** A runtime that a file names wrongly is refused by the host. */
async function demandOptions(runtime: string, given: readonly (readonly [string, string])[]): Promise<void> {
  const { OPTIONS_OF } = await import('../contract/runtime-options.js');
  const taken: readonly string[] | undefined = Object.hasOwn(OPTIONS_OF, runtime) ? OPTIONS_OF[runtime as Runtime] : undefined;
  if (taken === undefined) return;
  for (const [path] of given) {
    const name = path.split('.')[0] ?? '';
    if (taken.includes(name)) continue;
    const others = Object.entries(OPTIONS_OF).flatMap(([other, names]) => ((names as readonly string[]).includes(name) ? [other] : []));
    const meant = nearest(name, taken);
    const why = others.length > 0 ? `it is one of ${others.join(', ')}; ` : meant === undefined ? '' : `did you mean ${meant}? `;
    throw new SpoolError('invalid-input', `the runtime ${runtime} has no option ${name}`, {
      hint: `${why}${runtime} takes: ${taken.join(', ')}`,
    });
  }
}

/** How the value of an option is written; what is not named is JSON, or a text that is none. */
const WRITTEN: Readonly<Partial<Record<Name, (value: string, local: boolean) => unknown>>> = {
  whenTaken: (value) => value,
  smallModel: (value) => value,
  extraArgs: (value) => (value.startsWith('[') ? jsonOf(value) : wordsOf(value, '--option extraArgs')),
  command: (value) => (value.startsWith('[') ? jsonOf(value) : wordsOf(value, '--option command')),
  script: (value, local) => (value.startsWith('[') ? jsonOf(value) : local ? resolve(value) : value),
};

/** `config.a.b=1` sets one thing and leaves the others; so does `models.NAME=…`, whose names may have dots. */
function withOption(options: Options, path: string, value: string, local: boolean): Options {
  const [name = '', ...rest] = path.split('.');
  if (rest.length === 0) return { ...options, [name]: (WRITTEN[name as Name] ?? jsonOrText)(value, local) };
  const inner = name === 'models' ? [rest.join('.')] : rest;
  return { ...options, [name]: withValue(options[name], inner, jsonOrText(value)) };
}

function withValue(into: unknown, [name = '', ...rest]: readonly string[], value: unknown): Options {
  const there: Options = typeof into === 'object' && into !== null && !Array.isArray(into) ? { ...into } : {};
  return { ...there, [name]: rest.length === 0 ? value : withValue(there[name], rest, value) };
}

function jsonOrText(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    // Then it is a text: who writes low need not write "low".
    return value;
  }
}

function jsonOf(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch (error) {
    throw new SpoolError('invalid-input', `this is no JSON: ${value}`, { cause: error });
  }
}

/** Parted by blanks; what needs more is written as a list. */
export function wordsOf(text: string, flag: string): string[] {
  if (/["'\\]/.test(text)) {
    throw new SpoolError('invalid-input', `${flag} has quotes, which are not read here`, {
      hint: `write a list: --option '${flag === '--command' ? 'command' : (flag.split(' ')[1] ?? 'NAME')}=["…", "…"]'`,
    });
  }
  return text.trim().split(/\s+/);
}

function pairOf(word: string): readonly [string, string] {
  const at = word.indexOf('=');
  if (at > 0) return [word.slice(0, at), word.slice(at + 1)];
  throw new SpoolError('invalid-input', `--option takes NAME=VALUE, not ${JSON.stringify(word)}`);
}
