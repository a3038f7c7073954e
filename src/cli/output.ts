/** Where a command writes: data to stdout, all else to stderr; colour only on a terminal that wants it. */

import { homedir } from 'node:os';
import { createColors } from 'picocolors';
import { type HomePaths, homePaths } from '../base/home-paths.js';
import type { Interrupts } from './interrupts.js';

export type Ink = ReturnType<typeof createColors>;

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly places: HomePaths;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly interrupts: Interrupts;
  /** A line of data. */
  data(text: string): void;
  /** A line of JSON on stdout. */
  json(value: unknown): void;
  /** A line for a person, on stderr. */
  note(text: string): void;
  ink(stream: NodeJS.WriteStream): Ink;
  /** Whether a person can be asked: keyboard and eyes are there. */
  readonly canAsk: boolean;
  /** Resolves when all that was written has left the process. */
  flush(): Promise<void>;
}

/** The process's own streams. */
export function openIo(interrupts: Interrupts): Io {
  const { stdin, stdout, stderr, env } = process;
  // `spool logs S | head`: the reader has left, and that is no error.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    env,
    places: homePaths(env, homedir(), process.platform),
    stdin,
    stdout,
    stderr,
    interrupts,
    data: (text) => void stdout.write(`${text}\n`),
    json: (value) => void stdout.write(`${JSON.stringify(value)}\n`),
    note: (text) => void stderr.write(`${text}\n`),
    ink: (stream) => createColors(wantsColour(stream, env)),
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    flush: async () => {
      await Promise.all([stdout, stderr].map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))));
    },
  };
}

/** How wide lines may be. A pipe takes any length; a terminal that does not know its width says 0. */
export function columnsOf(stream: NodeJS.WriteStream): number {
  return stream.isTTY === true ? stream.columns || 80 : 1000;
}

/** https://no-color.org: any value of NO_COLOR but the empty one counts. */
function wantsColour(stream: NodeJS.WriteStream, env: Readonly<Record<string, string | undefined>>): boolean {
  const off = env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '';
  return stream.isTTY === true && !off && env['TERM'] !== 'dumb';
}
