/**
 * What must not be forgotten of each conversation, in a file of its own: which of Codex's threads it is, and which turn was given to it last.
 * Codex names a thread only when its first turn begins, so until then the conversation has a name of ours, and keeps it.
 */

import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writePrivateFile } from '../../base/private-files.js';

const Entry = z.object({
  home: z.string(),
  id: z.string(),
  /** Codex's own id of the thread; absent before its first turn has begun. */
  thread: z.string().optional(),
  /** The turn that was given to Codex last: `from` is where the rollout ended by then, `said` a digest of what was said. */
  turn: z.object({ id: z.string(), from: z.number().int().nonnegative(), said: z.string() }).optional(),
});
export type Entry = z.infer<typeof Entry>;

const PREFIX = 'exec-';

export function newConversationId(): string {
  return `${PREFIX}${randomUUID()}`;
}

/** Whether it is a name of ours. Any other one is Codex's own. */
export function isOurs(id: string): boolean {
  return id.startsWith(PREFIX);
}

export class Book {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Undefined where there is none, or none that can be read. */
  read(home: string, id: string): Entry | undefined {
    try {
      const entry = Entry.parse(JSON.parse(readFileSync(this.#file(home, id), 'utf8')));
      return entry.home === home && entry.id === id ? entry : undefined;
    } catch {
      // Not begun yet, or taken away: what is remembered of the conversation then is said where it is opened.
      return undefined;
    }
  }

  /** Whole or not at all, and on the disk when it returns. Throws what the disk says. */
  write(entry: Entry): void {
    writePrivateFile(this.#file(entry.home, entry.id), JSON.stringify(entry));
  }

  #file(home: string, id: string): string {
    return join(this.#folder, `${fileName(home, id)}.json`);
  }
}

/** A conversation's name for files: ids come from outside too. */
export function fileName(home: string, id: string): string {
  return createHash('sha256').update(`${home}\n${id}`).digest('hex').slice(0, 24);
}

export function digestOf(said: string): string {
  return createHash('sha256').update(said).digest('hex');
}
