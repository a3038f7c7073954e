/**
 * What was taken out of rollouts, kept so that it can be put back: one file for each change, written before the change is made and
 * outside of CODEX_HOME, where Codex would come across it. The file says what a change is; the rollout itself says whether it is made.
 */

import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { SpoolError } from '../../base/errors.js';
import { writePrivateFile } from '../../base/private-files.js';
import { type Change, filled } from './rewrite.js';

const Backup = z.object({
  format: z.literal(1),
  undo: z.string(),
  home: z.string(),
  thread: z.string(),
  at: z.string(),
  results: z.array(z.object({ call: z.string(), item: z.string(), bytes: z.number() })),
  /** Each line that is changed: where it begins, as it was, and as it is to be. */
  lines: z.array(z.object({ offset: z.number(), before: z.string(), after: z.string() })),
});
export type Backup = z.infer<typeof Backup>;

export class Backups {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Those of a thread, the oldest first. */
  of(thread: string): readonly Backup[] {
    const all = namesIn(this.#folder).flatMap((name) => (name.startsWith(`${thread}.`) ? (this.#read(name) ?? []) : []));
    return all.toSorted((a, b) => a.at.localeCompare(b.at));
  }

  /** Undefined when there is none. Throws `internal` for one that cannot be read. */
  get(thread: string, undo: string): Backup | undefined {
    return this.#read(nameOf(thread, undo));
  }

  write(backup: Backup): void {
    writePrivateFile(join(this.#folder, nameOf(backup.thread, backup.undo)), JSON.stringify(backup));
  }

  #read(name: string): Backup | undefined {
    const path = join(this.#folder, name);
    const text = textOf(path);
    if (text === undefined) return undefined;
    try {
      return Backup.parse(JSON.parse(text));
    } catch (cause) {
      throw new SpoolError('internal', `what was taken out of a conversation cannot be read from ${path}`, {
        hint: 'put a copy of that file in its place, or move it away to give up what it keeps',
        cause,
      });
    }
  }

  /** Says that a thread is put away for the moment; see `isAside`. */
  setAside(thread: string): void {
    writePrivateFile(join(this.#folder, `${thread}.aside`), '');
  }

  /** Whether a thread was put away for a change, and whoever did it has not brought it back. */
  isAside(thread: string): boolean {
    return textOf(join(this.#folder, `${thread}.aside`)) !== undefined;
  }

  broughtBack(thread: string): void {
    rmSync(join(this.#folder, `${thread}.aside`), { force: true });
  }
}

export function changesOf({ lines }: Backup): readonly Change[] {
  return lines.map(({ offset, before, after }) => {
    const bytes = Buffer.from(before);
    return { offset, before: bytes, after: filled(after, bytes.length) };
  });
}

function nameOf(thread: string, undo: string): string {
  if (/^[\w-]+$/.test(undo)) return `${thread}.${undo}.json`;
  throw new SpoolError('invalid-input', `${JSON.stringify(undo)} is no name of something that was taken out`, {
    hint: 'the list of results tells the names',
  });
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    // Nothing was taken out of anything yet.
    return [];
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw SpoolError.from(error);
  }
}
