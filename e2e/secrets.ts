/** Where a secret stands: on which command lines, in which environments, in which files. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { commandLine, type SeenProcess } from './process-tree.js';

export interface Places {
  /** Pids, with the name of the program. */
  readonly commandLines: readonly string[];
  readonly environments: readonly string[];
  /** Relative to the folder. */
  readonly files: readonly string[];
}

export function placesOf(secret: string, processes: readonly SeenProcess[], folder: string): Places {
  return {
    commandLines: processes.filter((one) => commandLine(one).includes(secret)).map(named),
    environments: processes.filter(({ env }) => [...env.values()].some((value) => value.includes(secret))).map(named),
    files: filesWith(secret, folder),
  };
}

function named({ pid, args }: SeenProcess): string {
  return `${pid} ${(args[0] ?? '').split('/').at(-1)} ${args.slice(1, 3).join(' ')}`.trim();
}

/** Files below the folder in which the bytes stand, also in a database. */
export function filesWith(secret: string, folder: string): string[] {
  const files = filesBelow(folder).filter((file) => attempt(() => readFileSync(file).includes(secret)) === true);
  return files.map((file) => relative(folder, file));
}

function filesBelow(folder: string): string[] {
  const entries = attempt(() => readdirSync(folder, { withFileTypes: true })) ?? [];
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : [];
  });
}

/** Undefined for what is gone by now: the processes go on meanwhile. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
