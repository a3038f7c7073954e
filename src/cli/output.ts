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
  /** A line of data. Like all lines, it is dropped once nobody reads any more. */
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
  const unread = new Set<NodeJS.WriteStream>();
  // `spool run --json | head`: the reader has left. That is no error, and what was begun is put away before the end.
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      unread.add(stream);
      interrupts.readerLeft();
    });
  }
  const write = (stream: NodeJS.WriteStream, text: string): void => {
    // Words about data that nobody wants are for nobody either.
    if (!unread.has(stdout) && !unread.has(stream)) stream.write(`${text}\n`);
  };
  return {
    env,
    places: homePaths(env, homedir(), process.platform),
    stdin,
    stdout,
    stderr,
    interrupts,
    data: (text) => write(stdout, text),
    json: (value) => write(stdout, JSON.stringify(value)),
    note: (text) => write(stderr, text),
    ink: (stream) => createColors(wantsColour(stream, env)),
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    flush: async () => {
      const read = [stdout, stderr].filter((stream) => !unread.has(stream));
      await Promise.all(read.map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))));
    },
  };
}

/** How wide lines may be. A pipe takes any length; a terminal that does not know its width says 0. */
export function columnsOf(stream: NodeJS.WriteStream): number {
  return stream.isTTY === true ? stream.columns || 80 : 1000;
}

/** A person types the end of an id; a program that reads a list gets it whole. */
export function shortId(id: string, { stdout }: Pick<Io, 'stdout'>): string {
  return stdout.isTTY === true ? `…${/.{6}(?:_\d+)?$/.exec(id)?.[0] ?? id}` : id;
}

/** https://no-color.org: any value of NO_COLOR but the empty one counts. */
function wantsColour(stream: NodeJS.WriteStream, env: Readonly<Record<string, string | undefined>>): boolean {
  const off = env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '';
  return stream.isTTY === true && !off && env['TERM'] !== 'dumb';
}
