/** What a command is: flags, and what it does with them. */

import type { ArgsDef } from 'citty';
import type { Io } from './output.js';

/** The values of flags as they are defined: a boolean is always there, a string only when given or when it has a default, a list may be empty. */
export type Args<T extends ArgsDef> = {
  readonly [K in keyof T]: T[K] extends { type: 'boolean' }
    ? boolean
    : T[K] extends { type: 'string' | 'positional'; valueHint: `${string}…` }
      ? readonly string[]
      : T[K] extends { type: 'positional'; required: false } | { type: 'string' } | { type: 'enum' }
        ? Value<T[K]> | (T[K] extends { default: string } | { required: true } ? never : undefined)
        : string;
};

type Value<A> = A extends { type: 'enum'; options: readonly (infer O extends string)[] } ? O : string;

export interface Command<T extends ArgsDef> {
  /** One or two sentences for the help. */
  readonly about: string;
  readonly args: T;
  /** Resolves to the exit status. Errors are thrown. */
  run(args: Args<T>, io: Io): Promise<number>;
}

/** A command whose flags have been forgotten by the compiler. */
export interface AnyCommand {
  readonly about: string;
  readonly args: ArgsDef;
  run(args: Readonly<Record<string, unknown>>, io: Io): Promise<number>;
}

/** Writes a command down with the types of its flags. */
export function command<const T extends ArgsDef>(definition: Command<T>): AnyCommand {
  // Only `invoke` calls it, with the values that the same flags were parsed into.
  return { ...definition, run: (args, io) => definition.run(args as Args<T>, io) };
}
